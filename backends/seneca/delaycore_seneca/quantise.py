"""A network's numbers in bfloat16, and the arithmetic of Seneca's neural processing elements."""

from __future__ import annotations

from delaycore.graph import BFLOAT16, Arithmetic, Graph
from delaycore.hardware import Grids, Losses, onto, scaled

__all__ = ["ARITHMETIC", "foreign", "grids", "quantise"]

ARITHMETIC = Arithmetic.bfloat16(arrivals="state")
"""Every operation rounds to bfloat16; each arrival is added to the neuron's state itself, and rounded there."""


def foreign(arithmetic: Arithmetic) -> bool:
    """Whether numbers under ``arithmetic`` are in the units of another chip, or mean something that this one does not do."""
    formats = (arithmetic.weight, arithmetic.decay, arithmetic.total, arithmetic.current, arithmetic.potential)
    return type(arithmetic) is not Arithmetic or arithmetic.fires != ">=" or any(f.family == "fixed" for f in formats)


def grids(graph: Graph) -> Grids:
    """bfloat16 for every weight and every parameter, in the graph's own units."""
    return Grids(
        weights={p.name: BFLOAT16 for p in graph.projections},
        parameters={f"{name}.{q}": BFLOAT16 for name, population in graph.populations.items() for q in population.parameters()},
    )


def quantise(graph: Graph) -> tuple[Graph, Losses]:
    """``graph`` rounded to bfloat16 and under the chip's arithmetic, and what that changed."""
    rounded, losses = onto(graph, grids(graph))
    return scaled(rounded, {}, ARITHMETIC), losses
