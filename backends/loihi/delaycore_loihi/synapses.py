"""What synapses take on a core: lists, delay bits, and 64-bit words.

Every source neuron with synapses on a core has one input axon there for each projection, which points to one list of synapses.
A synapse takes weight, delay and, in a sparse list, index bits; a dense list holds a weight for every compartment of its range.  Lists
are cut in blocks of at most 64 synapses with a header of 10 bits each, and blocks fill whole words (nengo-loihi 1.1.0).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from delaycore.graph import Projection
from delaycore_loihi.spec import LIMITS, SIZES, largest_field
from delaycore_loihi.weights import WeightGrid

__all__ = ["Lists", "Wiring", "delay_bits", "index_bits", "weight_field", "words"]

_BLOCK, _HEADER, _WORD = (int(SIZES[name]) for name in ("block", "block.header", "word"))
_DELAY_BITS = range(3, int(LIMITS["delay.bits"]) + 1)


def words(lengths: NDArray[np.int64], bits: int) -> NDArray[np.int64]:
    """Words of 64 bits of lists of ``lengths`` synapses with ``bits`` bits each."""

    def rounded_up(synapses: NDArray[np.int64] | int) -> NDArray[np.int64]:
        return np.asarray(-(-(np.asarray(synapses) * bits + _HEADER) // _WORD), dtype=np.int64)

    full, rest = np.divmod(np.asarray(lengths, dtype=np.int64), _BLOCK)
    return np.asarray(full * rounded_up(_BLOCK) + np.where(rest > 0, rounded_up(rest), 0))


def delay_bits(field: int) -> int:
    """Bits of the rings, and of a synapse's delay, for a largest field: 3 to 6.  Fields above 62 have none and count as 6."""
    return next((b for b in _DELAY_BITS if field <= largest_field(b)), _DELAY_BITS[-1])


def index_bits(compartments: int) -> int:
    """Bits of a compartment's index in a sparse list: 6 at least."""
    return max(6, (compartments - 1).bit_length())


def weight_field(bits: int) -> int:
    """Bits that a weight of ``bits`` takes in memory: fields of 7 do not exist."""
    return 8 if bits == 7 else bits


class Lists(NamedTuple):
    """The lists of one projection's synapses onto a slice of its target.

    lengths, times: the list lengths that occur, and how many lists have each.
    width:          compartments of the slice, the length of a dense list.
    single:         whether no pair of neurons has two synapses, which a dense list needs.
    field:          largest delay field.
    """

    lengths: NDArray[np.int64]
    times: NDArray[np.int64]
    width: int
    single: bool
    field: int
    grid: WeightGrid

    @property
    def axons(self) -> int:
        """Input axons: lists."""
        return int(self.times.sum())

    @property
    def synapses(self) -> int:
        """Synapses in all lists."""
        return int(self.lengths @ self.times)

    def encoded(self, index: int) -> tuple[int, tuple[int, ...]]:
        """Words in the smaller of both encodings, sparse with ``index`` bits or dense, and the synapse format: a tuple that tells formats apart.

        A projection whose fields are all 0 stores no delays.
        """
        weight, delay = weight_field(self.grid.bits), delay_bits(self.field) if self.field else 0
        sparse = int(words(self.lengths, weight + delay + index) @ self.times)
        dense = int(words(np.array([self.width]), weight + delay)[0]) * self.axons
        taken, index = (dense, 0) if self.single and dense < sparse else (sparse, index)
        return taken, (int(self.grid.mode), self.grid.exponent, self.grid.bits, delay, index)


class Wiring:
    """One projection's synapses sorted by target neuron, so that those onto a slice lie together."""

    def __init__(self, projection: Projection, field: NDArray[np.int64], grid: WeightGrid, targets: int) -> None:
        order = np.argsort(projection.post, kind="stable")
        self.source, self.target, self.grid = projection.source, projection.target, grid
        self.pre, self.post, self.field = projection.pre[order], projection.post[order], field[order]
        self.first = np.searchsorted(self.post, np.arange(targets + 1))
        pairs = np.unique(np.stack([self.pre, self.post]), axis=1).shape[1] if len(projection) else 0
        self.single = pairs == len(projection)

    def onto(self, start: int, stop: int) -> Lists:
        """The lists of the synapses onto target neurons ``start`` to ``stop``."""
        here = slice(self.first[start], self.first[stop])
        each = np.bincount(self.pre[here])
        lengths, times = np.unique(each[each > 0], return_counts=True)
        return Lists(lengths, times, stop - start, self.single, int(self.field[here].max(initial=0)), self.grid)

    def sources(self, start: int, stop: int) -> NDArray[np.int64]:
        """The source neurons with a synapse onto target neurons ``start`` to ``stop``, rising."""
        return np.unique(self.pre[self.first[start] : self.first[stop]])
