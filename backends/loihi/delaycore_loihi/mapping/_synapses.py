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
from delaycore_loihi.limits import LIMITS, REGISTERS, find_largest_field
from delaycore_loihi.numbers import WeightGrid
from delaycore_loihi.tables import SIZES

__all__ = [
    "SynapseFormat",
    "SynapseLists",
    "SynapseTable",
    "choose_delay_bits",
    "count_index_bits",
    "count_words",
]

_BLOCK, _HEADER, _WORD = (int(SIZES[name]) for name in ("block", "block.header", "word"))
_MISSING = int(REGISTERS["weight.bits.missing"])
_DELAY_BITS = range(3, int(LIMITS["delay.bits"]) + 1)


def count_words(lengths: NDArray[np.int64], bits: int) -> NDArray[np.int64]:
    """Return the words of 64 bits that lists of ``lengths`` synapses take, with ``bits`` bits for each
    synapse.
    """

    full, rest = np.divmod(np.asarray(lengths, dtype=np.int64), _BLOCK)
    block = -(-(_BLOCK * bits + _HEADER) // _WORD)
    return np.asarray(full * block + (rest > 0) * -(-(rest * bits + _HEADER) // _WORD))


def choose_delay_bits(largest_field: int) -> int:
    """Return the bits of the rings, and of a synapse's delay, for a largest delay field: 3 to 6.

    Fields above 62, which have no rings, count as 6.
    """
    return next((b for b in _DELAY_BITS if largest_field <= find_largest_field(b)), _DELAY_BITS[-1])


def count_index_bits(compartments: int) -> int:
    """Return the bits of a compartment's index in a sparse list: 6 at least."""
    return max(6, (compartments - 1).bit_length())


def _count_weight_bits(bits: int) -> int:
    """Return the bits that a weight of ``bits`` takes in memory: the next more where no such fields exist."""
    return bits + 1 if bits == _MISSING else bits


class SynapseFormat(NamedTuple):
    """How synapses are stored, as it tells one format of a core from another; index bits are 0 in a dense
    list.
    """

    mode: int
    exponent: int
    weight_bits: int
    delay_bits: int
    index_bits: int

    @property
    def is_dense(self) -> bool:
        """Whether a list holds a weight for every compartment, so that none needs an index."""
        return self.index_bits == 0


class SynapseLists(NamedTuple):
    """The lists of one projection's synapses onto a slice of its target.

    times:         number of lists of each length, [longest + 1]; none of length 0.
    width:         compartments of the slice, the length of a dense list.
    single:        whether no pair of neurons has two synapses, which a dense list needs.
    largest_field: largest delay field.
    grid:          of the weights.
    """

    times: NDArray[np.int64]
    width: int
    single: bool
    largest_field: int
    grid: WeightGrid

    @property
    def axons(self) -> int:
        """Input axons: lists."""
        return int(self.times.sum())

    @property
    def delay_bits(self) -> int:
        """Delay bits of a synapse: a projection whose fields are all 0 stores none."""
        return choose_delay_bits(self.largest_field) if self.largest_field else 0

    def choose_encoding(self, index_bits: int) -> tuple[int, SynapseFormat]:
        """Return the words in the smaller of both encodings, dense or sparse with ``index_bits`` bits, and
        the format of a synapse in it.
        """
        weight_bits = _count_weight_bits(self.grid.bits)
        lengths = np.arange(len(self.times))
        sparse = int(count_words(lengths, weight_bits + self.delay_bits + index_bits) @ self.times)
        dense = int(count_words(np.array([self.width]), weight_bits + self.delay_bits)[0]) * self.axons
        is_dense = self.single and dense <= sparse
        taken, index_bits = (dense, 0) if is_dense else (sparse, index_bits)
        grid = self.grid
        return taken, SynapseFormat(int(grid.mode), grid.exponent, grid.bits, self.delay_bits, index_bits)


class SynapseTable:
    """One projection's synapses sorted by target neuron, so that those onto a slice lie together.

    pre, post, field, weight: of each synapse, [synapses].
    first:  the first synapse onto each target neuron, [targets + 1].
    single: whether no pair of neurons has two synapses.
    """

    def __init__(
        self, projection: Projection, field: NDArray[np.int64], grid: WeightGrid, targets: int
    ) -> None:
        post = projection.post
        rising = bool((post[1:] >= post[:-1]).all())
        order = slice(None) if rising else np.argsort(post, kind="stable")
        self.source, self.target, self.grid = projection.source, projection.target, grid
        self.pre, self.post = projection.pre[order], post[order]
        self.field, self.weight = field[order], projection.weight[order]
        self.first = np.searchsorted(self.post, np.arange(targets + 1))
        pairs = np.sort(self.post * (int(self.pre.max(initial=0)) + 1) + self.pre)
        self.single = not (pairs[1:] == pairs[:-1]).any()

    def select_onto(self, start: int, stop: int) -> slice:
        """Return where the synapses onto target neurons ``start`` to ``stop`` stand."""
        return slice(int(self.first[start]), int(self.first[stop]))

    def make_lists(self, start: int, stop: int) -> SynapseLists:
        """Return the lists of the synapses onto target neurons ``start`` to ``stop``."""
        here = self.select_onto(start, stop)
        times = np.bincount(_count_by_source(self.pre[here]))
        times[:1] = 0
        largest = int(self.field[here].max(initial=0))
        return SynapseLists(times, stop - start, self.single, largest, self.grid)

    def find_sources(self, start: int, stop: int) -> NDArray[np.int64]:
        """Return the source neurons with a synapse onto target neurons ``start`` to ``stop``, rising."""
        pre = self.pre[self.select_onto(start, stop)]
        return np.flatnonzero(_count_by_source(pre)) + (int(pre.min()) if pre.size else 0)


def _count_by_source(pre: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the synapses of each source neuron between the first and the last that has any."""
    return np.bincount(pre - pre.min()) if pre.size else np.zeros(0, dtype=np.int64)
