"""Which core of the mesh each filled core becomes: little traffic, found by swapping cores of a chip while
that saves hops.

This is the quadratic assignment problem, solved by local search (Koopmans and Beckmann 1957 state it; swaps
of pairs are the neighbourhood of Burkard and Rendl 1984): good, not optimal, and the same for the same seed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from delaycore_loihi.cores import Chip, Piece
from delaycore_loihi.routes import tile

__all__ = ["arranged", "hops", "traffic"]

_SWEEPS = 30


def traffic(chip: Chip, cores: list[list[Piece]]) -> NDArray[np.int64]:
    """Messages from core to core when every neuron fires once, [cores, cores]."""
    home = {name: np.zeros(p.size, dtype=np.int64) for name, p in chip.graph.populations.items()}
    for core, pieces in enumerate(cores):
        for name, start, stop in pieces:
            home[name][start:stop] = core
    sent = np.zeros((len(cores), len(cores)), dtype=np.int64)
    for core, pieces in enumerate(cores):
        for name, start, stop in pieces:
            for w in chip.into[name]:
                if w.source not in chip.graph.inputs:
                    sent[:, core] += np.bincount(home[w.source][w.sources(start, stop)], minlength=len(cores))
    return sent


def hops(sent: NDArray[np.int64], position: NDArray[np.int64], cores_per_chip: int) -> int:
    """Tiles crossed by all messages when core i lies at ``position[i]``."""
    return int((sent * _distances(position, cores_per_chip)).sum())


def arranged(sent: NDArray[np.int64], cores_per_chip: int, seed: int) -> NDArray[np.int64]:
    """The position of each core: chips are filled in order, and within each chip cores swap places as long as
    that saves hops.
    """
    rng = np.random.default_rng(seed)
    position = np.arange(len(sent))
    for first in range(0, len(sent), cores_per_chip):
        here = slice(first, min(first + cores_per_chip, len(sent)))
        both = (sent[here, here] + sent[here, here].T).astype(np.int64)
        np.fill_diagonal(both, 0)
        position[here] = _swapped(both, position[here], cores_per_chip, rng)
    return position


def _swapped(
    both: NDArray[np.int64], position: NDArray[np.int64], cores_per_chip: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    position = position.copy()
    # Sums of counts times tiles stay far below 2^53, so that floats, which multiply faster, are exact.
    sent, far = both.astype(np.float64), _distances(position, cores_per_chip).astype(np.float64)
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


def _distances(position: NDArray[np.int64], cores_per_chip: int) -> NDArray[np.int64]:
    at = np.array([tile(int(core), cores_per_chip) for core in position]).reshape(-1, 2)
    return np.asarray(np.abs(at[:, None] - at[None]).sum(axis=2), dtype=np.int64)
