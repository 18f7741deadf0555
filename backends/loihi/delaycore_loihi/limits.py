"""What a graph may be made of: kinds, resets, ranges of registers, and the arithmetic that its numbers come
in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from delaycore.graph import Graph, Input, Population
from delaycore.hardware import Finding
from delaycore_loihi.arithmetic import ARITHMETIC
from delaycore_loihi.options import Options
from delaycore_loihi.scaling import bias_format
from delaycore_loihi.spec import LIMITS, SPEC
from delaycore_loihi.weights import SignMode, grid_for

__all__ = ["bits_of", "graph_findings", "takes"]

_FLOATS = ("float64", "float32")
_RESCALE = (
    "quantize the float graph, which chooses scales that fit, or divide weights, threshold and bias by a "
    "power of two"
)


def takes(findings: tuple[Finding, ...]) -> bool:
    """Whether the chip computes such graphs at all, so that quantizing one means something."""
    return not any(
        f.code.startswith(("population.", "arithmetic.", "threshold.range", "weight.bits"))
        and f.severity == "error"
        for f in findings
    )


def bits_of(graph: Graph, options: Options) -> int:
    """Weight bits to go on with: where one bit is asked for and cannot hold both signs, which is a finding,
    two.
    """
    return 2 if any(_one_bit(graph, options.weight_bits)) else options.weight_bits


def graph_findings(graph: Graph, weight_bits: int = 8) -> Iterator[Finding]:
    """Findings that need neither quantizing nor placing."""
    yield from _arithmetic(graph)
    yield from _one_bit(graph, weight_bits)
    for name, population in graph.populations.items():
        yield from _population(f"populations[{name!r}]", population, graph.arithmetic.fires)
    if graph.arithmetic == ARITHMETIC:
        yield from _registers(graph)


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
            remedy="quantize the float graph that this one was made from",
        )
    elif given.fires == ">=" and any(
        p.spikes and not isinstance(p, Input) for p in graph.populations.values()
    ):
        yield Finding(
            code="threshold.strict",
            severity="note",
            place="arithmetic.fires",
            message=(
                "the chip's neuron fires strictly above its threshold, the graph's at it: a potential "
                "that equals the threshold no longer fires"
            ),
            source="nengo-loihi 1.1.0, brian2-loihi 0.5.2 and lava-nc 0.10.0 agree",
            remedy="none needed; the quantized graph and the chip agree",
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
            message=(
                f"{int(low.sum())} of {population.size} thresholds are not positive: such neurons fire "
                "at rest, which the chip's cannot"
            ),
            needed=float(threshold.min()),
            available=0,
            unit=LIMITS["threshold.mantissa"].unit,
            source=LIMITS["threshold.mantissa"].source,
            remedy="train with positive thresholds, or use a bias",
        )


def _one_bit(graph: Graph, weight_bits: int) -> Iterator[Finding]:
    for p in graph.projections:
        if weight_bits == 1 and SignMode.of(p.weight) is SignMode.MIXED:
            yield Finding(
                code="weight.bits",
                place=f"{p.place}.weight",
                message="1 bit cannot hold weights of both signs",
                needed=2,
                available=1,
                unit="bits",
                source="nengo-loihi 1.1.0: a bit of a mixed synapse format is the sign",
                remedy="use weight_bits=2 or more, or a projection for each sign",
            )


def _registers(graph: Graph) -> Iterator[Finding]:
    """Ranges of registers, for a graph in chip units: any other is scaled until they hold it."""
    for p in graph.projections:
        grid, fits = grid_for(p.weight)
        if not fits:
            largest = replace(LIMITS["weight.exponent"], value=grid.format().maximum, unit="units")
            yield Finding.over(
                "weight.range",
                f"{p.place}.weight",
                "no weight exponent holds all weights",
                np.abs(p.weight).max(),
                largest,
                _RESCALE,
            )
        elif off := int(np.count_nonzero(~grid.format().holds(p.weight))):
            yield Finding(
                code="weight.grid",
                severity="warning",
                place=f"{p.place}.weight",
                message=f"{off} of {len(p)} weights lie between two mantissas and are rounded to the nearest",
                needed=off,
                available=0,
                unit="weights",
                source=(
                    "off the grid brian2-loihi 0.5.2 and lava-nc 0.10.0 disagree: a mixed weight of -101 "
                    "becomes -100 or -102"
                ),
                remedy="quantize the float graph, which chooses scales that fit",
            )
    for name, population in graph.populations.items():
        threshold, bias = (np.abs(getattr(population, q, np.zeros(1))).max() for q in ("threshold", "bias"))
        if threshold > LIMITS["threshold"].value:
            message = "a threshold is larger than its register"
            yield Finding.over(
                "threshold.range",
                f"populations[{name!r}].threshold",
                message,
                threshold,
                LIMITS["threshold"],
                _RESCALE,
            )
        if bias > (most := bias_format(int(LIMITS["bias.exponent"])).maximum):
            largest = replace(LIMITS["bias.mantissa"], value=most, unit="units")
            yield Finding.over(
                "bias.range",
                f"populations[{name!r}].bias",
                "a bias is larger than its register",
                bias,
                largest,
                _RESCALE,
            )
