"""A network moved onto the chip's numbers: whole numbers, and at most four weights for each neuron.

Where no neuron of a population has more than four different weights, these go onto 9-bit integers after a
power of two for the population. Where one has more, all weights of the population go onto {-a, 0, a}, or onto
{-2a, -a, 0, a, 2a} with the option ``values=4``: a is the one, among eight to an octave, that leaves the
least squared error.  This is a number format like any other, so training rounds onto it, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from delaycore.graph import Format, Graph
from delaycore.hardware import Losses, QuantizationScheme, choose_scale, quantize_to, rescale_format
from delaycore_truenorth.spec import ARITHMETIC, LIMITS, make_format

__all__ = ["choose_quantization_scheme", "quantize"]


def choose_quantization_scheme(graph: Graph, values: int) -> QuantizationScheme:
    """The formats of weights, thresholds and leaks in the graph's own units; ``values`` as in
    `delaycore_truenorth.options.Options`.
    """
    computed = [name for name in graph.populations if name not in graph.inputs]
    chosen = {name: _choose_weights(graph, name, values) for name in computed}
    weights = {p.name: chosen[p.target][0] for p in graph.projections}
    parameters = {
        f"{name}.{q}": rescale_format(make_format(q), scale)
        for name, (_, scale) in chosen.items()
        for q in graph.populations[name].parameters()
        if q in ("threshold", "leak")
    }
    return QuantizationScheme(weights, parameters, {name: scale for name, (_, scale) in chosen.items()})


def quantize(graph: Graph, scheme: QuantizationScheme) -> tuple[Graph, Losses]:
    """``graph`` in chip units under the chip's arithmetic, and what that changed; a weight of 0 leaves its
    crossing open, so the synapse goes.
    """
    rounded, losses = quantize_to(graph, scheme, ARITHMETIC)
    projections, dropped = [], []
    for p in rounded.projections:
        there = p.weight != 0
        detail = "weight 0, so its crossing stays open"
        dropped.append(
            Losses.counted("synapse", "dropped", p.place, int((~there).sum()), len(p), detail=detail)
        )
        columns = {name: getattr(p, name)[there] for name in ("pre", "post", "weight", "delay")}
        projections.append(p if there.all() else replace(p, **columns))
    return rounded.with_(projections=projections), Losses.join([losses, *dropped])


def _choose_scale(graph: Graph, name: str, largest: float) -> float:
    """Chip units per unit of the graph: the largest power of two under which weights up to ``largest``,
    thresholds and leaks fit.
    """
    if graph.arithmetic.has_numbers_of(ARITHMETIC):
        return 1.0
    p = graph.populations[name]
    bounded = [(q, np.abs(getattr(p, q)).max()) for q in ("threshold", "leak") if q in p.parameters()]
    return choose_scale((largest, LIMITS["weight"].value), *((m, LIMITS[q].value) for q, m in bounded))


def _choose_weights(graph: Graph, name: str, values: int) -> tuple[Format, float]:
    """The format of the weights into a population, and its scale: whole numbers if no neuron has too many
    different ones, else few values.
    """
    into = graph.into(name)
    weight = np.concatenate([np.zeros(0), *(p.weight for p in into)])
    post = np.concatenate([np.zeros(0, dtype=np.int64), *(p.post for p in into)])
    largest = float(np.abs(weight).max(initial=0.0))
    scale = _choose_scale(graph, name, largest)
    fine = rescale_format(make_format("weight"), scale)
    pairs = np.unique(np.column_stack([post, fine.round(weight)])[fine.round(weight) != 0], axis=0)
    if not len(pairs) or np.unique(pairs[:, 0], return_counts=True)[1].max() <= int(LIMITS["weight.values"]):
        return fine, scale
    few = min(
        _list_few_formats(values, fine),
        key=lambda f: float(np.square((f.round(weight) - weight) / largest).sum()),
    )
    return few, _choose_scale(graph, name, few.maximum)


def _list_few_formats(values: int, fine: Format) -> Iterator[Format]:
    """The formats of few weights, the largest a first: a whole number of chip units of which the chip holds
    all ``values``.
    """
    most = int(LIMITS["weight"].value) // (values // 2)
    for unit in np.unique(np.rint(np.exp2(np.arange(0, np.log2(most), 1 / 8))))[::-1]:
        step = float(unit) * fine.step
        largest = step * values / 2
        yield Format(family="fixed", step=step, minimum=-largest, maximum=largest)
