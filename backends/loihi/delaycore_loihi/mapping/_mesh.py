"""Which core of the mesh each filled core becomes: little traffic, found by swapping cores of a chip while
that saves hops.

This is the quadratic assignment problem, solved by local search (Koopmans and Beckmann 1957 state it; swaps
of pairs are the neighbourhood of Burkard and Rendl 1984): good, not optimal, and the same for the same seed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from delaycore_loihi.limits import LIMITS, TILE_COLUMNS, TILE_CORES, TILE_ROWS
from delaycore_loihi.mapping._cores import Demand, Piece

__all__ = ["arrange_cores", "count_hops", "count_messages", "locate_tile"]

_SWEEPS = 30


def locate_tile(core: int, cores_per_chip: int = int(LIMITS["chip.cores"])) -> tuple[int, int]:
    """Return column and row of a core's tile; the meshes of several chips lie side by side."""
    chip, core = divmod(core, cores_per_chip)
    column, row = divmod(core // TILE_CORES, TILE_ROWS)
    return chip * TILE_COLUMNS + column, row


def count_messages(demand: Demand, cores: list[list[Piece]]) -> NDArray[np.int64]:
    """Return the messages from core to core when every neuron fires once, [cores, cores]."""
    graph = demand.graph
    home = {name: np.zeros(p.size, dtype=np.int64) for name, p in graph.populations.items()}
    for core, pieces in enumerate(cores):
        for name, start, stop in pieces:
            home[name][start:stop] = core
    messages = np.zeros((len(cores), len(cores)), dtype=np.int64)
    for core, pieces in enumerate(cores):
        for name, start, stop in pieces:
            for table in demand.into[name]:
                if table.source not in graph.inputs:
                    senders = home[table.source][table.find_sources(start, stop)]
                    messages[:, core] += np.bincount(senders, minlength=len(cores))
    return messages


def count_hops(messages: NDArray[np.int64], position: NDArray[np.int64], cores_per_chip: int) -> int:
    """Return the tiles that all messages cross when core i lies at ``position[i]``."""
    return int((messages * _measure_distances(position, cores_per_chip)).sum())


def arrange_cores(messages: NDArray[np.int64], cores_per_chip: int, seed: int) -> NDArray[np.int64]:
    """Return the position of each core: chips are filled in order, and within each chip cores swap places as
    long as that saves hops.
    """
    rng = np.random.default_rng(seed)
    position = np.arange(len(messages))
    for first in range(0, len(messages), cores_per_chip):
        here = slice(first, min(first + cores_per_chip, len(messages)))
        both = (messages[here, here] + messages[here, here].T).astype(np.int64)
        np.fill_diagonal(both, 0)
        position[here] = _swap_cores(both, position[here], cores_per_chip, rng)
    return position


def _swap_cores(
    both: NDArray[np.int64], position: NDArray[np.int64], cores_per_chip: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Return ``position`` after swaps of pairs, each the best for its core, until none saves hops.

    both: messages between each two cores, in both directions, [cores, cores].
    """
    position = position.copy()
    # Sums of counts times tiles stay far below 2^53, so that floats, which multiply faster, are exact.
    sent = both.astype(np.float64)
    far = _measure_distances(position, cores_per_chip).astype(np.float64)
    for _ in range(_SWEEPS):
        better = False
        now = (sent * far).sum(axis=1)
        for i in rng.permutation(len(position)):
            # What swapping i with each j changes: the others' way to i and to j, without the
            # way between the two, which stays.
            change = far @ sent[i] - now[i] - now + sent @ far[i] + 2 * sent[i] * far[i]
            j = int(change.argmin())
            if change[j] < 0:
                position[[i, j]] = position[[j, i]]
                far[[i, j]] = far[[j, i]]
                far[:, [i, j]] = far[:, [j, i]]
                now = (sent * far).sum(axis=1)
                better = True
        if not better:
            break
    return position


def _measure_distances(position: NDArray[np.int64], cores_per_chip: int) -> NDArray[np.int64]:
    """Return the tiles between each two positions, [cores, cores]."""
    at = np.array([locate_tile(int(core), cores_per_chip) for core in position]).reshape(-1, 2)
    return np.asarray(np.abs(at[:, None] - at[None]).sum(axis=2), dtype=np.int64)
