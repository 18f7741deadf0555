"""Quantization of a network: bfloat16, or weights of a few bits and everything else in bfloat16."""

from __future__ import annotations

from delaycore.graph import BFLOAT16, Arithmetic, Graph
from delaycore.hardware import Losses, QuantizationScheme, rescale, round_to
from delaycore_seneca.numbers._arithmetic import find_width, make_arithmetic, make_weight_format
from delaycore_seneca.numbers._scale import choose_scale

__all__ = ["choose_quantization_scheme", "is_foreign", "quantize"]


def is_foreign(given: Arithmetic) -> bool:
    """Whether numbers under ``given`` are in the units of another chip, or mean something that this one does
    not do.
    """
    formats = (given.weight, given.decay, given.total, given.current, given.potential)
    own = given == make_arithmetic(find_width(given))
    return (
        type(given) is not Arithmetic
        or given.fires != ">="
        or (not own and any(f.family == "fixed" for f in formats))
    )


def choose_quantization_scheme(graph: Graph, width: int | None = None) -> QuantizationScheme:
    """The formats in which the chip would hold the numbers of ``graph``, in its own units.

    width: bits of a weight, 16 for bfloat16; None for those of the graph.  All projections into a population
           share its scale.
    """
    bits = find_width(graph.arithmetic) if width is None else width
    scale = {name: choose_scale(graph, name, bits) for name in graph.populations if name not in graph.inputs}
    return QuantizationScheme(
        weights={p.name: make_weight_format(bits, scale[p.target]) for p in graph.projections},
        parameters={
            f"{name}.{q}": BFLOAT16
            for name, population in graph.populations.items()
            for q in population.parameters()
        },
        scale=scale,
    )


def quantize(graph: Graph, width: int | None = None) -> tuple[Graph, Losses]:
    """``graph`` rounded to its quantization scheme, in chip units and under the chip's arithmetic, and what
    that changed.

    width: as in `choose_quantization_scheme`.
    """
    bits = find_width(graph.arithmetic) if width is None else width
    scheme = choose_quantization_scheme(graph, bits)
    rounded, losses = round_to(graph, scheme)
    return rescale(rounded, scheme.scale, make_arithmetic(bits)), losses
