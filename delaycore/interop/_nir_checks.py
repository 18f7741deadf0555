"""What keeps a flat NIR graph from being a Graph, whatever its numbers of channels are."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from delaycore.interop._modules import to_array
from delaycore.interop._nir_flatten import FlatGraph
from delaycore.interop._nir_parameters import CONNECTIONS, NEURONS, WEIGHTED, find_parameter_problems
from delaycore.interop._nir_steps import Discretization
from delaycore.interop._problems import ProblemList

__all__ = ["check_nodes", "check_paths", "is_sum"]


def check_nodes(graph: FlatGraph, discretization: Discretization, problems: ProblemList) -> None:
    """Note nodes of unknown kinds, numbers that cannot be, and edges that lead to an input."""
    known = (*NEURONS, *CONNECTIONS)
    sources = graph.list_sources()
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
        for field in {"Linear": ("weight",), "Affine": ("weight", "bias")}.get(node.kind, ()):
            if not np.isfinite(to_array(getattr(node.values, field))).all():
                message = "holds values that are not finite"
                problems.add(f"{place}.{field}", message, "look for a training that diverged")


def check_paths(graph: FlatGraph, problems: ProblemList) -> None:
    """Note ways between populations that no projection can say."""
    sources = graph.list_sources()
    for name, node in graph.nodes.items():
        if node.kind in NEURONS or is_sum(graph, sources, name):
            _check_back(graph, sources, name, name, (), False, problems)


def _check_back(
    graph: FlatGraph,
    sources: Mapping[str, list[str]],
    target: str,
    node: str,
    seen: tuple[str, ...],
    weighted: bool,
    problems: ProblemList,
) -> None:
    """Check the ways into population ``target`` from ``node`` backwards, which has ``seen`` between."""
    for name in sources.get(node, []):
        kind, place = graph.nodes[name].kind, f"nodes[{name!r}]"
        if kind in ("LI", "I"):
            problems.add(
                place,
                f"never fires, but its potential leads to {target!r}",
                "end the network there, or put neurons that fire in its place",
            )
        elif kind not in CONNECTIONS:
            continue
        elif name in seen:
            problems.add(place, "lies on a loop without neurons", "put neurons into the loop")
        elif kind in WEIGHTED and weighted:
            problems.add(
                place,
                "is followed by another weighted node without neurons between them",
                "multiply the two into one",
            )
        else:
            _check_back(graph, sources, target, name, (*seen, name), weighted or kind in WEIGHTED, problems)


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
