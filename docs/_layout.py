"""Draws how the rooms of the code rest on one another, from the imports of the code itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import networkx

__all__ = ["draw", "read_imports"]

_WIDTH, _HEIGHT, _GAP = 1.9, 0.62, 0.55
"""Size of a box and the space between two rows, in inches."""


def read_imports(packages: list[Path]) -> networkx.DiGraph:
    """Read which room imports which, as a graph with an edge from each room to every room that it uses.

    A room is a folder or a public module directly below the first package; each further package is one room.
    Private modules at the top of the first package are helpers of all rooms and are left out, and so are
    imports for type checkers alone.
    """
    core, names = packages[0].name, {p.name for p in packages[1:]}
    rooms = networkx.DiGraph()
    for package in packages:
        for file in sorted(package.rglob("*.py")):
            here = _room((package.name, *file.relative_to(package).with_suffix("").parts), core, names)
            if here is None:
                continue
            rooms.add_node(here)
            for name in _imported(ast.parse(file.read_text(encoding="utf-8"))):
                there = _room(tuple(name.split(".")), core, names)
                if there not in (None, here):
                    rooms.add_edge(here, there)
    return rooms


def _room(parts: tuple[str, ...], core: str, others: set[str]) -> str | None:
    """The room in which the module of these names lies, or None for helpers and for foreign packages."""
    if parts[0] in others:
        return parts[0]
    inner = parts[1:]
    return inner[0] if parts[0] == core and inner and not inner[0].startswith("_") else None


def _imported(node: ast.AST) -> Iterator[str]:
    """Names of the modules that the code below ``node`` imports when it runs."""
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                continue
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                yield from (f"{module}.{alias.name}" for alias in names)
            case _:
                yield from _imported(child)


def _layers(rooms: networkx.DiGraph, names: list[str]) -> list[int]:
    """The row of each room from the top: below all rooms that use it."""
    depth: dict[str, int] = {}
    for room in networkx.topological_sort(rooms):
        depth[room] = 1 + max((depth[user] for user in rooms.predecessors(room)), default=-1)
    return [depth[name] for name in names]


def draw(packages: list[Path], path: Path) -> None:
    """Draw the rooms in rows, each above all that it uses, and write the picture to ``path``.

    An arrow that follows from two others is left out.  Raises `networkx.NetworkXError` if rooms import
    one another in a circle.
    """
    import igraph
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot
    from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
    from matplotlib.path import Path as Line

    rooms = networkx.transitive_reduction(read_imports(packages))
    names = sorted(rooms)
    layers = _layers(rooms, names)
    ways = [[names.index(room), names.index(used)] for room, used in sorted(rooms.edges)]
    for (
        way
    ) in ways:  # an arrow over several rows bends in each row between, so that it passes beside the boxes
        between = range(layers[way[0]] + 1, layers[way[-1]])
        way[1:1] = range(len(layers), len(layers) + len(between))
        layers += between
    whole = igraph.Graph(len(layers), [step for way in ways for step in pairwise(way)], directed=True)
    places = whole.layout_sugiyama(
        layers=layers, hgap=_WIDTH + _GAP, vgap=_HEIGHT + _GAP, maxiter=1000
    ).coords
    figure, axes = pyplot.subplots()
    for way in ways:
        (x, y), *between, (to_x, to_y) = (places[i] for i in way)
        points = [(x, y + _HEIGHT / 2), *between, (to_x, to_y - _HEIGHT / 2)]
        line = FancyArrowPatch(path=Line(points), arrowstyle="-|>", mutation_scale=9, color="#7a8599")
        axes.add_patch(line)
    backends = {package.name for package in packages[1:]}
    for name, (x, y) in zip(names, places, strict=False):
        corner, colour = (x - _WIDTH / 2, y - _HEIGHT / 2), "#fff1dc" if name in backends else "#e8eef8"
        shape = "round,pad=0.02,rounding_size=0.08"
        box = FancyBboxPatch(corner, _WIDTH, _HEIGHT, shape, facecolor=colour, edgecolor="#44546a", zorder=2)
        axes.add_patch(box)
        axes.text(x, y, name, ha="center", va="center", fontsize=11, zorder=3)
    xs, ys = zip(*places, strict=True)
    width, height = max(xs) - min(xs) + _WIDTH + 0.4, max(ys) - min(ys) + _HEIGHT + 0.4
    axes.set_xlim(min(xs) - _WIDTH / 2 - 0.2, max(xs) + _WIDTH / 2 + 0.2)
    axes.set_ylim(max(ys) + _HEIGHT / 2 + 0.2, min(ys) - _HEIGHT / 2 - 0.2)
    axes.set_axis_off()
    figure.set_size_inches(width, height)
    figure.savefig(path, dpi=110, bbox_inches="tight", facecolor="white")
    pyplot.close(figure)
