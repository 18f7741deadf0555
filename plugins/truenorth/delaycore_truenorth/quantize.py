"""The chip's arithmetic, and a network moved onto it: whole numbers, and at most four weights for each
neuron.

Where no neuron of a population has more than four different weights, these go onto 9-bit integers after a
power of two for the population. Where one has more, all weights of the population go onto {-a, 0, a}, or onto
{-2a, -a, 0, a, 2a} with the option ``values=4``: a is the one, among eight to an octave, that leaves the
least squared error.  This is a number format like any other, so training rounds onto it, too.
"""

from __future__ import annotations

import numpy as np

from delaycore.graph import Arithmetic, Format, Graph, Input, Projection
from delaycore.hardware import Losses, QuantizationScheme, rescale, round_to
from delaycore_truenorth.spec import LIMITS

__all__ = ["ARITHMETIC", "quantization_scheme", "quantized"]


def _symmetric(name: str) -> Format:
    return Format(family="fixed", minimum=-LIMITS[name].value, maximum=LIMITS[name].value)


_POTENTIAL = _symmetric("potential")

ARITHMETIC = Arithmetic(
    name="truenorth",
    weight=_symmetric("weight"),
    decay=_POTENTIAL,
    total=_POTENTIAL,
    current=_POTENTIAL,
    potential=_POTENTIAL,
    arrivals="state",
)


def _scale(graph: Graph, name: str, largest: float) -> float:
    """Chip units per unit of the graph: the largest power of two under which weights up to ``largest``,
    thresholds and leaks fit.
    """
    if graph.arithmetic == ARITHMETIC:
        return 1.0
    p = graph.populations[name]
    pairs = [(LIMITS["weight"], largest)]
    pairs += [
        (LIMITS[q], float(np.abs(getattr(p, q)).max())) for q in ("threshold", "leak") if q in p.parameters()
    ]
    room = [np.log2(limit.value) - np.log2(most) for limit, most in pairs if most]
    return float(2.0 ** np.clip(np.floor(min(room, default=0.0)), -990, 990))


def quantization_scheme(graph: Graph, values: int) -> QuantizationScheme:
    """The formats of weights, thresholds and leaks in the graph's own units; ``values`` as in
    `delaycore_truenorth.options.Options`.
    """
    held = {
        name: _held(graph, name, values) for name, p in graph.populations.items() if not isinstance(p, Input)
    }
    scale = {name: s for name, (_, s) in held.items()}
    parameters = {
        f"{name}.{q}": _over(q, s)
        for name, s in scale.items()
        for q in graph.populations[name].parameters()
        if q in ("threshold", "leak")
    }
    return QuantizationScheme(
        weights={p.name: held[p.target][0] for p in graph.projections}, parameters=parameters, scale=scale
    )


def _over(name: str, scale: float) -> Format:
    largest = LIMITS[name].value / scale
    return Format(family="fixed", step=1 / scale, minimum=-largest, maximum=largest)


def _held(graph: Graph, name: str, values: int) -> tuple[Format, float]:
    """The format of the weights into a population, and its scale: whole numbers if no neuron has too many
    different ones, else few values.
    """
    into = graph.into(name)
    weight = np.concatenate([np.zeros(0), *(p.weight for p in into)])
    post = np.concatenate([np.zeros(0, dtype=np.int64), *(p.post for p in into)])
    largest = float(np.abs(weight).max(initial=0.0))
    scale = _scale(graph, name, largest)
    fine = _over("weight", scale)
    pairs = np.unique(np.column_stack([post, fine.round(weight)])[fine.round(weight) != 0], axis=0)
    if not len(pairs) or np.unique(pairs[:, 0], return_counts=True)[1].max() <= int(LIMITS["weight.values"]):
        return fine, scale
    few = min(
        (_few(step, values) for step in _steps(values, fine)),
        key=lambda f: float(np.square((f.round(weight) - weight) / largest).sum()),
    )
    return few, _scale(graph, name, few.maximum)


def _few(step: float, values: int) -> Format:
    largest = step * values / 2
    return Format(family="fixed", step=step, minimum=-largest, maximum=largest)


def _steps(values: int, fine: Format) -> list[float]:
    """What a may be, the largest first: a whole number of chip units of which the chip holds all
    ``values``.
    """
    most = int(LIMITS["weight"].value) // (values // 2)
    units = np.unique(np.rint(np.exp2(np.arange(0, np.log2(most), 1 / 8))))
    return [float(unit) * fine.step for unit in units[::-1]]


def quantized(graph: Graph, values: int) -> tuple[Graph, Losses]:
    """``graph`` in chip units under the chip's arithmetic, and what that changed; a weight of 0 leaves its
    crossing open, so the synapse goes.
    """
    scheme = quantization_scheme(graph, values)
    rounded, losses = round_to(graph, scheme)
    closed = []
    for p in rounded.projections:
        there = p.weight != 0
        losses += Losses.removed(
            "synapse",
            "dropped",
            p.place,
            int((~there).sum()),
            len(p),
            detail="weight 0, so its crossing stays open",
        )
        closed.append(
            p
            if there.all()
            else Projection(
                p.source, p.target, p.pre[there], p.post[there], p.weight[there], p.delay[there], p.name
            )
        )
    return rescale(rounded.with_(projections=closed), scheme.scale, ARITHMETIC), losses
