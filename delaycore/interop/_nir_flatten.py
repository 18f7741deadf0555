"""A NIR graph without graphs inside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from delaycore.interop._names import make_unique
from delaycore.interop._nesting import require_end
from delaycore.interop._nir_nodes import Node, read_node
from delaycore.interop._problems import ProblemList

__all__ = ["FlatGraph", "flatten", "is_graph"]


@dataclass(frozen=True)
class FlatGraph:
    """Nodes by name, and edges by name; a node ``lif`` of the graph ``block`` is ``block.lif``."""

    nodes: dict[str, Node]
    edges: list[tuple[str, str]]

    def list_sources(self) -> dict[str, list[str]]:
        """List for each node the nodes that edges to it come from, in the order of the edges."""
        sources: dict[str, list[str]] = {}
        for source, target in self.edges:
            sources.setdefault(target, []).append(source)
        return sources


def flatten(network: Any, problems: ProblemList) -> FlatGraph:
    """Put the nodes of inner graphs, at any depth, among those of ``network``, a `nir.NIRGraph`.

    An edge to an inner graph leads to its Input, one from it comes from its Output; an edge can name a node
    within as ``block.lif``, too.  Noted in ``problems``, and left out: parameters that cannot be read, edges
    without a node at either end, nodes whose names are the same as text, and graphs within themselves.  An
    edge that is there more than once is noted, too, as nir's own check of a graph does.
    """
    flat = FlatGraph({}, [])
    _insert(flat, network, "", (), problems)
    for (source, target), count in Counter(flat.edges).items():
        if count > 1:
            problems.add(
                "edges",
                f"the edge from {source!r} to {target!r} is there {count} times",
                "give it once; for a larger weight, scale the weight",
            )
    return flat


def _insert(
    flat: FlatGraph, network: Any, prefix: str, around: tuple[Any, ...], problems: ProblemList
) -> _Ports:
    """Put the nodes and edges of ``network``, which lies within the graphs ``around``, into ``flat``, and
    return where edges from outside lead.
    """
    names: dict[str, str] = {}  # of the nodes of this graph, in the flat one
    inner: dict[str, _Ports | None] = {}  # None: refused, so edges there say nothing new
    own = _Ports([], [])
    for name, node in _list_nodes(network, prefix, problems):
        full = make_unique(f"{prefix}{name}", flat.nodes)
        place = f"nodes[{full!r}]"
        if is_graph(node):
            inner[name] = None
            with problems.gather():
                require_end(place, node, (*around, network))
                inner[name] = _insert(flat, node, f"{full}.", (*around, network), problems)
            continue
        names[name] = full
        read = read_node(place, node, problems)
        if prefix and read.kind in ("Input", "Output"):
            (own.inputs if read.kind == "Input" else own.outputs).append(full)
            read = replace(read, kind="Identity")
        flat.nodes[full] = read
    for source, target in _list_edges(network, prefix, problems):
        start = _find_end(prefix, source, names, inner, "outputs", flat, problems)
        end = _find_end(prefix, target, names, inner, "inputs", flat, problems)
        if start is not None and end is not None:
            flat.edges.append((start, end))
    return own


def is_graph(node: Any) -> bool:
    """Tell whether ``node`` has nodes and edges of its own."""
    return hasattr(node, "nodes") and hasattr(node, "edges")


def _list_nodes(network: Any, prefix: str, problems: ProblemList) -> Iterator[tuple[str, Any]]:
    """List the nodes by name; of those whose names are the same as text, such as 2 and "2", the first."""
    if not isinstance(network.nodes, Mapping):
        message = f"must be nodes by name, not a {type(network.nodes).__name__}"
        problems.add(_place(prefix, "nodes"), message, "give a dict")
        return
    given: dict[str, Any] = {}
    for name, node in network.nodes.items():
        if str(name) in given:
            message = f"{given[str(name)]!r} and {name!r} are the same name"
            problems.add(_place(prefix, "nodes"), message, "give nodes names that differ as text")
            continue
        given[str(name)] = name
        yield str(name), node


def _list_edges(network: Any, prefix: str, problems: ProblemList) -> Iterator[tuple[str, str]]:
    place, remedy = _place(prefix, "edges"), 'give pairs of names, such as ("input", "lif")'
    try:
        edges = list(network.edges)
    except TypeError:
        problems.add(place, f"must be a list of pairs, not {network.edges!r:.80}", remedy)
        return
    for edge in edges:
        if isinstance(edge, str) or not isinstance(edge, Sequence | np.ndarray) or len(edge) != 2:
            problems.add(place, f"{edge!r:.80} is no pair of names", remedy)
            continue
        source, target = map(str, edge)
        yield source, target


def _place(prefix: str, field: str) -> str:
    """Name a field of the graph whose nodes have ``prefix``."""
    return f"nodes[{prefix[:-1]!r}].{field}" if prefix else field


@dataclass(frozen=True)
class _Ports:
    """Names of the Input and Output nodes of an inner graph."""

    inputs: list[str]
    outputs: list[str]


def _find_end(
    prefix: str,
    name: str,
    names: Mapping[str, str],
    inner: Mapping[str, _Ports | None],
    side: str,
    flat: FlatGraph,
    problems: ProblemList,
) -> str | None:
    """Find the flat name of the node that an edge means by ``name``; note a problem if there is none."""
    if name in names:
        return names[name]
    if name in inner:
        found = inner[name]
        if found is None:
            return None
        ports: list[str] = getattr(found, side)
        if len(ports) == 1:
            return ports[0]
        problems.add(
            f"nodes[{prefix + name!r}]",
            f"is a graph with {len(ports)} {side}, and an edge does not say which it means",
            f"name the node within, such as {name}.{side[:-1]}, or give the graph one of them",
        )
        return None
    if prefix + name in flat.nodes:
        return prefix + name
    here = ", ".join([*names, *inner]) or "none"
    problems.add(_place(prefix, "edges"), f"no node {name!r}", f"the graph has {here}")
    return None
