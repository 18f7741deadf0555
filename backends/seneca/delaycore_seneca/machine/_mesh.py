"""Where cores lie on the network on chip, and the links that an event crosses on its way to all cores that
want it.

Cores fill a square mesh row by row, back and forth, so that cores of neighbouring numbers are neighbours;
events from outside come in at the corner of core 0.  An event is sent once and copied where ways part: east
or west first, then north or south.  Both are assumed: nothing is published about the shape of the mesh, nor
what a hop takes.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise
from math import ceil, sqrt

__all__ = ["count_hops", "locate_core"]

Tile = tuple[int, int]


def locate_core(core: int, cores: int) -> Tile:
    """Column and row of a core on the mesh of ``cores`` cores."""
    columns = max(1, ceil(sqrt(cores)))
    row, column = divmod(core, columns)
    return (column if row % 2 == 0 else columns - 1 - column), row


def count_hops(source: int | None, targets: Collection[int], cores: int) -> int:
    """Number of links that one event crosses from a core (None: from outside) to all ``targets``, each link
    once.
    """
    column, row = (0, 0) if source is None else locate_core(source, cores)
    links: set[tuple[Tile, Tile]] = set()
    for target in targets:
        to_column, to_row = locate_core(target, cores)
        way = [(x, row) for x in _walk(column, to_column)] + [(to_column, y) for y in _walk(row, to_row)[1:]]
        links.update(pairwise(way))
    return len(links)


def _walk(first: int, last: int) -> list[int]:
    step = 1 if last >= first else -1
    return list(range(first, last + step, step))
