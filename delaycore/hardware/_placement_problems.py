"""What keeps slices and offsets from being a placement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from delaycore._values import is_whole
from delaycore.errors import Problem
from delaycore.graph import Graph
from delaycore.hardware._slice import Slice

__all__ = ["find_misplaced", "find_placement_type_problems"]


def find_placement_type_problems(slices: object, offsets: object, hop_delay: object) -> Iterator[Problem]:
    """Name the fields of a placement that are of a wrong type."""
    if not isinstance(slices, list | tuple) or not all(isinstance(cut, Slice) for cut in slices):
        message = f"must be a tuple of slices, not {slices!r:.80}"
        yield Problem("Placement.slices", message, "give delaycore.hardware.Slice")
    if not isinstance(offsets, Mapping):
        yield Problem("Placement.offsets", f"must be a mapping from name to steps, not {offsets!r:.80}")
    for name, steps in offsets.items() if isinstance(offsets, Mapping) else ():
        if not is_whole(steps):
            message = f"must be a whole number of steps, not {steps!r:.80}"
            yield Problem(f"Placement.offsets[{name!r:.80}]", message)
    if not is_whole(hop_delay) or hop_delay < 0:
        yield Problem("Placement.hop_delay", f"must be a whole number of steps from 0, not {hop_delay!r:.80}")


def find_misplaced(
    slices: Sequence[Slice], offsets: Mapping[str, int], hop_delay: int, graph: Graph
) -> Iterator[Problem]:
    """Name neurons of ``graph`` that no slice holds or that several hold, slices and offsets of populations
    that are not there, and offsets that no retiming gives.
    """
    # no retiming gives more along a way through all populations; more would only ask for memory
    latest = len(graph.populations) * (graph.largest_delay + hop_delay + 1)
    for name, population in graph.populations.items():
        reached = 0
        for s in (s for s in slices if s.population == name):
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
        offset = offsets.get(name, 0)
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
    for name in sorted({s.population for s in slices}.union(offsets) - graph.populations.keys()):
        yield Problem(f"population {name!r}", "is placed, but the graph has none of this name")
