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
from delaycore._values import MOST
from delaycore.graph import Graph
from delaycore.hardware._spec import Constant

if TYPE_CHECKING:
    import networkx

__all__ = ["LATEST", "Retiming", "list_looping", "retime"]

LATEST = Constant(MOST, "steps", "of delaycore, not of a chip: the steps of a sample, all of which are run")
"""Steps that a population may run behind the graph.  Where all delays into a population are long, what sends
to it is held back until they fit: a host can do that for any time, but every sample takes so much longer.
The limit is that of the steps of a sample (`delaycore.Framing`); such delays reach beyond any.
"""


@dataclass(frozen=True)
class Retiming:
    """The offset in steps of each population, or the populations of a loop that leaves no solution.

    too_short: the conflict is a loop of fewer steps than its hops; otherwise delays along the conflict differ
               by more than the chip's range.
    too_late:  steps that the one population of the conflict would run behind the graph, which are more than
               `LATEST`; else 0.
    """

    offsets: dict[str, int]
    conflict: tuple[str, ...] = ()
    too_short: bool = False
    too_late: int = 0

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
    """Offsets of up to `LATEST` under which every delay field of ``graph`` lies in 0..``max_delay`` (None: no
    upper limit), inputs staying at 0 where they can.
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
    offsets = {name: -int(distance[name]) for name in graph.populations}
    last = max(offsets, key=lambda name: offsets[name], default="")
    if offsets and offsets[last] > LATEST.value:
        return Retiming({}, (last,), too_late=offsets[last])
    return Retiming(offsets)


def list_looping(graph: Graph) -> frozenset[str]:
    """The names of the projections from whose target a way leads back to their source."""
    loop = {name: i for i, names in enumerate(_list_loops(graph)) for name in names}
    return frozenset(p.name for p in graph.projections if loop[p.source] == loop[p.target])


def _list_loops(graph: Graph) -> list[list[str]]:
    """Populations that reach each other, together, in the graph's order: sources before what they lead to."""
    import networkx

    rank = {name: i for i, name in enumerate(graph.populations)}

    joined = networkx.DiGraph()
    joined.add_nodes_from(graph.populations)
    joined.add_edges_from((p.source, p.target) for p in graph.projections)
    found = networkx.strongly_connected_components(joined)  # from the last to the first
    return [sorted(names, key=rank.__getitem__) for names in found][::-1]


_ORIGIN = ""  # no population has this name


def _constraints(graph: Graph, hop_delay: int, max_delay: int | None) -> networkx.DiGraph:
    """An edge A -> B of weight w says p(A) <= p(B) + w, in the negated offsets -p that shortest paths
    yield.
    """
    import networkx

    edges = networkx.DiGraph()
    edges.add_node(_ORIGIN)  # so that a graph without populations has a solution, too
    # Paths are relaxed in the order in which edges were added: along a chain once for each population, in
    # another order up to once for each pair of them.
    for name in (name for loop in _list_loops(graph) for name in loop):
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
