"""Numbers of a graph that the chip's registers cannot hold, beside what the core finds from the spec."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from delaycore.graph import Graph, Population
from delaycore.hardware import Finding
from delaycore_loihi.limits import LIMITS
from delaycore_loihi.numbers._arithmetic import ARITHMETIC
from delaycore_loihi.numbers._registers import make_bias_format
from delaycore_loihi.numbers._weights import SignMode, choose_grid

__all__ = ["choose_weight_bits", "find_finer_decays", "find_unsuitable_numbers"]

_RESCALE = (
    "quantize the float graph, which chooses scales that fit, or divide weights, threshold and bias by a "
    "power of two"
)


def choose_weight_bits(graph: Graph, wanted: int) -> int:
    """Weight bits to go on with: where one bit is asked for and cannot hold both signs, which is a finding,
    two.
    """
    return 2 if any(_find_one_bit_signs(graph, wanted)) else wanted


def find_unsuitable_numbers(graph: Graph, weight_bits: int = 8) -> Iterator[Finding]:
    """Yield what only this chip finds in the numbers of a graph; it needs neither quantizing nor placing."""
    yield from _find_one_bit_signs(graph, weight_bits)
    for name, population in graph.populations.items():
        yield from _find_low_thresholds(f"populations[{name!r}]", population, graph.arithmetic.fires)
    if graph.arithmetic == ARITHMETIC:
        yield from _find_register_ranges(graph)


def find_finer_decays(graph: Graph, scale: Mapping[str, float]) -> Iterator[Finding]:
    """Yield a note for each population of a graph in the chip's own numbers that decays in finer units there.

    Such a graph fires at its thresholds: at a finer scale a threshold one step lower keeps its ties.
    """
    if graph.arithmetic == ARITHMETIC or not graph.arithmetic.has_numbers_of(ARITHMETIC):
        return
    for name, s in scale.items():
        decays = (getattr(graph.populations[name], q, 1.0) for q in ("retain", "retain_current"))
        if s != 1.0 and any(np.any((decay != 0) & (decay != 1)) for decay in decays):
            yield Finding(
                code="decay.scale",
                severity="note",
                place=f"populations[{name!r}]",
                message=(
                    f"one unit of the graph is {s:g} on the chip, so that thresholds can be a step lower; "
                    "decays are rounded to the chip's units, not to the graph's: few spikes may differ"
                ),
                source="derived: decays are rounded towards zero after every step",
                remedy="none needed; a graph that fires strictly above its thresholds is taken unit by unit",
            )


def _find_low_thresholds(place: str, population: Population, fires: str) -> Iterator[Finding]:
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
            unit="of the graph's own potential",
            source=LIMITS["threshold.mantissa"].source,
            remedy="train with positive thresholds, or use a bias",
        )


def _find_one_bit_signs(graph: Graph, weight_bits: int) -> Iterator[Finding]:
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


def _find_register_ranges(graph: Graph) -> Iterator[Finding]:
    """Ranges of registers, for a graph in chip units: any other is scaled until they hold it."""
    for p in graph.projections:
        grid, fits = choose_grid(p.weight)
        if not fits:
            ends = grid.to_format()  # whose larger end is 0 where all weights are inhibitory
            most = max(ends.maximum, -ends.minimum)
            largest = replace(LIMITS["weight.exponent"], value=most, unit="units")
            yield Finding.over(
                "weight.range",
                f"{p.place}.weight",
                "no weight exponent holds all weights",
                np.abs(p.weight).max(),
                largest,
                _RESCALE,
            )
        elif off := int(np.count_nonzero(~grid.to_format().holds(p.weight))):
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
        if bias > (most := make_bias_format(int(LIMITS["bias.exponent"])).maximum):
            largest = replace(LIMITS["bias.mantissa"], value=most, unit="units")
            yield Finding.over(
                "bias.range",
                f"populations[{name!r}].bias",
                "a bias is larger than its register",
                bias,
                largest,
                _RESCALE,
            )
