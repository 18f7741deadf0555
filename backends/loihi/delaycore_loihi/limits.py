"""What a graph may be made of: kinds, resets, ranges of registers, and the arithmetic that its numbers come in."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from delaycore.graph import Graph, Input, Population
from delaycore.hardware import Finding
from delaycore_loihi.arithmetic import ARITHMETIC
from delaycore_loihi.spec import LIMITS, SPEC

__all__ = ["graph_findings", "takes"]

_FLOATS = ("float64", "float32")


def takes(findings: tuple[Finding, ...]) -> bool:
    """Whether the chip computes such graphs at all, so that quantising one means something."""
    return not any(f.code.startswith(("population.", "arithmetic.", "threshold.range")) and f.severity == "error" for f in findings)


def graph_findings(graph: Graph) -> Iterator[Finding]:
    """Findings that need neither quantising nor placing."""
    yield from _arithmetic(graph)
    for name, population in graph.populations.items():
        yield from _population(f"populations[{name!r}]", population, graph.arithmetic.fires)


def _arithmetic(graph: Graph) -> Iterator[Finding]:
    given = graph.arithmetic
    if given == ARITHMETIC:
        return
    families = {f.family for f in (given.weight, given.decay, given.total, given.current, given.potential)}
    if type(given) is not type(ARITHMETIC) or not families <= set(_FLOATS):
        yield Finding(
            code="arithmetic.foreign",
            place="arithmetic",
            message=f"the numbers are in the arithmetic {given.name!r}, rounded for something else already",
            source="losses would be counted against numbers that have losses already",
            remedy="quantise the float graph that this one was made from",
        )
    elif given.fires == ">=" and any(p.spikes and not isinstance(p, Input) for p in graph.populations.values()):
        yield Finding(
            code="threshold.strict",
            severity="note",
            place="arithmetic.fires",
            message="the chip's neuron fires strictly above its threshold, the graph's at it: a potential that equals the threshold no longer fires",
            source="nengo-loihi 1.1.0, brian2-loihi 0.5.2 and lava-nc 0.10.0 agree",
            remedy="none needed; the quantised graph and the chip agree",
        )


def _population(place: str, population: Population, fires: str) -> Iterator[Finding]:
    if population.kind not in SPEC.populations:
        yield Finding(
            code="population.kind",
            place=place,
            message=f"neurons of kind {population.kind!r} cannot be computed",
            source=f"{SPEC.title} takes {', '.join(sorted(SPEC.populations))}",
            remedy="train with one of these kinds",
        )
    reset = getattr(population, "reset", "zero")
    if reset not in SPEC.resets:
        yield Finding(
            code="population.reset",
            place=f"{place}.reset",
            message=f"reset {reset!r} does not exist",
            source=f"{SPEC.title} resets to zero",
            remedy="train with reset='zero'",
        )
    if population.start:
        yield Finding(
            code="population.start",
            place=f"{place}.start",
            message=f"starts in step {population.start}; arrivals before it cannot be lost on the chip",
            source="compartments take arrivals in every step",
            remedy="use start=0",
        )
    refractory = getattr(population, "refractory", 0)
    if refractory + 1 > LIMITS["refractory.register"].value:
        yield Finding.over(
            "refractory.range",
            f"{place}.refractory",
            f"{refractory} steps need the register {refractory + 1}",
            refractory + 1,
            LIMITS["refractory.register"],
            f"use at most {int(LIMITS['refractory.register']) - 1} steps",
        )
    threshold = getattr(population, "threshold", np.ones(1))
    low = threshold <= 0 if fires == ">=" else threshold < 0
    if low.any():
        yield Finding(
            code="threshold.range",
            place=f"{place}.threshold",
            message=f"{int(low.sum())} of {population.size} thresholds are not positive: such neurons fire at rest, which the chip's cannot",
            needed=float(threshold.min()),
            available=0,
            unit=LIMITS["threshold.mantissa"].unit,
            source=LIMITS["threshold.mantissa"].source,
            remedy="train with positive thresholds, or use a bias",
        )
