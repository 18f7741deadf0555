"""A network's numbers as Seneca's neural processing elements hold them: bfloat16, or weights of a few bits
and the rest in bfloat16.
"""

from __future__ import annotations

from delaycore.graph import BFLOAT16, Arithmetic, Graph
from delaycore.hardware import Losses, QuantizationScheme, rescale, round_to
from delaycore_seneca.integers import arithmetic, scale_of, weight_format, width_of

__all__ = ["ARITHMETIC", "foreign", "quantization_scheme", "quantize"]

ARITHMETIC = arithmetic()
"""What the elements compute in, whatever the weights are in memory: they are made bfloat16 numbers before
they are added.
"""


def foreign(given: Arithmetic) -> bool:
    """Whether numbers under ``given`` are in the units of another chip, or mean something that this one does
    not do.
    """
    formats = (given.weight, given.decay, given.total, given.current, given.potential)
    own = given == arithmetic(width_of(given))
    return (
        type(given) is not Arithmetic
        or given.fires != ">="
        or (not own and any(f.family == "fixed" for f in formats))
    )


def quantization_scheme(graph: Graph, width: int | None = None) -> QuantizationScheme:
    """The formats in which the chip would hold the numbers of ``graph``, in its own units.

    width: bits of a weight, 16 for bfloat16; None for those of the graph.  All projections into a population
           share its scale.
    """
    bits = width_of(graph.arithmetic) if width is None else width
    scale = {name: scale_of(graph, name, bits) for name in graph.populations if name not in graph.inputs}
    return QuantizationScheme(
        weights={p.name: weight_format(bits, scale[p.target]) for p in graph.projections},
        parameters={
            f"{name}.{q}": BFLOAT16
            for name, population in graph.populations.items()
            for q in population.parameters()
        },
        scale=scale,
    )


def quantize(graph: Graph, width: int | None = None) -> tuple[Graph, Losses]:
    """``graph`` rounded onto `grids`, in chip units and under the chip's arithmetic, and what that
    changed.
    """
    bits = width_of(graph.arithmetic) if width is None else width
    number = quantization_scheme(graph, bits)
    rounded, losses = round_to(graph, number)
    return rescale(rounded, number.scale, arithmetic(bits)), losses
