"""The chip's arithmetic, and a network moved onto it: whole numbers, and at most four weights for each neuron.

Weights go onto 9-bit integers after a power of two for each population.  A neuron whose synapses then have more than four different weights gets
the four that Lloyd's iteration finds, and each synapse the nearest of them.  Both are one alteration in the losses.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from delaycore.graph import Arithmetic, Format, Graph, Input
from delaycore.hardware import Grids, Losses, onto, scaled
from delaycore_truenorth.spec import LIMITS

__all__ = ["ARITHMETIC", "grids_of", "quantised"]


def _symmetric(name: str) -> Format:
    return Format(family="fixed", minimum=-LIMITS[name].value, maximum=LIMITS[name].value)


_POTENTIAL = _symmetric("potential")
_VALUES = int(LIMITS["weight.values"])

ARITHMETIC = Arithmetic(
    name="truenorth", weight=_symmetric("weight"), decay=_POTENTIAL, total=_POTENTIAL, current=_POTENTIAL, potential=_POTENTIAL, arrivals="state"
)


def scale_of(graph: Graph, name: str) -> float:
    """Chip units per unit of the graph: the largest power of two under which weights, thresholds and leaks fit."""
    if graph.arithmetic == ARITHMETIC:
        return 1.0
    p = graph.populations[name]
    pairs = [(LIMITS["weight"], max((float(np.abs(q.weight).max(initial=0)) for q in graph.into(name)), default=0.0))]
    pairs += [(LIMITS[q], float(np.abs(getattr(p, q)).max())) for q in ("threshold", "leak") if q in p.parameters()]
    room = [np.log2(limit.value) - np.log2(largest) for limit, largest in pairs if largest]
    return float(2.0 ** np.clip(np.floor(min(room, default=0.0)), -990, 990))


def grids_of(graph: Graph) -> Grids:
    """The formats of weights, thresholds and leaks in the graph's own units; that a neuron has four weights is beyond what a format says."""
    scale = {name: scale_of(graph, name) for name, p in graph.populations.items() if not isinstance(p, Input)}
    weights = {p.name: _over("weight", scale[p.target]) for p in graph.projections}
    parameters = {f"{name}.{q}": _over(q, s) for name, s in scale.items() for q in graph.populations[name].parameters() if q in ("threshold", "leak")}
    return Grids(weights=weights, parameters=parameters, scale=scale)


def _over(name: str, scale: float) -> Format:
    largest = LIMITS[name].value / scale
    return Format(family="fixed", step=1 / scale, minimum=-largest, maximum=largest)


def quantised(graph: Graph) -> tuple[Graph, Losses]:
    """``graph`` in chip units under the chip's arithmetic, and what that changed."""
    grids = grids_of(graph)
    rounded, losses = onto(graph, grids)
    chosen = _four(scaled(rounded, grids.scale, ARITHMETIC))
    kept = Losses(entries=tuple(e for e in losses if e.what != "weight"))
    for before, after in zip(graph.projections, chosen.projections, strict=True):
        back = after.weight / grids.scale[after.target]
        kept += Losses.of("weight", "rounded", f"{before.place}.weight", before.weight, back, detail="whole numbers, four weights for each neuron")
    return chosen, kept


def _four(graph: Graph) -> Graph:
    """The graph with at most four different weights into each neuron."""
    weights = {p.name: p.weight.copy() for p in graph.projections}
    for name in graph.populations:
        into = graph.into(name)
        if not into:
            continue
        post = np.concatenate([p.post for p in into])
        weight = np.concatenate([weights[p.name] for p in into])
        for j in np.unique(post):
            here = post == j
            weight[here] = _nearest(weight[here])
        ends = np.cumsum([len(p) for p in into])
        for p, part in zip(into, np.split(weight, ends[:-1]), strict=True):
            weights[p.name] = part
    return graph.with_(projections=[p.with_weight(weights[p.name]) for p in graph.projections])


def _nearest(weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each weight as the nearest of four, which Lloyd's iteration finds from the quantiles; unchanged if they are at most four."""
    values = np.unique(weight)
    if len(values) <= _VALUES:
        return weight
    centres = np.quantile(values, np.linspace(0, 1, _VALUES))
    for _ in range(20):
        own = np.abs(weight[:, None] - centres).argmin(axis=1)
        centres = np.array([weight[own == k].mean() if (own == k).any() else centres[k] for k in range(_VALUES)])
    whole = ARITHMETIC.weight.round(centres)
    return np.asarray(whole[np.abs(weight[:, None] - whole).argmin(axis=1)])
