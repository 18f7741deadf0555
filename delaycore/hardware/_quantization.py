"""The numbers that a chip can hold, in a network's own units, and the network moved onto them.

Training rounds onto the same grids, with straight-through gradients, so what it trained is what is deployed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from delaycore._names import by_name
from delaycore._shown import align, one_line
from delaycore._wording import guess_meant, pluralize
from delaycore.errors import GraphError, Problem
from delaycore.graph import Arithmetic, Format, Graph, Population
from delaycore.hardware._firing import convert_firing
from delaycore.hardware._losses import Losses, What

__all__ = [
    "QuantizationScheme",
    "choose_scale",
    "choose_scales",
    "quantize_to",
    "rescale",
    "rescale_format",
    "round_to",
    "scheme_for",
]

_WHAT: dict[str, What] = {
    "retain": "retain",
    "retain_current": "retain",
    "retain_trace": "retain",
    "threshold": "threshold",
    "bias": "bias",
}


@dataclass(frozen=True)
class QuantizationScheme:
    """The formats that a chip stores a network's numbers in.

    weights:    per projection, by name.
    parameters: per population and parameter, by ``population.parameter``; a parameter without an entry is
                kept as it is.
    scale:      per population, chip units of its potential per unit of the graph; a power of two, so that
                scaling is exact.
    fixed_thresholds: names of populations whose thresholds stay though the chip fires strictly above them and
                the graph at them, or the reverse: steps between thresholds are so coarse beside potentials
                that a neighbour would do more harm than the ties that are lost.
    """

    weights: Mapping[str, Format]
    parameters: Mapping[str, Format]
    scale: Mapping[str, float] = field(default_factory=dict)
    fixed_thresholds: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for name in ("weights", "parameters"):
            table = getattr(self, name)
            if not (isinstance(table, Mapping) and all(isinstance(f, Format) for f in table.values())):
                place = f"QuantizationScheme.{name}"
                raise GraphError.at(place, f"must be a mapping to Format, not {table!r:.80}")
        GraphError.collect(_find_inexact_scales(self.scale))
        for name in ("weights", "parameters", "scale"):
            object.__setattr__(self, name, by_name(name, getattr(self, name)))

    @one_line
    def __repr__(self) -> str:
        formats = {str(f) for f in (*self.weights.values(), *self.parameters.values())}
        return (
            f"<QuantizationScheme: {pluralize(len(self.weights), 'weight')}, "
            f"{pluralize(len(self.parameters), 'parameter')}, {pluralize(len(formats), 'format')}>"
        )

    def __str__(self) -> str:
        scales = [f"{name} in units of 1 / {scale:g}" for name, scale in self.scale.items()]
        return "\n".join([*align([*self.weights.items(), *self.parameters.items()]), *scales])


def _find_inexact_scales(scale: Mapping[str, float]) -> Iterator[Problem]:
    for name, s in scale.items():
        if not s > 0 or np.frexp(s)[0] != 0.5:
            yield Problem(
                f"scale[{name!r}]",
                f"must be a power of two, not {s}",
                "other factors would round weights in silence",
            )


def round_to(graph: Graph, scheme: QuantizationScheme) -> tuple[Graph, Losses]:
    """``graph`` with every weight and parameter rounded onto ``scheme``, in its own units, and what that
    changed.
    """
    GraphError.collect(_find_strangers(graph, scheme))
    losses: list[Losses] = []
    projections = []
    for p in graph.projections:
        number = scheme.weights[p.name]
        rounded = number.round(p.weight)
        losses.append(Losses.of_rounding("weight", f"{p.place}.weight", p.weight, rounded, number))
        projections.append(p.with_weight(rounded))
    populations: dict[str, Population] = {}
    for name, population in graph.populations.items():
        changed: dict[str, Any] = {}
        for parameter in population.parameters():
            if f"{name}.{parameter}" not in scheme.parameters:
                continue
            number = scheme.parameters[f"{name}.{parameter}"]
            before = getattr(population, parameter)
            changed[parameter] = number.round(before)
            what, place = _WHAT.get(parameter, "parameter"), f"populations[{name!r}].{parameter}"
            losses.append(Losses.of_rounding(what, place, before, changed[parameter], number))
        populations[name] = replace(population, **changed) if changed else population
    return graph.with_(populations=populations, projections=projections), Losses.join(losses)


def quantize_to(graph: Graph, scheme: QuantizationScheme, arithmetic: Arithmetic) -> tuple[Graph, Losses]:
    """``graph`` rounded onto ``scheme``, in the chip's units and under its ``arithmetic``, and what that
    changed.
    """
    # Between its own arithmetic and the chip's, a graph holds numbers that need be no numbers of either.
    plain = Arithmetic(fires=graph.arithmetic.fires)
    rounded, losses = round_to(graph.with_(arithmetic=plain), scheme)
    if graph.arithmetic.fires != arithmetic.fires:
        formats = _find_threshold_formats(graph, scheme, arithmetic)
        fires, fixed = arithmetic.fires, scheme.fixed_thresholds
        rounded, losses = convert_firing(graph, rounded, losses, formats, fires, fixed)
    return rescale(rounded, scheme.scale, arithmetic), losses


def _find_threshold_formats(
    graph: Graph, scheme: QuantizationScheme, arithmetic: Arithmetic
) -> dict[str, Format]:
    """Return the format of each population's thresholds in the graph's units; where the scheme keeps them as
    they are, that of potentials.
    """
    found = {}
    for name, p in graph.populations.items():
        if "threshold" in p.parameters():
            potential = arithmetic.potential
            if potential.family == "fixed":
                potential = rescale_format(potential, scheme.scale.get(name, 1.0))
            found[name] = scheme.parameters.get(f"{name}.threshold", potential)
    return found


def choose_scale(*bounds: tuple[float, float]) -> float:
    """The largest power of two by which the first number of each pair can be multiplied without exceeding the
    second; 1 if nothing bounds it.

    It stays within 2^-990 and 2^990, so that scaled numbers remain numbers.
    """
    room = [np.log2(limit) - np.log2(value) for value, limit in bounds if value > 0]
    return float(2.0 ** np.clip(np.floor(min(room, default=0.0)), -990, 990))


def choose_scales(graph: Graph, arithmetic: Arithmetic) -> dict[str, float]:
    """For each population that computes, the largest power of two under which the weights into it and its
    parameters in units of the potential fit the formats of ``arithmetic``; 1 for a graph with its numbers.
    """
    computed = [name for name in graph.populations if name not in graph.inputs]
    if graph.arithmetic.has_numbers_of(arithmetic):
        return dict.fromkeys(computed, 1.0)
    return {name: choose_scale(*_bounds(graph, name, arithmetic)) for name in computed}


def _bounds(graph: Graph, name: str, arithmetic: Arithmetic) -> Iterator[tuple[float, float]]:
    population = graph.populations[name]
    for p in graph.into(name):
        yield float(np.abs(p.weight).max(initial=0.0)), arithmetic.weight.maximum
    for parameter in _scaled_parameters(population):
        yield float(np.abs(getattr(population, parameter)).max()), arithmetic.potential.maximum


def scheme_for(
    graph: Graph, arithmetic: Arithmetic, scale: Mapping[str, float], others: Mapping[str, Format]
) -> QuantizationScheme:
    """The scheme of a chip that holds weights and all that is in units of the potential in the fixed-point
    formats of ``arithmetic``, ``scale`` chip units of a population to one of the graph.

    others: formats of the remaining parameters by name, such as ``retain``; one without is kept as it is.
    """
    parameters = {
        f"{name}.{q}": rescale_format(arithmetic.potential, s)
        for name, s in scale.items()
        for q in _scaled_parameters(graph.populations[name])
    }
    parameters |= {
        f"{name}.{q}": others[q]
        for name in scale
        for q in graph.populations[name].parameters()
        if q in others
    }
    weights = {p.name: rescale_format(arithmetic.weight, scale[p.target]) for p in graph.projections}
    return QuantizationScheme(weights, parameters, scale)


def rescale_format(number: Format, scale: float) -> Format:
    """A chip's fixed-point ``number`` in the units of a graph, of which ``scale`` chip units make one."""
    return Format(
        family=number.family,
        step=number.step / scale,
        minimum=number.minimum / scale,
        maximum=number.maximum / scale,
        overflow=number.overflow,
        rounding=number.rounding,
    )


def _find_strangers(graph: Graph, scheme: QuantizationScheme) -> Iterator[Problem]:
    """Formats without their part of the graph, which a slip of the pen would leave unrounded, and projections
    without a format.
    """
    projections = {p.name for p in graph.projections}
    parameters = {
        f"{name}.{parameter}" for name, p in graph.populations.items() for parameter in p.parameters()
    }
    for name in sorted(projections - scheme.weights.keys()):
        yield Problem(
            f"scheme.weights[{name!r}]", "is missing", "give the format of every projection's weights"
        )
    for place, given, known in (
        ("weights", scheme.weights, projections),
        ("parameters", scheme.parameters, parameters),
    ):
        for name in sorted(given.keys() - known):
            yield Problem(
                f"scheme.{place}[{name!r}]",
                "the graph has no such part",
                f"{guess_meant(name, known)}it has {', '.join(sorted(known))}",
            )


def rescale(graph: Graph, scale: Mapping[str, float], arithmetic: Arithmetic) -> Graph:
    """``graph`` in a chip's units: everything that enters or bounds a potential of population P times
    ``scale[P]``, under ``arithmetic``.

    Exact, since scales are powers of two; the read-out's scale follows.  Raises `GraphError` for other
    scales.
    """
    GraphError.collect(_find_inexact_scales(scale))
    populations = {
        name: _rescale_population(p, scale.get(name, 1.0)) for name, p in graph.populations.items()
    }
    projections = [p.with_weight(p.weight * scale.get(p.target, 1.0)) for p in graph.projections]
    readout = graph.readout
    if readout is not None:
        readout = replace(readout, scale=readout.scale * scale.get(readout.population, 1.0))
    return graph.with_(
        populations=populations, projections=projections, readout=readout, arithmetic=arithmetic
    )


def _rescale_population(population: Population, scale: float) -> Population:
    return replace(
        population, **{name: getattr(population, name) * scale for name in _scaled_parameters(population)}
    )


def _scaled_parameters(population: Population) -> Iterator[str]:
    return (name for name in population.parameters() if name in population.in_potential)
