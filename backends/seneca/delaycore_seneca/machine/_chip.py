"""The network that a chip computes, read from what lies in its memories."""

from __future__ import annotations

from collections.abc import Sequence

from delaycore.graph import Graph, Population, Projection, kinds
from delaycore.hardware import Placement
from delaycore_seneca.mapping import Layer
from delaycore_seneca.numbers import ARITHMETIC

__all__ = ["build_executable"]


def build_executable(layers: Sequence[Layer], placement: Placement, step: float) -> Graph:
    """Build the graph that the chip's memories make it run, in the populations of the placed graph.

    A synapse acts only where the pruning filter lets its event through.
    """
    where = {layer.slice: layer for layer in layers}
    populations: dict[str, Population] = {}
    projections: list[Projection] = []
    for s in placement.slices:
        if s.core is None:
            populations[s.name] = kinds()["input"](s.size)
            continue
        layer = where[s]
        populations[s.name] = layer.population
        first = 0
        for fan in layer.fans:
            passes = fan.delay < layer.gate.levels
            passes[passes] = layer.gate.bits[fan.pre[passes] + first, fan.delay[passes]]
            first += fan.sources
            for a in placement.of(fan.source):
                on = passes & (fan.pre >= a.start) & (fan.pre < a.stop)
                projections.append(
                    Projection(
                        a.name, s.name, fan.pre[on] - a.start, fan.post[on], fan.weight[on], fan.delay[on]
                    )
                )
    return Graph(step, populations, projections, arithmetic=ARITHMETIC)
