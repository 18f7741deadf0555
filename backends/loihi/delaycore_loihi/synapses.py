"""What synapses take on a core: lists, delay bits, and 64-bit words.

Every source neuron with synapses on a core has one input axon there for each projection, which points to one
list of synapses. A synapse takes weight, delay and, in a sparse list, index bits; a dense list holds a weight
for every compartment of its range.  Lists are cut in blocks of at most 64 synapses with a header of 10 bits
each, and blocks fill whole words (nengo-loihi 1.1.0).
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
    """Bits of the rings, and of a synapse's delay, for a largest field: 3 to 6.  Fields above 62 have none
    and count as 6.
    """
    return next((b for b in _DELAY_BITS if field <= largest_field(b)), _DELAY_BITS[-1])


def index_bits(compartments: int) -> int:
    """Bits of a compartment's index in a sparse list: 6 at least."""
    return max(6, (compartments - 1).bit_length())


def weight_field(bits: int) -> int:
    """Bits that a weight of ``bits`` takes in memory: fields of 7 do not exist."""
    return 8 if bits == 7 else bits


class Lists(NamedTuple):
    """The lists of one projection's synapses onto a slice of its target.

    times:  number of lists of each length, [longest + 1]; none of length 0.
    width:  compartments of the slice, the length of a dense list.
    single: whether no pair of neurons has two synapses, which a dense list needs.
    field:  largest delay field.
    """

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
    def delay(self) -> int:
        """Delay bits of a synapse: a projection whose fields are all 0 stores none."""
        return delay_bits(self.field) if self.field else 0

    def encoded(self, index: int) -> tuple[int, tuple[int, ...]]:
        """Words in the smaller of both encodings, dense or sparse with ``index`` bits, and the synapse
        format: a tuple that tells formats apart.
        """
        weight = weight_field(self.grid.bits)
        sparse = int(words(np.arange(len(self.times)), weight + self.delay + index) @ self.times)
        dense = int(words(np.array([self.width]), weight + self.delay)[0]) * self.axons
        taken, index = (dense, 0) if self.single and dense <= sparse else (sparse, index)
        return taken, (int(self.grid.mode), self.grid.exponent, self.grid.bits, self.delay, index)


class Wiring:
    """One projection's synapses sorted by target neuron, so that those onto a slice lie together."""

    def __init__(
        self, projection: Projection, field: NDArray[np.int64], grid: WeightGrid, targets: int
    ) -> None:
        post = projection.post
        rising = bool((post[1:] >= post[:-1]).all())
        order = slice(None) if rising else np.argsort(post, kind="stable")
        self.source, self.target, self.grid = projection.source, projection.target, grid
        self.pre, self.post, self.field, self.weight = (
            projection.pre[order],
            post[order],
            field[order],
            projection.weight[order],
        )
        self.first = np.searchsorted(self.post, np.arange(targets + 1))
        pairs = np.sort(self.post * (int(self.pre.max(initial=0)) + 1) + self.pre)
        self.single = not (pairs[1:] == pairs[:-1]).any()

    def part(self, start: int, stop: int) -> slice:
        """The synapses onto target neurons ``start`` to ``stop``."""
        return slice(int(self.first[start]), int(self.first[stop]))

    def onto(self, start: int, stop: int) -> Lists:
        """Their lists."""
        here = self.part(start, stop)
        times = np.bincount(_from_each(self.pre[here]))
        times[:1] = 0
        return Lists(times, stop - start, self.single, int(self.field[here].max(initial=0)), self.grid)

    def sources(self, start: int, stop: int) -> NDArray[np.int64]:
        """The source neurons with a synapse onto target neurons ``start`` to ``stop``, rising."""
        pre = self.pre[self.part(start, stop)]
        return np.flatnonzero(_from_each(pre)) + (int(pre.min()) if pre.size else 0)


def _from_each(pre: NDArray[np.int64]) -> NDArray[np.int64]:
    """Synapses of each source neuron between the first and the last that has any."""
    return np.bincount(pre - pre.min()) if pre.size else np.zeros(0, dtype=np.int64)
