"""The plain door: a network trained elsewhere, given as weight and delay arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from delaycore.errors import GraphError
from delaycore.graph.framing import Framing
from delaycore.graph.graph import Graph
from delaycore.graph.populations import LIF, Input, Integrator, Population
from delaycore.graph.projection import Projection
from delaycore.graph.readout import Readout

__all__ = ["from_arrays", "synapses"]


def synapses(source: str, target: str, weight: ArrayLike, delay: ArrayLike = 0, name: str = "") -> Projection:
    """The synapses of a weight matrix; pairs of weight 0 have none.

    weight: [pre, post], or [levels, pre, post] for several synapses per pair.
    delay:  steps; anything that broadcasts against ``weight``, or one per level, [levels].
    """
    w = np.asarray(weight, dtype=np.float64)
    d = np.asarray(delay)
    place = f"{source}->{target}"
    if w.ndim not in (2, 3):
        raise GraphError.at(f"{place}.weight", f"has {w.ndim} dimensions", "give [pre, post] or [levels, pre, post]")
    if w.ndim == 3 and d.shape == (w.shape[0],):
        d = d[:, None, None]
    try:
        d = np.broadcast_to(d, w.shape)
    except ValueError:
        raise GraphError.at(f"{place}.delay", f"of shape {d.shape} does not fit weights of shape {w.shape}", "give one delay, one per level, or one per weight") from None
    level, pre, post = np.nonzero(w.reshape(-1, *w.shape[-2:]))
    chosen = (level, pre, post)
    return Projection(source, target, pre, post, w.reshape(-1, *w.shape[-2:])[chosen], d.reshape(-1, *w.shape[-2:])[chosen], name)


def from_arrays(
    weights: Sequence[ArrayLike],
    delays: Sequence[ArrayLike] | None = None,
    *,
    retain: Any = 0.9,
    threshold: Any = 1.0,
    step: float = 1e-3,
    statistic: str = "maximum",
    framing: Framing | None = None,
) -> Graph:
    """A feed-forward network: an input, LIF layers, and an integrating read-out.

    weights:   one array per projection, [pre, post] or [levels, pre, post]; weights of 0 make no synapse.
    delays:    for each projection a delay in steps, one per level or one per weight; None means no delays.
    retain:    fraction of the potential kept per step, for all layers, or a list with one entry (scalar or per neuron) per layer,
               the read-out included.
    threshold: likewise, for the LIF layers.
    step:      seconds of a step.
    statistic: read-out statistic.

    The populations are called ``in``, ``h1``, ``h2``, ..., ``out``.
    """
    arrays = [np.asarray(w, dtype=np.float64) for w in weights]
    if not arrays:
        raise GraphError.at("weights", "is empty", "give one array per projection")
    if delays is not None and len(delays) != len(arrays):
        raise GraphError.at("delays", f"has {len(delays)} entries for {len(arrays)} projections", "give one per projection")
    sizes = [arrays[0].shape[-2], *(a.shape[-1] for a in arrays)]
    names = ["in", *(f"h{i}" for i in range(1, len(arrays))), "out"]
    retains = _per_layer("retain", retain, len(arrays))
    thresholds = _per_layer("threshold", threshold, len(arrays) - 1)
    populations: dict[str, Population] = {"in": Input(sizes[0])}
    for name, size, r, th in zip(names[1:-1], sizes[1:-1], retains, thresholds, strict=False):
        populations[name] = LIF(size, retain=r, threshold=th)
    populations["out"] = Integrator(sizes[-1], retain=retains[-1])
    pairs = list(zip(names, names[1:], strict=False))
    projections = [synapses(a, b, w, 0 if delays is None else delays[i]) for i, ((a, b), w) in enumerate(zip(pairs, arrays, strict=True))]
    return Graph(step, populations, projections, Readout("out", statistic), framing=framing)


def _per_layer(place: str, value: Any, layers: int) -> list[Any]:
    if isinstance(value, list | tuple):
        if len(value) != layers:
            raise GraphError.at(place, f"has {len(value)} entries for {layers} layers", "give one value, or a list with one per layer")
        return list(value)
    return [value] * layers
