"""The number formats of a network on the chip: bfloat16, or weights of a few bits and everything else in
bfloat16.
"""

from __future__ import annotations

from delaycore.graph import BFLOAT16, Graph
from delaycore.hardware import QuantizationScheme
from delaycore_seneca.numbers._arithmetic import find_width, make_weight_format
from delaycore_seneca.numbers._scale import choose_scale

__all__ = ["choose_quantization_scheme", "choose_width"]


def choose_width(graph: Graph, asked: int | None = None) -> int:
    """Bits of a weight on the chip, 16 for bfloat16: those ``asked`` for, or those that the graph has."""
    return find_width(graph.arithmetic) if asked is None else asked


def choose_quantization_scheme(graph: Graph, width: int) -> QuantizationScheme:
    """The formats in which the chip would hold the numbers of ``graph``, in the graph's own units.

    width: bits of a weight, 16 for bfloat16.  All projections into a population share its scale.
    """
    scale = {name: choose_scale(graph, name, width) for name in graph.populations if name not in graph.inputs}
    return QuantizationScheme(
        weights={p.name: make_weight_format(width, scale[p.target]) for p in graph.projections},
        parameters={
            f"{name}.{q}": BFLOAT16
            for name, population in graph.populations.items()
            for q in population.parameters()
        },
        scale=scale,
    )
