"""What keeps a flat NIR graph from being a Graph, whatever its numbers of channels are."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from delaycore.interop._nir_flatten import FlatGraph
from delaycore.interop._nir_nodes import CONNECTIONS, NEURONS, WEIGHTED
from delaycore.interop._nir_parameters import find_parameter_problems
from delaycore.interop._nir_steps import Discretization
from delaycore.interop._problems import ProblemList

__all__ = ["check_nodes", "check_paths", "is_sum"]


def check_nodes(graph: FlatGraph, discretization: Discretization, problems: ProblemList) -> None:
    """Note nodes of unknown kinds, numbers that cannot be, edges that lead to an input, and that nothing is
    there that could be a population.
    """
    known = (*NEURONS, *CONNECTIONS)
    sources = graph.list_sources()
    if not any(
        n.kind in NEURONS or n.kind not in known or is_sum(graph, sources, m) for m, n in graph.nodes.items()
    ):
        message = "holds no neurons, no input, and no weighted sum that leads to an Output"
        problems.add("nodes", message, "look at what wrote the graph")
    for name, node in graph.nodes.items():
        place = f"nodes[{name!r}]"
        if node.kind not in known:
            problems.add(
                place,
                f"no Graph is known for a node of kind {node.kind}",
                f"a Graph can say {', '.join(known)}; write convolutions as Linear",
            )
        if node.kind == "Input" and name in sources:
            problems.add(place, f"is an input, but {sources[name][0]!r} leads to it", "remove the edge")
        problems.extend(find_parameter_problems(name, node, discretization))


def check_paths(graph: FlatGraph, problems: ProblemList) -> None:
    """Note ways between populations that no projection can say."""
    sources = graph.list_sources()
    looped = _find_loops(graph)
    for name, node in graph.nodes.items():
        if node.kind in NEURONS or is_sum(graph, sources, name):
            _check_back(graph, sources, name, looped, problems)


def _find_loops(graph: FlatGraph) -> set[str]:
    """Find the nodes that lie on a loop without neurons."""
    import networkx

    between = networkx.DiGraph(
        edge for edge in graph.edges if all(graph.nodes[end].kind in CONNECTIONS for end in edge)
    )
    groups = networkx.strongly_connected_components(between)
    return {name for group in groups for name in group if len(group) > 1 or between.has_edge(name, name)}


def _check_back(
    graph: FlatGraph,
    sources: Mapping[str, list[str]],
    target: str,
    looped: Collection[str],
    problems: ProblemList,
) -> None:
    """Check the ways into population ``target`` backwards, each node once before weights and once behind."""
    waiting = [(target, False)]
    seen = set(waiting)
    while waiting:
        node, weighted = waiting.pop()
        for name in sources.get(node, []):
            kind, place = graph.nodes[name].kind, f"nodes[{name!r}]"
            further = (name, weighted or kind in WEIGHTED)
            if kind in ("LI", "I"):
                problems.add(
                    place,
                    f"never fires, but its potential leads to {target!r}",
                    "end the network there, or put neurons that fire in its place",
                )
            elif kind not in CONNECTIONS:
                continue
            elif name in looped:
                problems.add(place, "lies on a loop without neurons", "put neurons into the loop")
            elif kind in WEIGHTED and weighted:
                problems.add(
                    place,
                    "is followed by another weighted node without neurons between them",
                    "multiply the two into one",
                )
            elif further not in seen:
                seen.add(further)
                waiting.append(further)


def is_sum(graph: FlatGraph, sources: Mapping[str, list[str]], name: str) -> bool:
    """Tell whether node ``name`` is an Output of weighted or delayed sums, not of neurons alone."""
    if graph.nodes[name].kind != "Output":
        return False
    waiting, seen = [name], {name}
    while waiting:
        for source in sources.get(waiting.pop(), []):
            kind = graph.nodes[source].kind
            if kind in (*WEIGHTED, "Scale", "Delay"):
                return True
            if kind in CONNECTIONS and source not in seen:
                seen.add(source)
                waiting.append(source)
    return False
