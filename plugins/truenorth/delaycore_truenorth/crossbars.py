"""How synapses become axons, and neurons copies.

A synapse lies where an axon crosses a neuron.  An axon carries the spikes of one source neuron, after one
delay, and has one type; so each different (source neuron, delay, type, how many-th synapse of the pair) into
a core takes an axon of its own, and no two spikes ever meet on an axon in a step.  A neuron has one target,
so one that feeds k axons is there k times, each copy on the axons of the first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from delaycore.graph import Graph
from delaycore.hardware import Placement, Slice
from delaycore_truenorth.spec import LIMITS

__all__ = ["Layout", "Sender", "choose_weights", "count_earlier", "count_points", "lay_out", "list_senders"]

_VALUES = int(LIMITS["weight.values"])


@dataclass(frozen=True, eq=False)
class Layout:
    """Axons of each core, and the copies of each neuron.

    axons:  per core [axons, 5]: rank of the source population, source neuron, delay on the chip, type,
            occurrence; in rising order.
    joined: per core [synapses, 2]: axon, neuron within the slice.
    copies: per population, how many neurons of the chip each of its neurons takes, [neurons].
    """

    axons: dict[int, NDArray[np.int64]]
    joined: dict[int, NDArray[np.int64]]
    copies: dict[str, NDArray[np.int64]]

    def neurons(self, s: Slice) -> int:
        """Neurons of the chip that a slice takes."""
        return int(self.copies[s.population][s.start : s.stop].sum())


def choose_weights(graph: Graph, name: str) -> NDArray[np.int64]:
    """The four weights of each neuron of a quantized graph, [neurons, 4], in rising order, then 0; the same
    for all where four are enough.

    Sharing them saves axons: one that carries a weight to many neurons then has one type for all of them.
    """
    values = np.zeros((int(graph.populations[name].size), _VALUES), dtype=np.int64)
    used = [np.column_stack([p.post, p.weight]).astype(np.int64) for p in graph.into(name)]
    pairs = np.unique(np.concatenate([np.zeros((0, 2), dtype=np.int64), *used]), axis=0)
    shared = np.unique(pairs[:, 1])
    if len(shared) <= _VALUES:
        values[:, : len(shared)] = shared
        return values
    rank = np.arange(len(pairs)) - np.searchsorted(pairs[:, 0], pairs[:, 0])
    values[pairs[:, 0], rank] = pairs[:, 1]
    return values


def lay_out(graph: Graph, placement: Placement) -> Layout:
    """Give every synapse of a quantized graph an axon, and every neuron its copies."""
    order = list(graph.populations)
    copies = {name: np.zeros(int(p.size), dtype=np.int64) for name, p in graph.populations.items()}
    axons, joined = dict[int, NDArray[np.int64]](), dict[int, NDArray[np.int64]]()
    columns = {name: _build_columns(graph, placement, name) for name in graph.populations}
    for s in placement.slices:
        if s.core is not None:
            synapses = columns[s.population]
            here = synapses[(synapses[:, 4] >= s.start) & (synapses[:, 4] < s.stop)]
            keys = np.column_stack([here[:, :4], count_earlier(here)])
            axons[s.core], inverse = np.unique(keys, axis=0, return_inverse=True)
            joined[s.core] = np.column_stack([inverse.ravel(), here[:, 4] - s.start])
            for rank, neuron in axons[s.core][:, :2]:
                copies[order[rank]][neuron] += 1
    return Layout(axons, joined, {name: np.maximum(c, 1) for name, c in copies.items()})


Sender = tuple[Slice, NDArray[np.int64]]
"""A slice, and the packets that its spikes make: [packets, 4] neuron within it, core, axon, delay."""


def list_senders(graph: Graph, placement: Placement, layout: Layout) -> list[Sender]:
    """The packets of all slices, sorted by core and axon."""
    rows = [np.zeros((0, 5), dtype=np.int64)]
    for core, axons in layout.axons.items():
        where = np.full(len(axons), core), np.arange(len(axons))
        rows.append(np.column_stack([axons[:, :2], *where, axons[:, 2]]))
    packets = np.concatenate(rows)
    packets = packets[np.argsort(packets[:, 0], kind="stable")]
    first = np.searchsorted(packets[:, 0], np.arange(len(graph.populations) + 1))
    found = []
    for s in placement.slices:
        rank = graph.places[s.population]
        sent = packets[first[rank] : first[rank + 1], 1:]
        mine = sent[(sent[:, 0] >= s.start) & (sent[:, 0] < s.stop)]
        found.append((s, mine - np.array([s.start, 0, 0, 0])))
    return found


def count_points(layout: Layout, placement: Placement) -> dict[int, NDArray[np.int64]]:
    """Crossbar points on each axon of each core, those of copies included."""
    points = {}
    for s in placement.slices:
        if s.core is not None:
            axon, target = layout.joined[s.core].T
            copies = layout.copies[s.population][s.start + target]
            points[s.core] = np.bincount(axon, copies, len(layout.axons[s.core])).astype(np.int64)
    return points


def _build_columns(graph: Graph, placement: Placement, name: str) -> NDArray[np.int64]:
    """Source rank, source neuron, chip delay, type and target neuron of every synapse into a population."""
    values = choose_weights(graph, name)
    found = [np.zeros((0, 5), dtype=np.int64)]
    for p in graph.into(name):
        late = placement.offsets.get(name, 0) - placement.offsets.get(p.source, 0)
        kind = (values[p.post] == p.weight.astype(np.int64)[:, None]).argmax(axis=1)
        source = np.full(len(p), graph.places[p.source])
        found.append(np.column_stack([source, p.pre, p.delay + late, kind, p.post]))
    return np.concatenate(found)


def count_earlier(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each row, how many equal ones stand before it."""
    order = np.lexsort(rows.T)
    new = np.r_[True, (rows[order][1:] != rows[order][:-1]).any(axis=1)]
    first = np.maximum.accumulate(np.where(new, np.arange(len(rows)), 0))
    return np.asarray((np.arange(len(rows)) - first)[np.argsort(order)])
