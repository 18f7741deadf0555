"""Thresholds that mean something else on a chip's grid, or on a chip whose neurons fire otherwise."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from delaycore.graph import Graph
from delaycore.hardware._findings import Finding
from delaycore.hardware._losses import Losses

__all__ = ["find_threshold_changes"]


def find_threshold_changes(graph: Graph, exact: Graph, losses: Losses) -> Iterator[Finding]:
    """Yield what became of the thresholds of ``graph`` in ``exact``, the graph on a chip's grid.

    An error for each population with thresholds that vanished; where the chip's neurons fire strictly above
    their thresholds and the graph's at them, or the reverse, a note, and a warning for each population that
    loses its ties.

    losses: those of quantizing.
    """
    yield from _find_vanished(graph, exact)
    if graph.arithmetic.fires != exact.arithmetic.fires and _count_thresholds(graph):
        yield _note_firing(graph, exact, losses)
        yield from _find_lost_ties(losses)


def _find_vanished(graph: Graph, exact: Graph) -> Iterator[Finding]:
    """Yield an error for each population with positive thresholds that are 0 or less on the grid.

    It happens where one scale has to hold weights that are very much larger than the thresholds.  Losses tell
    it, too, but such neurons no longer do what was trained: any input at all, or none, makes them fire.
    """
    for name, population in graph.populations.items():
        given = getattr(population, "threshold", np.zeros(0))
        gone = (given > 0) & ~(getattr(exact.populations[name], "threshold", given) > 0)
        if gone.any():
            weights = [float(np.abs(p.weight).max()) for p in graph.into(name) if len(p)]
            largest = f", whose largest is {max(weights):g}" if weights else ""
            yield Finding(
                code="threshold.range",
                place=f"populations[{name!r}].threshold",
                message=(
                    f"{int(gone.sum())} of {population.size} thresholds, the smallest "
                    f"{given[gone].min():g}, become 0 on the chip's grid"
                ),
                source="derived: one scale holds the weights, thresholds and biases of a population",
                remedy=(
                    f"make the weights into the population{largest}, its thresholds and biases more "
                    "alike in size; clip outliers"
                ),
            )


def _count_thresholds(graph: Graph) -> int:
    return sum(getattr(p, "threshold", np.zeros(0)).size for p in graph.populations.values())


_FIRES = {">=": "at their thresholds", ">": "strictly above their thresholds"}
_MOVED = {
    ">": (
        "one step lower, so that a potential at the old one still fires; one between the two, where the chip "
        "has any, now fires as well"
    ),
    ">=": (
        "one step higher, so that a potential at the old one still does not fire; one between the two, where "
        "the chip has any, no longer fires either"
    ),
}
_SOURCE = "the arithmetic of the graph, and that of the chip"


def _note_firing(graph: Graph, exact: Graph, losses: Losses) -> Finding:
    ours, chip = graph.arithmetic.fires, exact.arithmetic.fires
    total = _count_thresholds(graph)
    moved = total - sum(entry.count for entry in losses if entry.what == "tie")
    return Finding(
        code="threshold.strict" if chip == ">" else "threshold.inclusive",
        severity="note",
        place="arithmetic.fires",
        message=(
            f"the chip's neurons fire {_FIRES[chip]}, the graph's {_FIRES[ours]}: {moved} of {total} "
            f"thresholds are {_MOVED[chip]}"
        ),
        source=_SOURCE,
        remedy=(
            "none needed where all could move; the losses have the size of each move, and a graph whose "
            f"arithmetic fires {chip!r} is not changed"
        ),
    )


def _find_lost_ties(losses: Losses) -> Iterator[Finding]:
    for entry in losses:
        if entry.what == "tie":
            yield Finding(
                code="threshold.ties",
                severity="warning",
                place=entry.place,
                message=f"{entry.count} of {entry.of} thresholds cannot move by a step: {entry.detail}",
                needed=entry.count,
                available=0,
                unit="thresholds",
                source=_SOURCE,
                remedy=(
                    "move these thresholds by half the distance of two potentials, make weights and "
                    "thresholds more alike in size, or prune synapses, which leaves room for a finer scale"
                ),
            )
