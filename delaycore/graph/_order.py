"""The order in which a step computes populations, which zero delays dictate."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from delaycore.graph._projection import Projection

if TYPE_CHECKING:
    import networkx

__all__ = ["find_instant_loop", "order_populations"]


def order_populations(names: Iterable[str], projections: Iterable[Projection]) -> tuple[str, ...]:
    """Sort populations so that sources of zero delays come before their targets; the rest stays in order."""
    import networkx

    rank = {name: i for i, name in enumerate(names)}
    instant = _join_instantly(rank, projections)
    return tuple(networkx.lexicographical_topological_sort(instant, key=rank.__getitem__))


def find_instant_loop(names: Iterable[str], projections: Iterable[Projection]) -> list[str]:
    """Find a loop of total delay 0: its populations in order, and the first again; empty without one."""
    import networkx

    try:
        edges = networkx.find_cycle(_join_instantly(names, projections))
    except networkx.NetworkXNoCycle:
        return []
    return [edge[0] for edge in edges] + [edges[0][0]]


def _join_instantly(names: Iterable[str], projections: Iterable[Projection]) -> networkx.DiGraph:
    """Join populations where a spike acts in its own step."""
    import networkx

    instant = networkx.DiGraph()
    instant.add_nodes_from(names)
    instant.add_edges_from((p.source, p.target) for p in projections if len(p) and p.smallest_delay == 0)
    return instant
