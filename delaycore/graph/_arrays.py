"""A Graph from the weight and delay arrays of a network that was trained elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from delaycore._values import numbers, reals
from delaycore.errors import GraphError, Problem
from delaycore.graph._populations import LIF, Input, Integrator, Population
from delaycore.graph._projection import Projection

__all__ = ["build_chain", "synapses"]


def synapses(source: str, target: str, weight: ArrayLike, delay: ArrayLike = 0, name: str = "") -> Projection:
    """Return the synapses of a weight matrix; pairs of weight 0 have none.

    weight: [pre, post], or [levels, pre, post] for several synapses per pair.
    delay:  steps; anything that broadcasts against ``weight``, or one per level, [levels].
    """
    place = f"{source}->{target}"
    w, d = _weights(f"{place}.weight", weight), _array(f"{place}.delay", delay, numbers)
    if w.ndim == 3 and d.shape == (w.shape[0],):
        d = d[:, None, None]
    try:
        d = np.broadcast_to(d, w.shape)
    except ValueError:
        raise GraphError.at(
            f"{place}.delay",
            f"of shape {d.shape} does not fit weights of shape {w.shape}",
            "give one delay, one per level, or one per weight",
        ) from None
    level, pre, post = np.nonzero(w.reshape(-1, *w.shape[-2:]))
    chosen = (level, pre, post)
    return Projection(
        source,
        target,
        pre,
        post,
        w.reshape(-1, *w.shape[-2:])[chosen],
        d.reshape(-1, *w.shape[-2:])[chosen],
        name,
    )


def build_chain(
    weights: Sequence[ArrayLike], delays: Sequence[ArrayLike] | None, retain: Any, threshold: Any
) -> tuple[dict[str, Population], list[Projection]]:
    """Build populations and projections of `delaycore.graph.Graph.from_arrays`, whose arguments these are."""
    for place, given in (("weights", weights), ("delays", delays)):
        listed = given.ndim > 0 if isinstance(given, np.ndarray) else isinstance(given, Sequence)
        if (given is not None or place == "weights") and (not listed or isinstance(given, str)):
            raise GraphError.at(place, f"must be a list, not {given!r:.80}", "give one entry per projection")
    arrays = [_weights(f"weights[{i}]", w) for i, w in enumerate(weights)]
    if not arrays:
        raise GraphError.at("weights", "is empty", "give one array per projection")
    if delays is not None and len(delays) != len(arrays):
        raise GraphError.at(
            "delays", f"has {len(delays)} entries for {len(arrays)} projections", "give one per projection"
        )
    GraphError.collect(
        Problem(
            f"weights[{i}]",
            f"comes from {b.shape[-2]} neurons, but weights[{i - 1}] goes to {a.shape[-1]}",
            "arrays are [pre, post]",
        )
        for i, (a, b) in enumerate(pairwise(arrays), 1)
        if a.shape[-1] != b.shape[-2]
    )
    sizes = [arrays[0].shape[-2], *(a.shape[-1] for a in arrays)]
    names = ["in", *(f"h{i}" for i in range(1, len(arrays))), "out"]
    retains = _per_layer("retain", retain, len(arrays))
    thresholds = _per_layer("threshold", threshold, len(arrays) - 1)
    populations: dict[str, Population] = {"in": Input(sizes[0])}
    for name, size, r, th in zip(names[1:-1], sizes[1:-1], retains, thresholds, strict=False):
        populations[name] = LIF(size, retain=r, threshold=th)
    populations["out"] = Integrator(sizes[-1], retain=retains[-1])
    pairs = list(pairwise(names))
    projections = [
        synapses(a, b, w, 0 if delays is None else delays[i])
        for i, ((a, b), w) in enumerate(zip(pairs, arrays, strict=True))
    ]
    return populations, projections


def _array(place: str, values: ArrayLike, take: Callable[[ArrayLike], NDArray[Any]]) -> NDArray[Any]:
    try:
        return take(values)
    except ValueError as error:
        raise GraphError.at(
            place, f"is not an array of numbers ({error})", "give one array per projection"
        ) from None


def _weights(place: str, values: ArrayLike) -> NDArray[np.float64]:
    array = _array(place, values, reals)
    if array.ndim not in (2, 3) or 0 in array.shape:
        raise GraphError.at(place, f"has shape {array.shape}", "give [pre, post] or [levels, pre, post]")
    return array


def _per_layer(place: str, value: Any, layers: int) -> list[Any]:
    if isinstance(value, list | tuple):
        if len(value) != layers:
            raise GraphError.at(
                place,
                f"has {len(value)} entries for {layers} layers",
                "give one value, or a list with one per layer",
            )
        return list(value)
    return [value] * layers
