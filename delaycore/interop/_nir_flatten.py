"""A NIR graph without graphs inside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from delaycore.interop._names import make_unique
from delaycore.interop._problems import ProblemList

__all__ = ["FlatGraph", "Node", "flatten"]


@dataclass(frozen=True)
class Node:
    """A node of NIR and its kind, such as ``LIF``.

    The Input and Output nodes of an inner graph are of kind ``Identity``: what arrives at the one goes on
    within, and what arrives at the other goes on outside.
    """

    kind: str
    values: Any


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
    within as ``block.lif``, too.  Edges without a node at either end are noted in ``problems`` and left out.
    """
    flat = FlatGraph({}, [])
    _insert(flat, network, "", problems)
    return flat


def _insert(flat: FlatGraph, network: Any, prefix: str, problems: ProblemList) -> _Ports:
    """Put the nodes and edges of ``network`` into ``flat``, and return where edges from outside lead."""
    names: dict[str, str] = {}  # of the nodes of this graph, in the flat one
    inner: dict[str, _Ports] = {}
    own = _Ports([], [])
    for name, node in network.nodes.items():
        full = make_unique(f"{prefix}{name}", flat.nodes)
        kind = type(node).__name__
        if hasattr(node, "nodes") and hasattr(node, "edges"):
            inner[str(name)] = _insert(flat, node, f"{full}.", problems)
            continue
        names[str(name)] = full
        if prefix and kind in ("Input", "Output"):
            (own.inputs if kind == "Input" else own.outputs).append(full)
            kind = "Identity"
        flat.nodes[full] = Node(kind, node)
    for edge in network.edges:
        source, target = (str(end) for end in edge)
        start = _find_end(prefix, source, names, inner, "outputs", flat, problems)
        end = _find_end(prefix, target, names, inner, "inputs", flat, problems)
        if start is not None and end is not None:
            flat.edges.append((start, end))
    return own


@dataclass(frozen=True)
class _Ports:
    """Names of the Input and Output nodes of an inner graph."""

    inputs: list[str]
    outputs: list[str]


def _find_end(
    prefix: str,
    name: str,
    names: Mapping[str, str],
    inner: Mapping[str, _Ports],
    side: str,
    flat: FlatGraph,
    problems: ProblemList,
) -> str | None:
    """Find the flat name of the node that an edge means by ``name``; note a problem if there is none."""
    if name in names:
        return names[name]
    if name in inner:
        ports: list[str] = getattr(inner[name], side)
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
    place = f"nodes[{prefix[:-1]!r}].edges" if prefix else "edges"
    problems.add(place, f"no node {name!r}", f"the graph has {here}")
    return None
