"""Numbers that leave the range of their format: those of a graph on their way onto the chip, and sums that a
run could come to.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaycore.graph import Format, Graph, Spiking
from delaycore.hardware import Finding, QuantizationScheme
from delaycore_seneca.tables import LIMITS

__all__ = ["find_unsuitable_numbers", "bound_sums", "find_possible_overflow"]

_SMALLEST = 2.0**-133
"""The least positive bfloat16 number, a subnormal one."""


def find_unsuitable_numbers(graph: Graph, scheme: QuantizationScheme) -> Iterator[Finding]:
    """Findings for numbers that bfloat16 turns into infinity (errors), weights that are clipped to whole
    numbers, and numbers that become 0 (warnings).
    """
    for p in graph.projections:
        yield from _find_in_column(f"{p.place}.weight", p.weight, scheme.weights[p.name])
    for name, population in graph.populations.items():
        for q in population.parameters():
            yield from _find_in_column(
                f"populations[{name!r}].{q}", getattr(population, q), scheme.parameters[f"{name}.{q}"]
            )


def _find_in_column(place: str, values: NDArray[np.float64], number: Format) -> Iterator[Finding]:
    over, under = number.overflows(values), (values != 0) & (number.round(values) == 0)
    whole = number.family == "fixed"
    if over.any() and whole:
        most = values[over][np.abs(values[over]).argmax()]
        yield Finding(
            code="number.saturation",
            severity="warning",
            place=place,
            message=(
                f"{int(over.sum())} of {values.size} weights are clipped, which loses less than coarser "
                "steps for all would"
            ),
            needed=float(np.abs(most)),
            available=float(np.abs(number.maximum if most > 0 else number.minimum)),
            source=LIMITS["weight.bits"].source,
            remedy="give more weight_bits, or train on this grid",
        )
    elif over.any():
        message = f"{int(over.sum())} of {values.size} numbers overflow bfloat16"
        remedy = "scale the network down: divide weights, thresholds and biases by one factor"
        yield Finding.over(
            "number.overflow", place, message, float(np.abs(values).max()), LIMITS["number.largest"], remedy
        )
    if under.any():
        yield Finding(
            code="number.underflow",
            severity="warning",
            place=place,
            message=(
                f"{int(under.sum())} of {values.size} numbers become 0 in "
                f"{'whole numbers of so few bits' if whole else 'bfloat16'}"
            ),
            needed=float(np.abs(values[under]).min()),
            available=number.step if whole else _SMALLEST,
            source=LIMITS["weight.bits"].source if whole else "bfloat16: the smallest subnormal number",
            remedy="give more weight_bits, or train on this grid"
            if whole
            else "prune them in training, or scale the network up",
        )


def bound_sums(graph: Graph, name: str) -> float:
    """How large a sum of population ``name`` can get, whatever its sources do and however little it leaks.

    What is added to a bfloat16 number changes nothing once it is smaller than half the distance of that
    number's neighbours.  So sums of numbers below 2^e end at 2^(e + 8) at most, the number's own significant
    bits higher.
    """
    population: Any = graph.populations[name]
    weights = [p.weight for p in graph.into(name)]
    sums = [_bound_additions(*weights)]
    added = [getattr(population, "bias", np.zeros(1))]
    if population.kind == "current_lif":
        added.append(np.array(sums))
    else:
        added += weights
    if isinstance(population, Spiking) and population.reset == "subtract":
        added.append(population.threshold)
    sums.append(_bound_additions(*added))
    if population.kind == "adaptive_lif":
        sums.append(_bound_additions(population.adaptation))
        sums.append(float(np.abs(population.threshold).max(initial=0.0)) + sums[-1])
    return max(sums)


def _bound_additions(*added: NDArray[np.float64]) -> float:
    """Where sums end to which only such numbers are added."""
    largest = max((float(np.abs(a).max(initial=0.0)) for a in added), default=0.0)
    return float(np.ldexp(1.0, np.frexp(largest)[1] + 8)) if largest else 0.0


def find_possible_overflow(graph: Graph) -> Iterator[Finding]:
    """Warnings for populations of a quantized graph whose sums bfloat16 might turn into infinity."""
    limit = LIMITS["number.largest"]
    for name, population in graph.populations.items():
        if name not in graph.inputs and (most := bound_sums(graph, name)) > limit.value:
            message = (
                f"sums of its {population.size} neurons could overflow bfloat16; the bound holds for any "
                "activity, and a run that comes to it says so"
            )
            remedy = "scale the network down: divide weights, thresholds and biases by one factor"
            yield Finding.over(
                "number.sums", f"populations[{name!r}]", message, most, limit, remedy, "warning"
            )
