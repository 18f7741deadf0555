"""The formats in which the chip holds the numbers of a network."""

from __future__ import annotations

from collections.abc import Iterator

from delaycore.graph import Format, Graph, Input, Population
from delaycore.hardware import QuantizationScheme
from delaycore_loihi.numbers._registers import (
    RETAIN,
    RETAIN_CURRENT,
    choose_bias_exponent,
    make_bias_format,
    make_threshold_format,
)
from delaycore_loihi.numbers._scaling import choose_scale
from delaycore_loihi.numbers._weights import choose_grid

__all__ = ["choose_quantization_scheme"]


def choose_quantization_scheme(graph: Graph, weight_bits: int = 8) -> QuantizationScheme:
    """Return the formats in which the chip would hold the numbers of ``graph``, in the graph's units.

    All projections into a population share its scale; each has its own weight exponent and sign mode.
    """
    chosen = {
        name: choose_scale(graph, name, weight_bits)
        for name, p in graph.populations.items()
        if not isinstance(p, Input)
    }
    scale = {name: s for name, (s, _) in chosen.items()}
    fixed = frozenset(name for name, (_, keeps_ties) in chosen.items() if not keeps_ties)
    weights = {
        p.name: choose_grid(p.weight, scale[p.target], weight_bits)[0].to_format(scale[p.target])
        for p in graph.projections
    }
    parameters = {
        f"{name}.{q}": format_
        for name, s in scale.items()
        for q, format_ in _choose_parameter_formats(graph.populations[name], s)
    }
    return QuantizationScheme(weights=weights, parameters=parameters, scale=scale, fixed_thresholds=fixed)


def _choose_parameter_formats(population: Population, scale: float) -> Iterator[tuple[str, Format]]:
    """Yield the name and the format of each parameter of ``population`` that has a register."""
    for parameter in population.parameters():
        match parameter:
            case "retain":
                yield parameter, RETAIN
            case "retain_current":
                yield parameter, RETAIN_CURRENT
            case "threshold":
                yield parameter, make_threshold_format(scale)
            case "bias":
                bias = population.bias  # type: ignore[attr-defined]  # its kind has this parameter
                yield parameter, make_bias_format(choose_bias_exponent(bias, scale)[0], scale)
