"""What a chip's arithmetic does otherwise than that of the graph, beside the numbers that losses list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from delaycore.graph import Arithmetic, Format, Graph
from delaycore.hardware._findings import Finding
from delaycore.hardware._losses import Losses
from delaycore.hardware._thresholds import find_threshold_changes

__all__ = ["find_arithmetic_changes"]


def find_arithmetic_changes(graph: Graph, exact: Graph, losses: Losses) -> Iterator[Finding]:
    """Yield what the chip's arithmetic makes of ``graph``, of which ``exact`` is the quantized one.

    Of thresholds: an error for each population with some that vanished; where the chip's neurons fire
    strictly above them and the graph's at them, or the reverse, a note, and a warning for each population
    that loses its ties.  Of sums and decays: a note that says which of them the chip rounds, and to what.

    losses: those of quantizing.
    """
    yield from find_threshold_changes(graph, exact, losses)
    rounded = dict(_find_rounding(graph.arithmetic, exact))
    if rounded:
        yield _note_rounding(graph.arithmetic, exact.arithmetic, rounded)


_RESULTS = {
    "decay": "what decay leaves of a state",
    "total": "sums of arrivals",
    "current": "synaptic currents",
    "potential": "potentials",
}
"""What a step computes, by the field of `Arithmetic` that has its format."""


def _find_rounding(given: Arithmetic, exact: Graph) -> Iterator[tuple[str, Format]]:
    """Yield the results of a step that the arithmetic of ``exact`` rounds and ``given`` does not round alike,
    with their formats.
    """
    chip = exact.arithmetic
    if given.has_numbers_of(replace(chip, weight=given.weight)):
        return
    alike = (
        type(given) is type(chip) and given.arrivals == chip.arrivals and given.additions == chip.additions
    )
    for name in _RESULTS:
        number: Format = getattr(chip, name)
        if not (alike and getattr(given, name) == number) and _is_rounded(exact, name, number):
            yield name, number


def _is_rounded(exact: Graph, name: str, number: Format) -> bool:
    """Tell whether ``number`` can round a result of a step.

    The sum of multiples of a step is one, too, so that a fixed format alters only sums of other numbers;
    what leaves its range is a finding of its own.
    """
    computed = [p for n, p in exact.populations.items() if n not in exact.inputs]
    if (
        not computed
        or number.family == "float64"
        or (name == "total" and exact.arithmetic.arrivals == "state")
    ):
        return False
    if name == "decay":
        factors = [getattr(p, q) for p in computed for q in p.parameters() if q not in p.in_potential]
        return any(((f != 0) & (f != 1)).any() for f in factors)
    if number.family != "fixed":
        return True
    added = [p.weight for p in exact.projections]
    if name == "potential":
        added += [getattr(p, q) for p in computed for q in p.parameters() if q in p.in_potential]
    steps = replace(number, minimum=-np.inf, maximum=np.inf, overflow="clip")
    return not all(steps.holds(values).all() for values in added)


def _note_rounding(given: Arithmetic, chip: Arithmetic, rounded: dict[str, Format]) -> Finding:
    by_format: dict[str, list[str]] = {}
    for name, number in rounded.items():
        by_format.setdefault(_describe_format(number), []).append(_RESULTS[name])
    results = "; ".join(f"{' and '.join(names)} to {number}" for number, names in by_format.items())
    return Finding(
        code="arithmetic.rounding",
        severity="note",
        place="arithmetic",
        message=(
            f"in every step the chip rounds {results}; the graph's arithmetic {given.name!r} does not round "
            "so.  That changes no number of the network, so it is no loss, but spikes can come earlier, "
            "later or not at all"
        ),
        source=f"the arithmetic {chip.name!r} of the chip",
        remedy=(
            "none needed where spikes agree: simulate the graph and the quantized graph and compare them, or "
            "train on the chip's arithmetic (QAT)"
        ),
    )


def _describe_format(number: Format) -> str:
    if number.family != "fixed":
        return number.family
    return f"multiples of {number.step:g} in its own units ({number.rounding.replace('_', ' ')})"
