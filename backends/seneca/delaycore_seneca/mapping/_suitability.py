"""What of a graph itself Seneca cannot compute or hold, wherever it is placed."""

from __future__ import annotations

from collections.abc import Iterator

from delaycore.graph import Graph, Input, Population, Spiking
from delaycore.hardware import Constant, Finding
from delaycore_seneca.numbers import find_unsuitable_numbers, is_foreign
from delaycore_seneca.options import Options
from delaycore_seneca.spec import KINDS, RESETS
from delaycore_seneca.tables import LIMITS

__all__ = ["find_unsuitable"]


def find_unsuitable(graph: Graph, options: Options) -> Iterator[Finding]:
    """Kinds, resets, arithmetic, number ranges, delays, and the read-out."""
    if len(graph.inputs) == len(graph.populations):
        yield Finding(
            code="graph.empty",
            place="populations",
            message="nothing computes",
            remedy="give the graph a population beside its inputs",
        )
    for name, population in graph.populations.items():
        yield from _find_in_population(f"populations[{name!r}]", population)
    if is_foreign(graph.arithmetic):
        yield Finding(
            code="arithmetic.foreign",
            place="arithmetic",
            message=(
                f"the graph is in the arithmetic {graph.arithmetic.name!r} of another chip, in its units "
                "and with its rounding"
            ),
            remedy="give the graph as it was trained, and quantize it for each chip",
        )
    yield from find_unsuitable_numbers(graph, options.width)
    limit = Constant(
        value=options.largest_delay,
        unit="steps",
        source=(
            f"{LIMITS['event.bits'].source}; assumed: {options.address_bits} of them address, the rest count"
        ),
    )
    for p in graph.projections:
        if p.largest_delay > limit.value:
            message = (
                f"{int((p.delay > limit.value).sum())} of {len(p)} synapses have longer delays than the "
                "event's counter can hold"
            )
            yield Finding.over(
                "delay.range",
                p.place,
                message,
                p.largest_delay,
                limit,
                "train with a smaller largest delay, or map with fewer address_bits",
            )
    yield from _find_in_readout(graph)


def _find_in_population(place: str, population: Population) -> Iterator[Finding]:
    if isinstance(population, Input):
        return
    if population.kind not in KINDS:
        yield Finding(
            code="population.kind",
            place=place,
            message=f"kind {population.kind!r} has no micro-kernel",
            remedy=f"use one of {', '.join(sorted(KINDS))}",
        )
    if population.start:
        yield Finding(
            code="population.start",
            place=place,
            message=f"starts at step {population.start}; all layers start at step 0",
            remedy="map the graph as it was trained: on this chip no population needs to run late",
        )
    if isinstance(population, Spiking):
        if population.reset not in RESETS:
            yield Finding(
                code="population.reset",
                place=place,
                message=f"reset {population.reset!r} has no kernel",
                remedy=f"use {', '.join(sorted(RESETS))}",
            )
        if population.refractory > int(LIMITS["population.refractory"]):
            message = "the refractory period is longer than its counter can hold"
            yield Finding.over(
                "population.refractory",
                place,
                message,
                population.refractory,
                LIMITS["population.refractory"],
                "shorten it",
            )


def _find_in_readout(graph: Graph) -> Iterator[Finding]:
    if graph.readout is None:
        return
    population = graph.populations[graph.readout.population]
    if population.spikes and graph.readout.statistic != "spike_count":
        yield Finding(
            code="readout.fires",
            severity="warning",
            place="readout",
            message=f"reads the potential of {graph.readout.population!r}, which fires and is reset",
            remedy="read an integrator, or count spikes",
        )
