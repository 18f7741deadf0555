"""How the synapses from one population onto the neurons of a core lie in its data memory.

A row is all synapses of one source neuron at one level; an event that leaves the queue is answered by reading
its row.  Neuron j of a slice belongs to processing element j mod 8, and the eight work in lock-step: a group
is eight entries, one for each.

dense:      every source has a row of all neurons at every level that any source uses; missing synapses are
            zeros.
compressed: a row lists its synapses, each with the number of its neuron, in as many groups as its fullest
            element needs.

A weight is a word, a bfloat16 number, or a whole number of fewer bits.  Of those, an element's word in the
dense layout holds as many as find room; in the compressed one it holds a weight and the number of its neuron,
among those of the element.

Several synapses of one pair with one delay cannot share an entry: further ones lie in further levels of that
same delay. Synapses of weight 0 are not stored: adding nothing changes no state.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from delaycore.graph import Graph, Projection
from delaycore.hardware import Slice
from delaycore_seneca.numbers import WORD, count_weights_per_word, find_width
from delaycore_seneca.options import Layout

__all__ = ["LANES", "Fan", "Stored", "collect_fans", "count_earlier_equals", "pad_to_lanes", "sort_fan"]

LANES = 8
"""Neural processing elements of a core, in lock-step (Tang et al. 2023)."""
POINTER = 32
"""Bits of a row's address in the compressed layout."""

Stored = Literal["dense", "compressed"]
"""Layouts that a fan can have in memory."""


def pad_to_lanes(neurons: int) -> int:
    """Number of neurons in full groups: ``neurons`` rounded up to a multiple of `LANES`."""
    return -(-neurons // LANES) * LANES


@dataclass(frozen=True, eq=False)
class Fan:
    """The synapses from a population of ``sources`` neurons onto a slice of ``posts``, in the canonical order
    of a row.

    copy:  0 for a pair's first synapse of a delay, 1 for its second, and so on.
    width: bits of a weight, 16 for bfloat16.
    """

    source: str
    sources: int
    posts: int
    pre: NDArray[np.int64]
    post: NDArray[np.int64]
    delay: NDArray[np.int64]
    weight: NDArray[np.float64]
    copy: NDArray[np.int64]
    requested: Layout = "auto"
    width: int = WORD

    @cached_property
    def levels(self) -> NDArray[np.int64]:
        """Delay of each stored level, rising; a delay stands as often as a pair has synapses of it."""
        if not len(self.delay):
            return np.zeros(0, dtype=np.int64)
        pairs = np.unique(np.stack([self.delay, self.copy], axis=1), axis=0)
        return np.asarray(pairs[:, 0], dtype=np.int64)

    @cached_property
    def level(self) -> NDArray[np.int64]:
        """The stored level of each synapse."""
        return np.asarray(np.searchsorted(self.levels, self.delay) + self.copy, dtype=np.int64)

    @cached_property
    def delays(self) -> NDArray[np.int64]:
        """The delays in use, each once, rising."""
        return np.unique(self.delay)

    @cached_property
    def layout(self) -> Stored:
        """The layout asked for; by default the smaller one, dense where they are equal."""
        if self.requested != "auto":
            return self.requested
        return "dense" if self.dense_bits <= self.compressed_bits else "compressed"

    @property
    def dense_bits(self) -> int:
        """Data memory of the dense layout, in bits."""
        return len(self.levels) * (self.sources * self.row_words * LANES + 1) * WORD

    @property
    def row_words(self) -> int:
        """Words of a dense row in each element."""
        return -(-pad_to_lanes(self.posts) // LANES // count_weights_per_word(self.width))

    @property
    def compressed_bits(self) -> int:
        """Bits of data memory in the compressed layout: padded groups of weight and neuron number in two
        words or one, row addresses, delays.
        """
        rows = self.sources * len(self.delays)
        words = 2 if self.width == WORD else 1
        return (
            int(self.row_groups.sum()) * LANES * words * WORD + (rows + 1) * POINTER + len(self.delays) * WORD
        )

    @property
    def bits(self) -> int:
        """Data memory of the layout that was taken, in bits."""
        return self.dense_bits if self.layout == "dense" else self.compressed_bits

    @cached_property
    def row_groups(self) -> NDArray[np.int64]:
        """Groups of each row in the compressed layout, [sources, delays in use]."""
        row = self.pre * len(self.delays) + np.searchsorted(self.delays, self.delay)
        entry, count = np.unique(row * LANES + self.post % LANES, return_counts=True)
        fullest = np.zeros(self.sources * len(self.delays), dtype=np.int64)
        np.maximum.at(fullest, entry // LANES, count)
        return fullest.reshape(self.sources, len(self.delays))

    @cached_property
    def groups(self) -> NDArray[np.int64]:
        """Groups that an exit of each source and delay works through, [sources, delays in use]; 0 where
        nothing is expected.
        """
        if self.layout == "compressed":
            return self.row_groups
        stored = np.bincount(np.searchsorted(self.delays, self.levels), minlength=len(self.delays)) * (
            pad_to_lanes(self.posts) // LANES
        )
        return np.asarray((self.row_groups > 0) * stored, dtype=np.int64)


def collect_fans(graph: Graph, into: Slice, layout: Layout = "auto") -> list[Fan]:
    """The synapses that project onto a slice, one fan per source population in the graph's order, without
    synapses of weight 0.
    """
    return list(_iterate_fans(graph, into, layout))


def _iterate_fans(graph: Graph, into: Slice, layout: Layout) -> Iterator[Fan]:
    incoming: dict[str, list[Projection]] = {}
    for p in graph.into(into.population):
        incoming.setdefault(p.source, []).append(p)
    for name in sorted(incoming, key=graph.places.__getitem__):
        here, size = incoming[name], graph.populations[name].size
        pre, post, delay, weight = (
            np.concatenate([getattr(p, c) for p in here]) for c in ("pre", "post", "delay", "weight")
        )
        chosen = (post >= into.start) & (post < into.stop) & (weight != 0)
        pre, post, delay, weight = pre[chosen], post[chosen] - into.start, delay[chosen], weight[chosen]
        if not chosen.any():
            continue
        rank = np.arange(len(pre))  # synapses of one pair and delay keep the graph's order
        width = find_width(graph.arithmetic)
        yield sort_fan(name, size, into.size, pre, post, delay, weight, rank, layout, width)


def sort_fan(
    source: str,
    sources: int,
    posts: int,
    pre: NDArray[np.int64],
    post: NDArray[np.int64],
    delay: NDArray[np.int64],
    weight: NDArray[np.float64],
    rank: NDArray[np.int64],
    layout: Layout,
    width: int,
) -> Fan:
    """The fan of synapses that come in any order: by falling delay, then source, then target neuron, then
    ``rank``, [synapses].

    Raises ValueError for a synapse of neurons that the populations do not have.
    """
    if len(post) and (post.max() >= posts or pre.max() >= sources):
        raise ValueError(f"a synapse from {source} lies outside its populations")
    order = np.lexsort((rank, post, pre, -delay))
    pre, post, delay, weight = pre[order], post[order], delay[order], weight[order]
    copies = count_earlier_equals(pre, post, delay)
    return Fan(source, sources, posts, pre, post, delay, weight, copies, layout, width)


def count_earlier_equals(*columns: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each entry, how many that equal it in all ``columns`` stand before it; equal ones must be
    neighbours.
    """
    size = len(columns[0])
    if not size:
        return np.zeros(0, dtype=np.int64)
    new = np.r_[True, np.any([np.diff(column) != 0 for column in columns], axis=0)]
    at = np.arange(size)
    return np.asarray(at - np.maximum.accumulate(np.where(new, at, 0)), dtype=np.int64)
