"""Thresholds of a network whose neurons fire at them, for a chip whose neurons fire strictly above them, and
the reverse.

Among the numbers of a format, ``potential >= threshold`` says what ``potential > next smaller number`` says.
So a threshold moves to its neighbour, and a potential that equals the old one does what it did.  Where a chip
has finer potentials than thresholds, those between the two fire as well, or no longer do.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from delaycore.graph import Format, Graph, Population
from delaycore.hardware._losses import Losses

__all__ = ["convert_firing"]

_MOVED = {
    ">": (
        "one step lower, since the chip fires strictly above it: at the old one it still fires, and a "
        "potential between the two, where the chip has any, now fires as well"
    ),
    ">=": (
        "one step higher, since the chip fires at it: at the old one it still does not fire, and a potential "
        "between the two, where the chip has any, no longer fires either"
    ),
}
_LOST = {
    ">": "a potential that equals the threshold no longer fires, since the chip fires strictly above it",
    ">=": "a potential that equals the threshold now fires, since the chip fires at it",
}


def convert_firing(
    graph: Graph,
    rounded: Graph,
    losses: Losses,
    formats: Mapping[str, Format],
    fires: str,
    fixed: Container[str] = (),
) -> tuple[Graph, Losses]:
    """Return ``rounded`` with thresholds for neurons that fire as ``fires`` says, and its losses.

    graph:   before rounding.    losses: those of rounding.
    formats: of each population's thresholds, by its name, in the graph's units.
    fixed:   populations whose thresholds stay.

    So does a threshold whose neighbour lies beyond its format or is not positive any more, and one that is
    taken off the potential after a spike.  Where one stays, ties are lost, which is a loss with the number of
    such neurons.
    """
    populations: dict[str, Population] = dict(rounded.populations)
    moves: list[Losses] = []
    for name, number in formats.items():
        before: NDArray[np.float64] = graph.populations[name].threshold  # type: ignore[attr-defined]  # has a format
        old: NDArray[np.float64] = rounded.populations[name].threshold  # type: ignore[attr-defined]
        moved = number.next_below(old) if fires == ">" else number.next_above(old)
        bound = name in fixed or _depends_on_threshold(populations[name], number)
        stuck = bound | number.overflows(moved) | ((moved <= 0) & (old > 0))
        new = np.where(stuck, old, moved)
        populations[name] = replace(populations[name], threshold=new)  # type: ignore[call-arg]
        place = f"populations[{name!r}]"
        detail = "" if np.all(stuck) else _MOVED[fires]
        moves.append(Losses.of_rounding("threshold", f"{place}.threshold", before, new, number, detail))
        moves.append(Losses.counted("tie", "dropped", place, int(stuck.sum()), old.size, _LOST[fires]))
    again = {f"populations[{name!r}].threshold" for name in formats}  # what rounding alone lost there
    others = Losses(tuple(entry for entry in losses if entry.place not in again))
    return rounded.with_(populations=populations), Losses.join([others, *moves])


def _depends_on_threshold(population: Population, number: Format) -> bool:
    """Tell whether a neuron does more with its threshold than compare it: take it off the potential after a
    spike, or add to it and round the sum.
    """
    rises = "adaptation" in population.parameters() and number.family != "fixed"
    return getattr(population, "reset", "zero") == "subtract" or rises
