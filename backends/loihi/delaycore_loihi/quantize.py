"""A network moved onto the chip's grid, with every alteration counted."""

from __future__ import annotations

from collections.abc import Iterator

from delaycore.graph import Format, Graph, Input, Population
from delaycore.hardware import Losses, QuantizationScheme, rescale, round_to
from delaycore_loihi.arithmetic import ARITHMETIC, ONE
from delaycore_loihi.scaling import bias_exponent, bias_format, scale_of, threshold_format
from delaycore_loihi.weights import grid_for

__all__ = ["quantization_scheme", "quantized"]

RETAIN = Format(family="fixed", step=1 / ONE, minimum=1 / ONE, maximum=1.0)
"""Register dv is 0..4095, so that something is always kept."""

RETAIN_CURRENT = Format(family="fixed", step=1 / ONE, minimum=0.0, maximum=1 - 1 / ONE)
"""The effective du is 1..4096, so that a current always decays."""


def quantization_scheme(graph: Graph, weight_bits: int = 8) -> QuantizationScheme:
    """The formats in which the chip would hold the numbers of ``graph``, in its own units.

    All projections into a population share its scale; each has its own weight exponent and sign mode.
    """
    scale = {
        name: scale_of(graph, name, weight_bits)
        for name, p in graph.populations.items()
        if not isinstance(p, Input)
    }
    weights = {
        p.name: grid_for(p.weight, scale[p.target], weight_bits)[0].format(scale[p.target])
        for p in graph.projections
    }
    parameters = {
        f"{name}.{q}": f for name, s in scale.items() for q, f in _parameters(graph.populations[name], s)
    }
    return QuantizationScheme(weights=weights, parameters=parameters, scale=scale)


def _parameters(population: Population, s: float) -> Iterator[tuple[str, Format]]:
    for parameter in population.parameters():
        match parameter:
            case "retain":
                yield parameter, RETAIN
            case "retain_current":
                yield parameter, RETAIN_CURRENT
            case "threshold":
                yield parameter, threshold_format(s)
            case "bias":
                yield parameter, bias_format(bias_exponent(population.bias, s)[0], s)  # type: ignore[attr-defined]


def quantized(graph: Graph, weight_bits: int = 8) -> tuple[Graph, Losses]:
    """``graph`` on the chip's grid, in chip units and under the chip's arithmetic, and what that changed."""
    scheme = quantization_scheme(graph, weight_bits)
    rounded, losses = round_to(graph, scheme)
    return rescale(rounded, scheme.scale, ARITHMETIC), losses
