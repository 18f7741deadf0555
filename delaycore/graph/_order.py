"""The order in which a step computes populations, which zero delays dictate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from delaycore.errors import Problem
from delaycore.graph._projection import Projection

if TYPE_CHECKING:
    import networkx

__all__ = ["find_loop_problems", "list_instant_edges", "order_populations"]


def order_populations(names: Iterable[str], projections: Iterable[Projection]) -> tuple[str, ...]:
    """Sort populations so that sources of zero delays come before their targets; the rest stays in order."""
    import networkx

    rank = {name: i for i, name in enumerate(names)}
    instant = _join(rank, list_instant_edges(projections))
    return tuple(networkx.lexicographical_topological_sort(instant, key=rank.__getitem__))


def find_loop_problems(names: Iterable[str], instant: Iterable[tuple[str, str]]) -> Iterator[Problem]:
    """Name a loop of total delay 0, of which no population can be computed first.

    names:   populations.
    instant: source and target of each projection with a delay of 0 steps.
    """
    import networkx

    try:
        edges = networkx.find_cycle(_join(names, instant))
    except networkx.NetworkXNoCycle:
        return
    loop = " -> ".join([*(edge[0] for edge in edges), edges[0][0]])
    remedy = "give one of its synapses a delay of at least 1 step"
    yield Problem("projections", f"a loop of total delay 0: {loop}", remedy)


def list_instant_edges(projections: Iterable[Projection]) -> list[tuple[str, str]]:
    """List source and target of each projection through which a spike acts in its own step."""
    return [(p.source, p.target) for p in projections if len(p) and p.smallest_delay == 0]


def _join(names: Iterable[str], edges: Iterable[tuple[str, str]]) -> networkx.DiGraph:
    import networkx

    joined = networkx.DiGraph()
    joined.add_nodes_from(names)
    joined.add_edges_from(edges)
    return joined
