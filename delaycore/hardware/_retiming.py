"""Retiming: moving populations in time so that every delay fits what a chip can store.

On a chip a spike with delay field f acts ``hop_delay + f`` steps later.  Let population P run p(P) steps
behind the graph's time; a synapse of delay d from A to B then needs the field

    f = d + p(B) - p(A) - hop_delay,   0 <= f <= max_delay.

These are difference constraints, solved by shortest paths (Cormen et al., Introduction to Algorithms, 24.4),
as circuits are retimed (Leiserson and Saxe 1991).  The solution taken has the smallest offsets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from delaycore._shown import show_line
from delaycore.graph import Graph, Projection

if TYPE_CHECKING:
    import networkx

__all__ = ["Retiming", "closes_loop", "retime"]


@dataclass(frozen=True)
class Retiming:
    """The offset in steps of each population, or the populations of a loop that leaves no solution.

    too_short: the conflict is a loop of fewer steps than its hops; otherwise delays along the conflict differ
               by more than the chip's range.
    """

    offsets: dict[str, int]
    conflict: tuple[str, ...] = ()
    too_short: bool = False

    __repr__ = show_line

    @property
    def ok(self) -> bool:
        """Whether all delays fit."""
        return not self.conflict

    @property
    def latest(self) -> int:
        """The largest offset: steps that a sample takes longer on the chip than in the graph."""
        return max(self.offsets.values(), default=0)


def retime(graph: Graph, hop_delay: int, max_delay: int | None) -> Retiming:
    """Offsets under which every delay field of ``graph`` lies in 0..``max_delay`` (None: no upper limit),
    inputs staying at 0 where they can.
    """
    import networkx

    lower, upper = _constraints(graph, hop_delay, None), _constraints(graph, hop_delay, max_delay)
    for constraints, too_short in ((lower, True), (upper, False)):
        try:
            cycle = networkx.find_negative_cycle(constraints, _ORIGIN)
        except networkx.NetworkXError:
            continue
        names = tuple(name for name in cycle[:-1] if name != _ORIGIN)
        return Retiming({}, names, too_short)
    distance = networkx.single_source_bellman_ford_path_length(upper, _ORIGIN)
    return Retiming({name: -int(distance[name]) for name in graph.populations})


def closes_loop(graph: Graph, projection: Projection) -> bool:
    """Whether a way leads from the target of ``projection`` back to its source."""
    import networkx

    populations = networkx.DiGraph([(p.source, p.target) for p in graph.projections])
    return bool(networkx.has_path(populations, projection.target, projection.source))


_ORIGIN = ""  # no population has this name


def _constraints(graph: Graph, hop_delay: int, max_delay: int | None) -> networkx.DiGraph:
    """An edge A -> B of weight w says p(A) <= p(B) + w, in the negated offsets -p that shortest paths
    yield.
    """
    import networkx

    edges = networkx.DiGraph()
    edges.add_node(_ORIGIN)  # so that a graph without populations has a solution, too
    for name in graph.populations:
        edges.add_edge(_ORIGIN, name, weight=0)  # -p <= 0
    for projection in graph.projections:
        if not len(projection):
            continue
        a, b = projection.source, projection.target
        _tighten(edges, a, b, projection.smallest_delay - hop_delay)  # -p(B) <= -p(A) + d_min - hop_delay
        if max_delay is not None:
            _tighten(
                edges, b, a, max_delay + hop_delay - projection.largest_delay
            )  # -p(A) <= -p(B) + max_delay + hop_delay - d_max
    return edges


def _tighten(edges: networkx.DiGraph, a: str, b: str, weight: int) -> None:
    known = edges.get_edge_data(a, b, default={"weight": weight})["weight"]
    edges.add_edge(a, b, weight=min(known, weight))
