"""Synapses whose delays are given or drawn and stay, while their weights are trained."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from delaycore._values import LARGEST
from delaycore.errors import GraphError
from delaycore.graph import Format, Projection
from delaycore.hardware import Losses
from delaycore.memory import describe_need
from delaycore.nn._connectivity import Dense
from delaycore.nn._delayed_layer import DelayedLayer, as_delays, as_steps, is_replaced
from delaycore.nn._level_weights import first_weights
from delaycore.nn._parameters import as_array, as_float_tensor
from delaycore.nn._torch_hooks import find_torch_mask
from delaycore.nn._wrappers import evaluate
from delaycore.nn.functional import fake_quantize

__all__ = ["FixedDelayLinear"]

Index = NDArray[np.int64]

_SYNAPSE_BYTES = 64
"""Of a synapse while the layer is made: its weight, its neurons and its delay."""


class FixedDelayLinear(DelayedLayer):
    """A linear layer whose synapses have one fixed delay each.

    ``I[t, j] = sum over synapses s from i to j of weight[s] * x[t - delay[s], i]``

    in_features, out_features: source and target neurons.
    delay:       in steps, whole numbers: one, [in_features, out_features], or [count, in_features,
                 out_features] for several synapses per pair.
    std, generator, batch_first: as in `DelayedLinear`.

    `random` draws the delays; `from_synapses` takes a list of synapses, as a projection of a Graph has it, in
    which pairs may be missing or stand several times.

    Input [steps, batch, in_features], output [steps, batch, out_features]; ``weight`` [synapses].

    >>> import torch
    >>> from delaycore.nn import FixedDelayLinear
    >>> layer = FixedDelayLinear(2, 1, delay=[[3], [0]])
    >>> _ = layer.weight.data.fill_(1.0)
    >>> x = torch.zeros(5, 1, 2)
    >>> x[0] = 1
    >>> layer(x)[:, 0, 0].tolist()
    [1.0, 0.0, 0.0, 1.0, 0.0]
    """

    _entry: Tensor

    def __init__(
        self,
        in_features: int,
        out_features: int,
        delay: ArrayLike = 0,
        *,
        std: float | None = None,
        generator: torch.Generator | None = None,
        batch_first: bool = False,
    ) -> None:
        given = as_array("FixedDelayLinear.delay", delay)
        whole = given.dtype.kind in "iu"
        try:
            spread = np.broadcast_to(given, (*given.shape[:-2], in_features, out_features))
        except ValueError:
            whole = False
        if not whole or given.ndim > 3 or (given < 0).any() or (given > LARGEST).any():
            raise GraphError.at(
                "FixedDelayLinear.delay",
                f"must hold whole numbers from 0 to {LARGEST}, [{in_features}, {out_features}] or with a "
                f"leading number of synapses per pair, not {given.dtype} of shape {given.shape}",
                "round delays to steps, and see the loss, before building the layer",
            )
        if need := describe_need(spread.size, "synapses", _SYNAPSE_BYTES):
            raise GraphError.at("FixedDelayLinear", f"has {need}", "use fewer neurons or synapses")
        spread = spread.reshape(-1, in_features, out_features)
        _, pre, post = (a.ravel() for a in np.indices(spread.shape))
        super().__init__(
            Dense(in_features, out_features),
            as_delays("FixedDelayLinear.delay", np.unique(spread)),
            batch_first,
        )
        self._set_synapses(pre, post, spread.ravel())
        self.weight = nn.Parameter(first_weights((len(pre),), std, len(spread) * in_features, generator))

    @classmethod
    def random(
        cls,
        in_features: int,
        out_features: int,
        delays: int | Iterable[int] | Tensor,
        count: int = 1,
        *,
        generator: torch.Generator | None = None,
        **options: Any,
    ) -> FixedDelayLinear:
        """Return a layer with ``count`` different delays for each pair, drawn from ``delays``.

        Raises `GraphError` if there are not as many.
        """
        levels = sorted(set(as_steps("FixedDelayLinear.random.delays", delays)))
        if not 1 <= count <= len(levels):
            raise GraphError.at(
                "FixedDelayLinear.random.count",
                f"is {count}, and there are {len(levels)} delays to draw from",
                "draw fewer, or give more delays",
            )
        order = torch.rand(len(levels), in_features, out_features, generator=generator).argsort(dim=0)
        drawn = np.asarray(levels)[order[:count].numpy()]
        return cls(in_features, out_features, drawn, generator=generator, **options)

    @classmethod
    def from_synapses(
        cls,
        in_features: int,
        out_features: int,
        pre: ArrayLike,
        post: ArrayLike,
        delay: ArrayLike,
        weight: ArrayLike,
        *,
        batch_first: bool = False,
        dtype: torch.dtype | None = None,
    ) -> FixedDelayLinear:
        """Return a layer with exactly these synapses, arrays [synapses]."""
        layer = cls.__new__(cls)
        steps = np.asarray(delay, dtype=np.int64)
        levels = tuple(np.unique(steps).tolist()) or (1,)  # without a synapse, it closes no loop
        DelayedLayer.__init__(layer, Dense(in_features, out_features), levels, batch_first)
        layer._set_synapses(np.asarray(pre, dtype=np.int64), np.asarray(post, dtype=np.int64), steps)
        values = as_float_tensor("FixedDelayLinear.weight", weight)
        layer.weight = nn.Parameter(values.to(dtype or torch.get_default_dtype()))
        return layer

    def _set_synapses(self, pre: Index, post: Index, delay: Index) -> None:
        self._pre, self._post, self._delay = pre, post, delay
        level = np.searchsorted(self.delays, delay)
        entry = (level * self.in_features + pre) * self.out_features + post
        self.register_buffer("_entry", torch.from_numpy(entry), persistent=False)

    @property
    def synapses(self) -> int:
        """Synapses, those that share pair and delay counted each."""
        return int(self._kept.sum())

    @property
    def _kept(self) -> NDArray[np.bool_]:
        """Which synapses exist: all, unless torch pruned them."""
        kept = find_torch_mask(self)
        return np.ones(len(self.weight), dtype=np.bool_) if kept is None else kept

    @property
    def computes_projection(self) -> bool:
        return super().computes_projection and not is_replaced(self, "kernel", FixedDelayLinear)

    def kernel(self, number: Format | None = None) -> Tensor:
        weight = self.weight if number is None else fake_quantize(self.weight, number)
        shape = (len(self.delays), self.in_features, self.out_features)
        return weight.new_zeros(shape).view(-1).index_add(0, self._entry, weight).view(shape)

    def exists(self) -> NDArray[np.bool_]:
        found = np.zeros((len(self.delays), self.in_features, self.out_features), dtype=np.bool_)
        found.reshape(-1)[self._entry.cpu().numpy()[self._kept]] = True
        return found

    def losses(self, place: str, source: str) -> Losses:
        kept = self._kept
        return Losses.counted(
            "synapse",
            "dropped",
            place,
            int((~kept).sum()),
            len(kept),
            detail="masked by torch.nn.utils.prune",
        )

    def to_projection(
        self, source: str, target: str, number: Format | None = None, name: str = ""
    ) -> Projection:
        with torch.no_grad(), evaluate(self):
            weight = self.weight if number is None else fake_quantize(self.weight, number)
            values = weight.double().cpu().numpy()
        kept = self._kept
        return Projection(
            source, target, self._pre[kept], self._post[kept], values[kept], self._delay[kept], name
        )

    def extra_repr(self) -> str:
        return f"{super().extra_repr()}, synapses={self.synapses}"
