"""The chip's arithmetic, and a network moved onto it: whole numbers, and at most four weights for each neuron.

Where no neuron of a population has more than four different weights, these go onto 9-bit integers after a power of two for the population.
Where one has more, all weights of the population go onto {-a, 0, a}, or onto {-2a, -a, 0, a, 2a} with the option ``values=4``: a is the one, among
eight to an octave, that leaves the least squared error.  This is a number format like any other, so training rounds onto it, too.
"""

from __future__ import annotations

import numpy as np

from delaycore.graph import Arithmetic, Format, Graph, Input, Projection
from delaycore.hardware import Grids, Losses, onto, scaled
from delaycore_truenorth.spec import LIMITS

__all__ = ["ARITHMETIC", "grids_of", "quantised"]


def _symmetric(name: str) -> Format:
    return Format(family="fixed", minimum=-LIMITS[name].value, maximum=LIMITS[name].value)


_POTENTIAL = _symmetric("potential")

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


def grids_of(graph: Graph, values: int) -> Grids:
    """The formats of weights, thresholds and leaks in the graph's own units; ``values`` as in `delaycore_truenorth.options.Options`."""
    scale = {name: scale_of(graph, name) for name, p in graph.populations.items() if not isinstance(p, Input)}
    weight = {name: _weights(graph, name, values, _over("weight", s)) for name, s in scale.items()}
    parameters = {f"{name}.{q}": _over(q, s) for name, s in scale.items() for q in graph.populations[name].parameters() if q in ("threshold", "leak")}
    return Grids(weights={p.name: weight[p.target] for p in graph.projections}, parameters=parameters, scale=scale)


def _over(name: str, scale: float) -> Format:
    largest = LIMITS[name].value / scale
    return Format(family="fixed", step=1 / scale, minimum=-largest, maximum=largest)


def _weights(graph: Graph, name: str, values: int, fine: Format) -> Format:
    """The format of the weights into a population: ``fine`` if no neuron has too many different ones in it."""
    into = graph.into(name)
    weight = np.concatenate([np.zeros(0), *(p.weight for p in into)])
    post = np.concatenate([np.zeros(0, dtype=np.int64), *(p.post for p in into)])
    pairs = np.unique(np.column_stack([post, fine.round(weight)])[fine.round(weight) != 0], axis=0)
    if not len(pairs) or np.unique(pairs[:, 0], return_counts=True)[1].max() <= int(LIMITS["weight.values"]):
        return fine
    largest = np.abs(weight).max()
    return min((_few(step, values) for step in _steps(values, fine)), key=lambda f: float(np.square((f.round(weight) - weight) / largest).sum()))


def _few(step: float, values: int) -> Format:
    largest = step * values / 2
    return Format(family="fixed", step=step, minimum=-largest, maximum=largest)


def _steps(values: int, fine: Format) -> list[float]:
    """What a may be, the largest first: a whole number of chip units of which the chip holds all ``values``."""
    most = int(LIMITS["weight"].value) // (values // 2)
    units = np.unique(np.rint(np.exp2(np.arange(0, np.log2(most), 1 / 8))))
    return [float(unit) * fine.step for unit in units[::-1]]


def quantised(graph: Graph, values: int) -> tuple[Graph, Losses]:
    """``graph`` in chip units under the chip's arithmetic, and what that changed; a weight of 0 leaves its crossing open, so the synapse goes."""
    grids = grids_of(graph, values)
    rounded, losses = onto(graph, grids)
    closed = []
    for p in rounded.projections:
        there = p.weight != 0
        losses += Losses.removed("synapse", "dropped", p.place, int((~there).sum()), len(p), detail="weight 0, so its crossing stays open")
        closed.append(p if there.all() else Projection(p.source, p.target, p.pre[there], p.post[there], p.weight[there], p.delay[there], p.name))
    return scaled(rounded.with_(projections=closed), grids.scale, ARITHMETIC), losses
