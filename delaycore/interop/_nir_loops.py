"""Loops of populations without a delay, which get a step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from delaycore.graph import Projection
from delaycore.hardware import Losses

if TYPE_CHECKING:
    import networkx

__all__ = ["delay_feedback"]

_ROOT = ""  # no population has this name


def delay_feedback(
    inputs: Iterable[str], populations: Iterable[str], projections: Iterable[Projection]
) -> tuple[list[Projection], Losses]:
    """Add a step to each loop of total delay 0, and return the projections and what was added.

    Where a search in depth from the ``inputs`` comes back to a population that it came through, the synapses
    without a delay on this last way act in the next step.  So a population that projects to itself does, and
    what leads from a later layer to an earlier one.
    """
    projections = list(projections)
    feedback = _find_feedback([*inputs, *populations], projections)
    losses, delayed = [], []
    for projection in projections:
        if (projection.source, projection.target) in feedback:
            losses.append(_describe(projection))
            projection = replace(projection, delay=np.maximum(projection.delay, 1))
        delayed.append(projection)
    return delayed, Losses.join(losses)


def _find_feedback(populations: list[str], projections: list[Projection]) -> set[tuple[str, str]]:
    import networkx

    order = list(networkx.dfs_preorder_nodes(_join(populations, projections), _ROOT))[1:]
    instant = _join(order, [p for p in projections if len(p) and p.smallest_delay == 0])
    on_the_way: set[str] = set()
    feedback = set()
    for source, target, label in networkx.dfs_labeled_edges(instant, _ROOT):
        if label == "forward":
            on_the_way.add(target)
        elif label == "reverse":
            on_the_way.discard(target)
        elif target in on_the_way:
            feedback.add((source, target))
    return feedback


def _join(populations: list[str], projections: list[Projection]) -> networkx.DiGraph:
    """Join populations by ``projections``, and to a root with an edge to each, in their order."""
    import networkx

    joined = networkx.DiGraph()
    joined.add_edges_from((_ROOT, name) for name in populations)
    joined.add_edges_from((p.source, p.target) for p in projections)
    return joined


def _describe(projection: Projection) -> Losses:
    instant, place = int(np.count_nonzero(projection.delay == 0)), f"{projection.place}.delay"
    detail = "a loop without a delay acts in the next step, as it does in every simulator that goes in steps"
    return Losses.counted(
        "delay", "added", place, instant, len(projection), detail=detail, largest=1, unit="steps"
    )
