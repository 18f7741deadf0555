"""Delays that pile up where they can go no further."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from delaycore.graph import Graph

__all__ = ["describe_delay_bounds"]


def describe_delay_bounds(graph: Graph, longest: int) -> Iterator[str]:
    """Yield a line for each projection with delays: which part of them is the shortest or the ``longest``
    that training could have chosen, in steps.

    Many there say that delays are missing, or that training had not found better ones.
    """
    for p in graph.projections:
        shortest = 1 if p.source == p.target else 0
        if p.largest_delay > shortest:
            least, most = (float(np.mean(p.delay == bound)) for bound in (shortest, longest))
            yield (
                f"{p.place}: {least:.1%} of {len(p):,} delays are {shortest} steps, the shortest, and "
                f"{most:.1%} {longest}, the longest that training could choose"
            )
