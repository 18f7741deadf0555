"""Checks of the input of layers, and its conversion."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor

from delaycore.errors import DataError
from delaycore.graph import Framing, Input

__all__ = ["keep_precision", "prepare", "prepare_by_name", "require_tensor"]


def keep_precision(like: Tensor) -> AbstractContextManager[object]:
    """Return a context in which autocast, if it is enabled where ``like`` lies, lowers no precision.

    Entering a context of autocast takes as long as a layer of a small network, so it is not done for nothing.
    """
    kind = like.device.type
    return torch.autocast(kind, enabled=False) if torch.is_autocast_enabled(kind) else nullcontext()


def require_tensor(place: str, x: Any) -> None:
    """Raise `DataError`, at ``place``, for anything else than an ordinary tensor."""
    if not isinstance(x, Tensor):
        raise DataError.at(
            place,
            f"takes a tensor of torch, not {type(x).__name__}",
            "give such as torch.from_numpy(x).float(), [steps, batch, features]",
        )
    if x.layout != torch.strided:
        raise DataError.at(place, "takes a dense tensor, not a sparse one", "give x.to_dense()")


def prepare(layer: str, x: Tensor, features: int, dtype: torch.dtype, batch_first: bool) -> Tensor:
    """Return ``x`` as [steps, batch, features] in the layer's ``dtype``.

    Spikes may be bool: they are 0 and 1 in any type.  Under autocast, other types are converted, too: which
    neuron fires must not depend on an input that was rounded on the way.  Raises `DataError` for another
    shape or type, naming the remedy.
    """
    require_tensor(layer, x)
    shape = "[batch, steps, features]" if batch_first else "[steps, batch, features]"
    if x.dim() != 3:
        raise DataError.at(
            layer, f"takes {shape}, not an input of shape {tuple(x.shape)}", "give three dimensions"
        )
    if x.shape[2] != features:
        raise DataError.at(
            layer,
            f"takes {features} features, not the {x.shape[2]} of an input of shape {tuple(x.shape)}",
            f"give {shape} with {features} features last",
        )
    if x.shape[0] == 0 or x.shape[1] == 0:
        raise DataError.at(layer, f"takes an input of shape {tuple(x.shape)}, which is empty", "give samples")
    if x.dtype != dtype:
        if x.dtype != torch.bool and not torch.is_autocast_enabled(x.device.type):
            raise DataError.at(
                layer,
                f"computes in {dtype}, and its input is {x.dtype}",
                f"give x.to({dtype}), or change the layer",
            )
        x = x.to(dtype)
    return x.transpose(0, 1) if batch_first else x


def prepare_by_name(
    x: Tensor | Mapping[str, Tensor],
    populations: Mapping[str, Input],
    framing: Framing | None,
    dtype: torch.dtype,
) -> dict[str, Tensor]:
    """Return the input spikes of a network, [steps, batch, neurons] in ``dtype``, by the name of the input.

    x:       a tensor if there is one input, or a tensor for each by its name.
    framing: that of the network; samples of another number of steps are refused.

    Raises `DataError` for inputs that are missing or unknown, and for other shapes.
    """
    if not isinstance(x, Mapping):
        x = {next(iter(populations), ""): x}
    if x.keys() != populations.keys():
        raise DataError.at(
            "DelayNetwork",
            f"takes inputs {', '.join(populations)}, not {', '.join(x)}",
            "give a tensor for each input by its name",
        )
    inputs = {
        n: prepare(f"DelayNetwork, input {n!r}", given, populations[n].size, dtype, False)
        for n, given in x.items()
    }
    steps = {len(given) for given in inputs.values()}
    if len(steps) != 1 or (framing is not None and steps != {framing.steps}):
        wanted = "as many in every input" if framing is None else str(framing.steps)
        raise DataError.at(
            "DelayNetwork",
            f"takes samples of {wanted} steps, not {', '.join(map(str, sorted(steps)))}",
            "give [steps, batch, inputs], framed as the network was trained with",
        )
    return inputs
