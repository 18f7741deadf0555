"""Names of populations, projections and nodes that no other has."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import replace

from delaycore.graph import Projection

__all__ = ["make_unique", "name_populations", "name_projections"]


def make_unique(name: str, taken: Container[str]) -> str:
    """Put as many underscores after ``name`` as make it differ from those that are ``taken``."""
    while name in taken:
        name += "_"
    return name


def name_populations(nodes: Iterable[str]) -> dict[str, str]:
    """Choose a population's name for each of ``nodes``: the node's own where a Graph can have it.

    A Graph's names have no ``/`` and are not empty; a ``.`` stands for the one and ``_`` for the other, and
    underscores follow where another node has that name.
    """
    nodes = list(nodes)
    names = {node: node for node in nodes if node and "/" not in node}
    taken = set(names)
    for node in nodes:
        if node not in names:
            names[node] = make_unique(node.replace("/", ".") or "_", taken)
            taken.add(names[node])
    return {node: names[node] for node in nodes}


def name_projections(projections: Iterable[Projection]) -> list[Projection]:
    """Give each projection a name of its own: ``a`` to ``b->c`` is else called as ``a->b`` to ``c``."""
    named: dict[str, Projection] = {}
    for projection in projections:
        name = make_unique(projection.name, named)
        named[name] = replace(projection, name=name)
    return list(named.values())
