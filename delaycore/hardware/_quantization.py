"""The numbers that a chip can hold, in a network's own units, and the network moved onto them.

Training rounds onto the same grids, with straight-through gradients, so what it trained is what is deployed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, field_validator

from delaycore.errors import GraphError, Problem
from delaycore.graph import Arithmetic, Format, Graph, Population
from delaycore.hardware._losses import Losses, What

__all__ = ["QuantizationScheme", "round_to", "rescale"]

_WHAT: dict[str, What] = {
    "retain": "retain",
    "retain_current": "retain",
    "retain_trace": "retain",
    "threshold": "threshold",
    "bias": "bias",
}


class QuantizationScheme(BaseModel):
    """The formats that a chip stores a network's numbers in.

    weights:    per projection, by name.
    parameters: per population and parameter, by ``population.parameter``; a parameter without an entry is
                kept as it is.
    scale:      per population, chip units of its potential per unit of the graph; a power of two, so that
                scaling is exact.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    weights: Mapping[str, Format]
    parameters: Mapping[str, Format]
    scale: Mapping[str, float] = {}

    @field_validator("scale")
    @classmethod
    def _exact(cls, scale: Mapping[str, float]) -> Mapping[str, float]:
        for problem in _inexact(scale):
            raise ValueError(str(problem))
        return MappingProxyType(dict(scale))


def _inexact(scale: Mapping[str, float]) -> Iterator[Problem]:
    for name, s in scale.items():
        if not s > 0 or np.frexp(s)[0] != 0.5:
            yield Problem(
                f"scale[{name!r}]",
                f"must be a power of two, not {s}",
                "other factors would round weights in silence",
            )


def round_to(graph: Graph, scheme: QuantizationScheme) -> tuple[Graph, Losses]:
    """``graph`` with every weight and parameter rounded onto ``grids``, in its own units, and what that
    changed.
    """
    GraphError.collect(_strangers(graph, scheme))
    losses = Losses()
    projections = []
    for p in graph.projections:
        rounded = scheme.weights[p.name].round(p.weight)
        losses += _lost("weight", f"{p.place}.weight", p.weight, rounded, scheme.weights[p.name])
        projections.append(p.with_weight(rounded))
    populations: dict[str, Population] = {}
    for name, population in graph.populations.items():
        changed: dict[str, Any] = {}
        for parameter in population.parameters():
            number = scheme.parameters.get(f"{name}.{parameter}")
            if number is None:
                continue
            before = getattr(population, parameter)
            changed[parameter] = number.round(before)
            losses += _lost(
                _WHAT.get(parameter, "parameter"),
                f"populations[{name!r}].{parameter}",
                before,
                changed[parameter],
                number,
            )
        populations[name] = replace(population, **changed) if changed else population
    return graph.with_(populations=populations, projections=projections), losses


def _strangers(graph: Graph, scheme: QuantizationScheme) -> Iterator[Problem]:
    """QuantizationScheme without their part of the graph, which a slip of the pen would leave unrounded, and
    projections without a grid.
    """
    projections = {p.name for p in graph.projections}
    parameters = {
        f"{name}.{parameter}" for name, p in graph.populations.items() for parameter in p.parameters()
    }
    for name in sorted(projections - scheme.weights.keys()):
        yield Problem(
            f"grids.weights[{name!r}]", "is missing", "give the format of every projection's weights"
        )
    for place, given, known in (
        ("weights", scheme.weights, projections),
        ("parameters", scheme.parameters, parameters),
    ):
        for name in sorted(given.keys() - known):
            yield Problem(
                f"grids.{place}[{name!r}]", "the graph has no such part", f"it has {', '.join(sorted(known))}"
            )


def _lost(
    what: What, place: str, before: NDArray[np.float64], after: NDArray[np.float64], number: Format
) -> Losses:
    outside = number.overflows(before)
    clipped = Losses.of(what, "clipped", place, before[outside], after[outside])
    rounded = Losses.of(what, "rounded", place, before[~outside], after[~outside])
    return Losses(
        entries=tuple(e.model_copy(update={"of": before.size}) for e in (clipped + rounded).entries)
    )


def rescale(graph: Graph, scale: Mapping[str, float], arithmetic: Arithmetic) -> Graph:
    """``graph`` in a chip's units: everything that enters or bounds a potential of population P times
    ``scale[P]``, under ``arithmetic``.

    Exact, since scales are powers of two; the read-out's scale follows.  Raises `GraphError` for other
    scales.
    """
    GraphError.collect(_inexact(scale))
    populations = {name: _scaled(p, scale.get(name, 1.0)) for name, p in graph.populations.items()}
    projections = [p.with_weight(p.weight * scale.get(p.target, 1.0)) for p in graph.projections]
    readout = graph.readout
    if readout is not None:
        readout = replace(readout, scale=readout.scale * scale.get(readout.population, 1.0))
    return graph.with_(
        populations=populations, projections=projections, readout=readout, arithmetic=arithmetic
    )


def _scaled(population: Population, scale: float) -> Population:
    return replace(population, **{name: getattr(population, name) * scale for name in _scaling(population)})


def _scaling(population: Population) -> Iterator[str]:
    return (name for name in population.parameters() if name in population.in_potential)
