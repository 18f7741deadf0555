"""Hardware in the loop: forward passes that are a chip's own, with the gradients of the trained network.

The quantized graph runs in the simulator, so there is one copy of a chip's arithmetic.  Every layer then
repeats its spikes and potentials from there, and passes gradients on as if it had computed them: through the
surrogate at the chip's potentials, the leaks and the weights as the chip holds them, and straight through all
rounding (Bengio et al. 2013).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils._pytree import tree_map

from delaycore import engine
from delaycore.backend import Backend
from delaycore.deploy import Chip
from delaycore.errors import DataError
from delaycore.graph import Graph
from delaycore.nn import DelayNetwork, Forward, OtherArithmetic, Output, read_network, unwrap
from delaycore.nn.functional import Record, run_eagerly

__all__ = ["OnChip", "on_chip", "run_on_chip"]


def on_chip(
    module: nn.Module, target: str | Chip | Backend, *, step: float | None = None, **options: Any
) -> OnChip:
    """Return a module whose forward pass is that of ``module`` on a chip, for any loop with any optimiser.

    module:  made of layers of `delaycore.nn`: ``nn.Sequential``, a module of one's own, or a `DelayNetwork`.
    target:  a chip's name, a `Chip`, or a `Backend`.
    step:    seconds of a step; a `DelayNetwork` knows its own.  A millisecond unless given: only the chip's
             times depend on it.
    options: of the backend, such as ``weight_bits=4``.

    Raises `GraphError` for what has no meaning in a Graph, `DoesNotFit` with all findings for a module that
    the chip cannot compute, such as a reset that it does not have, `SettingsError` for options that the
    backend does not know.
    """
    if isinstance(target, Chip):
        chip = target if not options else replace(target, options={**target.options, **options})
    elif isinstance(target, Backend):
        chip = _Given(target.spec.name, options, target)
    else:
        chip = Chip(target, options)
    return OnChip(module, chip, step)


@dataclass(frozen=True)
class _Given(Chip):
    """A chip whose backend was handed over, not found by name."""

    given: Backend | None = None

    @property
    def backend(self) -> Backend:
        assert self.given is not None
        return self.given


class OnChip(OtherArithmetic):
    """A module in a chip's arithmetic: hardware in the loop.

    The forward pass quantizes the module and runs it in the chip's simulator, on spikes of 0 and 1 as the
    module takes them, and returns what the module returns (a `Forward` for a `DelayNetwork`), with the chip's
    spikes and potentials; so its predictions are those of the deployed program.  Gradients are straight
    through at these.  Dropout inside the module is left out: drop spikes before they go in.

    ``module`` is trained with it: its parameters are the parameters of this one.
    """

    def __init__(self, module: nn.Module, chip: Chip, step: float | None = None) -> None:
        super().__init__()
        known = isinstance(unwrap(module), DelayNetwork)
        network, traced = read_network(module, step if known or step is not None else 1e-3)
        chip.quantization_scheme(network.to_graph())  # raises for what the chip cannot compute
        self.module, self.chip = module, chip
        self._shared = (network, traced)  # in a tuple, so that torch registers its layers once

    @run_eagerly
    def forward(self, *inputs: Any) -> Any:
        """Return what the module gives on the chip.  Raises `DataError` for spikes other than 0 and 1."""
        network, traced = self._shared
        network.training = self.module.training  # its own alone: the layers keep theirs
        if traced is None:
            (given,) = inputs
            _require_spikes(given.values() if isinstance(given, Mapping) else inputs)
            return run_on_chip(network, self.chip, given)
        if len(inputs) != len(network.inputs):
            names = ", ".join(network.inputs)
            raise DataError.at("OnChip", f"takes {len(network.inputs)} inputs ({names}), not {len(inputs)}")
        _require_spikes(inputs)
        turn = traced.batch_first
        given = {n: x.transpose(0, 1) if turn else x for n, x in zip(network.inputs, inputs, strict=True)}
        made = run_on_chip(network, self.chip, given)
        sent = {**given, **made.spikes, network.output: made.readout, **made.others}

        def as_given(part: Any) -> Any:
            if not isinstance(part, Output):
                return part
            return sent[part.population].transpose(0, 1) if turn else sent[part.population]

        return tree_map(as_given, traced.outputs)

    def extra_repr(self) -> str:
        return f"chip={self.chip.name!r}"


def _require_spikes(inputs: Iterable[Tensor]) -> None:
    for x in inputs:
        if not bool(((x == 0) | (x == 1)).all()):
            raise DataError.at(
                "OnChip", "takes spikes of 0 and 1, and there are other numbers", "give spikes"
            )


def run_on_chip(network: DelayNetwork, chip: Chip, spikes: Tensor | Mapping[str, Tensor]) -> Forward:
    """Return what ``chip`` makes of ``network`` for input spikes [steps, batch, inputs], for training to
    differentiate.

    Trained positions are rounded in the simulation, and interpolated in the gradients.
    """
    graph = network.to_graph()
    scheme = chip.quantization_scheme(graph)
    with network.on(scheme):
        forward: Forward = network(spikes, _simulate(graph, chip, scheme.scale, spikes, network.dtype))
    return forward


def _simulate(
    graph: Graph,
    chip: Chip,
    scale: Mapping[str, float],
    spikes: Tensor | Mapping[str, Tensor],
    dtype: torch.dtype,
) -> dict[str, Record]:
    """Return spikes and potentials of every population that computes, potentials in the units of
    ``graph``, in ``dtype``: under autocast that of the spikes may be too coarse for potentials.
    """
    inputs = {next(iter(graph.inputs)): spikes} if isinstance(spikes, Tensor) else spikes
    given = {
        n: np.ascontiguousarray((x.detach() > 0).cpu().numpy().transpose(1, 0, 2)) for n, x in inputs.items()
    }
    activity = engine.simulate(chip.quantized(graph), given, states=True, threads=torch.get_num_threads())
    device = next(iter(inputs.values())).device

    def as_tensor(array: NDArray[Any]) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(array.transpose(1, 0, 2))).to(device, dtype)

    computed = [name for name in graph.populations if name not in graph.inputs]
    return {
        n: Record(as_tensor(activity.spikes[n]), as_tensor(activity.potentials[n]) / scale.get(n, 1.0))
        for n in computed
    }
