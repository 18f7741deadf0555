"""Numbers that leave the range of their format: those of a graph on their way onto the chip, and sums that a
run could come to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaycore.graph import Format, Graph, Spiking
from delaycore.hardware import Finding
from delaycore_seneca.quantize import quantization_scheme
from delaycore_seneca.spec import LIMITS

__all__ = ["number_findings", "reach", "sums_that_may_overflow"]

_SMALLEST = 2.0**-133
"""The least positive bfloat16 number, a subnormal one."""


def number_findings(graph: Graph, width: int | None) -> Iterator[Finding]:
    """Numbers that bfloat16 turns into infinity (errors), weights that are clipped to whole numbers, and
    numbers that become 0 (warnings).
    """
    made = quantization_scheme(graph, width)
    for p in graph.projections:
        yield from _column(f"{p.place}.weight", p.weight, made.weights[p.name])
    for name, population in graph.populations.items():
        for q in population.parameters():
            yield from _column(
                f"populations[{name!r}].{q}", getattr(population, q), made.parameters[f"{name}.{q}"]
            )


def _column(place: str, values: NDArray[np.float64], number: Format) -> Iterator[Finding]:
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


def reach(graph: Graph, name: str) -> float:
    """How large a sum of population ``name`` can get, whatever its sources do and however little it leaks.

    What is added to a bfloat16 number changes nothing once it is smaller than half the distance of that
    number's neighbours.  So sums of numbers below 2^e end at 2^(e + 8) at most, the number's own significant
    bits higher.
    """
    population: Any = graph.populations[name]
    weights = [p.weight for p in graph.into(name)]
    sums = [_ends(*weights)]
    added = [getattr(population, "bias", np.zeros(1))]
    if population.kind == "current_lif":
        added.append(np.array(sums))
    else:
        added += weights
    if isinstance(population, Spiking) and population.reset == "subtract":
        added.append(population.threshold)
    sums.append(_ends(*added))
    if population.kind == "adaptive_lif":
        sums.append(_ends(population.adaptation))
        sums.append(float(np.abs(population.threshold).max(initial=0.0)) + sums[-1])
    return max(sums)


def _ends(*added: NDArray[np.float64]) -> float:
    """Where sums end that only such numbers are added to."""
    largest = max((float(np.abs(a).max(initial=0.0)) for a in added), default=0.0)
    return float(np.ldexp(1.0, np.frexp(largest)[1] + 8)) if largest else 0.0


def sums_that_may_overflow(graph: Graph) -> Iterator[Finding]:
    """The populations of a quantized graph whose sums bfloat16 might turn into infinity."""
    limit = LIMITS["number.largest"]
    for name, population in graph.populations.items():
        if name not in graph.inputs and (most := reach(graph, name)) > limit.value:
            message = (
                f"sums of its {population.size} neurons could overflow bfloat16; the bound holds for any "
                "activity, and a run that comes to it says so"
            )
            remedy = "scale the network down: divide weights, thresholds and biases by one factor"
            found = Finding.over("number.sums", f"populations[{name!r}]", message, most, limit, remedy)
            yield replace(found, severity="warning")
