"""Thresholds that a chip's grid cannot tell from nothing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from delaycore.graph import Graph
from delaycore.hardware._findings import Finding

__all__ = ["find_vanished_thresholds"]


def find_vanished_thresholds(graph: Graph, exact: Graph) -> Iterator[Finding]:
    """An error for each population with positive thresholds that are 0 or less in ``exact``, the graph on a
    chip's grid.

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
