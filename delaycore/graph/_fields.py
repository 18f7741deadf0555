"""Checks of the fields of a Graph, before a Graph is made of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import NoneType
from typing import NamedTuple

import numpy as np

from delaycore._values import LARGEST
from delaycore._wording import guess_meant, is_text
from delaycore.errors import Problem
from delaycore.graph._arithmetic import Arithmetic
from delaycore.graph._framing import Framing
from delaycore.graph._order import find_loop_problems, list_instant_edges
from delaycore.graph._populations import Input, Population
from delaycore.graph._projection import Projection
from delaycore.graph._readout import Readout

__all__ = ["GraphFields", "find_problems", "find_type_problems"]


class GraphFields(NamedTuple):
    """Fields of a `delaycore.graph.Graph`, in their order."""

    step: float
    populations: Mapping[str, Population]
    projections: Sequence[Projection]
    readout: Readout | None
    arithmetic: Arithmetic
    framing: Framing | None


def find_type_problems(fields: GraphFields) -> Iterator[Problem]:
    """Name fields of a wrong type, about which nothing more can be said."""

    def expect(place: str, value: object, *types: type) -> Iterator[Problem]:
        if not isinstance(value, types):
            names = " or ".join(t.__name__ for t in types)
            yield Problem(place, f"must be {names}, not {value!r:.80}")

    yield from expect("step", fields.step, int, float, np.integer, np.floating)
    if isinstance(fields.step, bool) or (isinstance(fields.step, int) and abs(fields.step) > 2**53):
        message = f"must be a positive number of seconds, not {fields.step!r:.80}"
        yield Problem("step", message, "milliseconds are 1e-3")
    yield from expect("populations", fields.populations, Mapping)
    yield from expect("projections", fields.projections, Sequence)
    if isinstance(fields.populations, Mapping):
        for name, population in fields.populations.items():
            yield from expect(f"populations[{name!r}]", population, Population)
    if isinstance(fields.projections, Sequence):
        for i, projection in enumerate(fields.projections):
            yield from expect(f"projections[{i}]", projection, Projection)
    yield from expect("readout", fields.readout, Readout, NoneType)
    yield from expect("arithmetic", fields.arithmetic, Arithmetic)
    yield from expect("framing", fields.framing, Framing, NoneType)


def find_problems(fields: GraphFields) -> Iterator[Problem]:
    """Name everything that keeps fields of the right types from being a network with a meaning."""
    if not 0 < fields.step < np.inf:
        yield Problem(
            "step", f"must be a positive number of seconds, not {fields.step!r}", "milliseconds are 1e-3"
        )
    for name, population in fields.populations.items():
        if not is_text(name) or not name or "/" in name:
            yield Problem(f"populations[{name!r}]", "a name is text in Unicode, not empty and without '/'")
        yield from population.find_problems(f"populations[{name!r}]")
    neurons = sum(_size(p) or 0 for p in fields.populations.values())
    if neurons > LARGEST:
        message = f"have {neurons} neurons together, more than the {LARGEST} that are numbered in 32 bits"
        yield Problem("populations", message, "use fewer neurons")
    yield from _find_projection_problems(fields)
    yield from _find_readout_problems(fields)
    inputs = sum(_size(p) or 0 for p in fields.populations.values() if isinstance(p, Input))
    if fields.framing is not None and fields.framing.inputs != inputs:
        yield Problem(
            "framing",
            f"makes {fields.framing.inputs} inputs, but the graph has {inputs}",
            "give the framing that the network was trained with",
        )


def _find_projection_problems(fields: GraphFields) -> Iterator[Problem]:
    seen: set[str] = set()
    for projection in fields.projections:
        if not is_text(projection.name):
            yield Problem(projection.place, "a name is text in Unicode")
        if projection.name in seen:
            yield Problem(projection.place, "the name stands twice", "give each projection its own name=")
        seen.add(projection.name)
        ends = {}
        for end in ("source", "target"):
            population = fields.populations.get(getattr(projection, end))
            ends[end] = population
            if population is None:
                name, have = getattr(projection, end), ", ".join(map(str, fields.populations)) or "none"
                yield Problem(
                    f"{projection.place}.{end}",
                    f"no population {name!r}",
                    f"{guess_meant(name, fields.populations)}the graph has {have}",
                )
        source, target = ends["source"], ends["target"]
        if source is not None and not source.spikes:
            yield Problem(
                f"{projection.place}.source",
                f"population {projection.source!r} of kind {source.kind!r} never fires",
                "project from one that does",
            )
        if isinstance(target, Input):
            yield Problem(
                f"{projection.place}.target",
                f"population {projection.target!r} is an input",
                "inputs are given, not computed",
            )
        yield from projection.find_problems(_size(source), _size(target))
        off = np.flatnonzero(
            np.isfinite(projection.weight) & ~fields.arithmetic.weight.holds(projection.weight)
        )
        if off.size:
            yield Problem(
                f"{projection.place}.weight",
                f"{off.size} weights are not numbers of the arithmetic's format "
                f"({fields.arithmetic.weight}), "
                f"the first is {projection.weight[off[0]]} of synapse {off[0]}",
                "round them with arithmetic.weight.round and keep the loss, or use delaycore.quantize",
            )
    names = [n for n in fields.populations if isinstance(n, str)]
    yield from find_loop_problems(names, list_instant_edges(fields.projections))


def _find_readout_problems(fields: GraphFields) -> Iterator[Problem]:
    if fields.readout is None:
        return
    yield from fields.readout.find_problems()
    if not isinstance(fields.readout.population, str):
        return
    population = fields.populations.get(fields.readout.population)
    if population is None:
        meant = guess_meant(fields.readout.population, fields.populations)
        yield Problem(
            "readout.population",
            f"no population {fields.readout.population!r}",
            f"{meant}the graph has {', '.join(map(str, fields.populations))}",
        )
    elif isinstance(population, Input):
        yield Problem("readout.population", "reads an input", "read a population that computes")
    elif str(fields.readout.statistic) == "spike_count" and not population.spikes:
        yield Problem(
            "readout.statistic",
            f"counts spikes of {fields.readout.population!r}, which never fires",
            "use 'maximum'",
        )
    classes = fields.readout.classes
    if population is not None and isinstance(classes, tuple) and len(classes) not in (0, _size(population)):
        yield Problem(
            "readout.classes",
            f"has {len(classes)} names, but {fields.readout.population!r} has {population.size} neurons",
            "give one name per neuron, in their order",
        )


def _size(population: Population | None) -> int | None:
    return (
        population.size if population is not None and isinstance(population.size, int | np.integer) else None
    )
