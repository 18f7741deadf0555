"""What keeps slices and offsets from being a placement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from numbers import Integral
from typing import TYPE_CHECKING

from delaycore.errors import Problem
from delaycore.graph import Graph

if TYPE_CHECKING:
    from delaycore.hardware._placement import Placement, Slice

__all__ = ["find_misplaced", "find_placement_type_problems", "find_slice_type_problems"]


def find_slice_type_problems(cut: Slice) -> Iterator[Problem]:
    """Name the fields of a slice that are of a wrong type."""
    if not isinstance(cut.population, str):
        yield Problem("Slice.population", f"must be a name, not {cut.population!r:.80}")
    for name in ("start", "stop", "core"):
        value = getattr(cut, name)
        if not (_is_whole(value) or (name == "core" and value is None)):
            yield Problem(f"Slice.{name}", f"must be a whole number, not {value!r:.80}")


def find_placement_type_problems(placement: Placement) -> Iterator[Problem]:
    """Name the fields of a placement that are of a wrong type."""
    from delaycore.hardware._placement import Slice

    if not isinstance(placement.slices, list | tuple):
        yield Problem("Placement.slices", f"must be a tuple of slices, not {placement.slices!r:.80}")
    elif not all(isinstance(cut, Slice) for cut in placement.slices):
        yield Problem("Placement.slices", "must be slices", "give delaycore.hardware.Slice")
    if not isinstance(placement.offsets, Mapping):
        yield Problem(
            "Placement.offsets", f"must be a mapping from name to steps, not {placement.offsets!r:.80}"
        )
    else:
        for name, steps in placement.offsets.items():
            if not _is_whole(steps):
                message = f"must be a whole number of steps, not {steps!r:.80}"
                yield Problem(f"Placement.offsets[{name!r:.80}]", message)
    if not _is_whole(placement.hop_delay) or placement.hop_delay < 0:
        message = f"must be a whole number of steps from 0, not {placement.hop_delay!r:.80}"
        yield Problem("Placement.hop_delay", message)


def find_misplaced(placement: Placement, graph: Graph) -> Iterator[Problem]:
    """Name neurons of ``graph`` that no slice holds or that several hold, slices and offsets of populations
    that are not there, and offsets that no retiming gives.
    """
    # along a way through all populations, each of which adds the longest delay and a hop
    latest = len(graph.populations) * (graph.largest_delay + placement.hop_delay)
    for name, population in graph.populations.items():
        reached = 0
        for s in placement.of(name):
            if s.start != reached or s.stop <= s.start:
                yield Problem(
                    f"slices of {name!r}",
                    f"{s.name} does not follow neuron {reached}",
                    "give rising slices without gaps",
                )
            reached = s.stop
        if reached != population.size:
            yield Problem(
                f"slices of {name!r}",
                f"end at neuron {reached} of {population.size}",
                "give every neuron a core",
            )
        offset = placement.offsets.get(name, 0)
        if offset < 0:
            yield Problem(
                f"offsets[{name!r}]",
                f"must not be negative, but is {offset}",
                "count from the first population",
            )
        elif offset > latest:
            yield Problem(
                f"offsets[{name!r}]",
                f"is {offset}, but delays and hops make {latest} at most",
                "retime the graph",
            )
    for name in sorted(
        {s.population for s in placement.slices}.union(placement.offsets) - graph.populations.keys()
    ):
        yield Problem(f"population {name!r}", "is placed, but the graph has none of this name")


def _is_whole(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)
