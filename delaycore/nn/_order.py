"""The order in which populations are computed."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import networkx

from delaycore.errors import GraphError
from delaycore.graph import find_loop_problems

__all__ = ["order_groups"]


def order_groups(
    order: Iterable[str], computing: Collection[str], edges: Iterable[tuple[str, str, int]]
) -> tuple[tuple[str, ...], ...]:
    """Return populations that loops join, group after group in the order of computation; within a group, in
    the order in which a step computes them.

    order:     names of all populations, as the Graph lists them.
    computing: those that are no inputs.
    edges:     source, target and smallest delay of each projection.

    Raises `GraphError` for a loop without delay.
    """
    rank = {name: i for i, name in enumerate(order)}
    joined, instant = networkx.DiGraph(), networkx.DiGraph()
    for found in (joined, instant):
        found.add_nodes_from(computing)
    for source, target, delay in edges:
        if source in computing:
            joined.add_edge(source, target)
            if delay == 0:
                instant.add_edge(source, target)
    GraphError.collect(find_loop_problems(computing, instant.edges))
    within = {
        n: i for i, n in enumerate(networkx.lexicographical_topological_sort(instant, key=rank.__getitem__))
    }
    whole = networkx.condensation(joined)
    groups = (whole.nodes[i]["members"] for i in networkx.topological_sort(whole))
    return tuple(tuple(sorted(group, key=within.__getitem__)) for group in groups)
