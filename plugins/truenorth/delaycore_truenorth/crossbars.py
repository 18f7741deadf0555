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

__all__ = ["Layout", "layout", "place", "points", "weight_values", "whole"]

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


def place(graph: Graph, offsets: dict[str, int], size: int) -> Placement:
    """Every population cut into slices of ``size``, each on its own core; inputs come from outside."""
    slices, core = [], 0
    for name, population in graph.populations.items():
        width = int(population.size) if name in graph.inputs else size
        for start in range(0, int(population.size), width):
            slices.append(
                Slice(
                    name,
                    start,
                    min(start + width, int(population.size)),
                    None if name in graph.inputs else core,
                )
            )
            core += name not in graph.inputs
    return Placement(tuple(slices), offsets, 1)


def whole(graph: Graph, slices: tuple[Slice, ...]) -> tuple[Slice, ...]:
    """``slices`` in rising order, with one for each input that has none: inputs come from outside."""
    outside = [Slice(name, 0, int(p.size), None) for name, p in graph.inputs.items()]
    return (
        *outside,
        *sorted(
            (s for s in slices if s.population not in graph.inputs), key=lambda s: (s.population, s.start)
        ),
    )


def weight_values(graph: Graph, name: str) -> NDArray[np.int64]:
    """The four weights of each neuron of a quantized graph, [neurons, 4], in rising order, then 0; the same
    for all where four are enough.

    Sharing them saves axons: one that carries a weight to many neurons then has one type for all of them.
    """
    values = np.zeros((int(graph.populations[name].size), _VALUES), dtype=np.int64)
    into = graph.into(name)
    if not into:
        return values
    shared = np.unique(np.concatenate([p.weight.astype(np.int64) for p in into]))
    if len(shared) <= _VALUES:
        values[:, : len(shared)] = shared
        return values
    pairs = np.unique(
        np.concatenate([np.stack([p.post, p.weight.astype(np.int64)], axis=1) for p in into]), axis=0
    )
    rank = np.arange(len(pairs)) - np.searchsorted(pairs[:, 0], pairs[:, 0])
    values[pairs[:, 0], rank] = pairs[:, 1]
    return values


def layout(graph: Graph, placement: Placement) -> Layout:
    """The axons and copies of a quantized graph."""
    order = list(graph.populations)
    copies = {name: np.zeros(int(p.size), dtype=np.int64) for name, p in graph.populations.items()}
    axons: dict[int, NDArray[np.int64]] = {c: np.zeros((0, 5), dtype=np.int64) for c in placement.cores}
    joined: dict[int, NDArray[np.int64]] = {c: np.zeros((0, 2), dtype=np.int64) for c in placement.cores}
    for name in graph.populations:
        columns = _columns(graph, placement, name)
        for s in placement.of(name) if len(columns) else ():
            here = columns[(columns[:, 4] >= s.start) & (columns[:, 4] < s.stop)]
            if not len(here) or s.core is None:
                continue
            keys = np.column_stack([here[:, :4], _occurrence(here)])
            axons[s.core], inverse = np.unique(keys, axis=0, return_inverse=True)
            joined[s.core] = np.column_stack([inverse.ravel(), here[:, 4] - s.start])
            for rank, neuron in axons[s.core][:, :2]:
                copies[order[rank]][neuron] += 1
    return Layout(axons, joined, {name: np.maximum(c, 1) for name, c in copies.items()})


def points(made: Layout, placement: Placement, graph: Graph) -> dict[str, NDArray[np.int64]]:
    """Per population [neurons, delays]: crossbar points that a spike of a neuron reads after each delay,
    those of copies included.
    """
    order = list(graph.populations)
    table = {
        name: np.zeros((int(p.size), int(LIMITS["delay.range"]) + 1), dtype=np.int64)
        for name, p in graph.populations.items()
    }
    for s in placement.slices:
        if s.core is None or not len(made.axons[s.core]):
            continue
        axon, target = made.joined[s.core].T
        read = np.bincount(
            axon, made.copies[s.population][s.start + target], minlength=len(made.axons[s.core])
        ).astype(np.int64)
        for (rank, neuron, delay, _, _), number in zip(
            made.axons[s.core].tolist(), read.tolist(), strict=True
        ):
            table[order[rank]][neuron, delay] += number
    return table


def _columns(graph: Graph, placement: Placement, name: str) -> NDArray[np.int64]:
    """Source rank, source neuron, chip delay, type and target neuron of every synapse into a population."""
    order = list(graph.populations)
    values = weight_values(graph, name)
    found = [np.zeros((0, 5), dtype=np.int64)]
    for p in graph.into(name):
        late = placement.offsets.get(name, 0) - placement.offsets.get(p.source, 0)
        kind = (values[p.post] == p.weight.astype(np.int64)[:, None]).argmax(axis=1)
        found.append(
            np.column_stack([np.full(len(p), order.index(p.source)), p.pre, p.delay + late, kind, p.post])
        )
    return np.concatenate(found)


def _occurrence(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many equal rows stand before each."""
    order = np.lexsort(rows.T)
    new = np.r_[True, (rows[order][1:] != rows[order][:-1]).any(axis=1)]
    first = np.maximum.accumulate(np.where(new, np.arange(len(rows)), 0))
    count = np.empty(len(rows), dtype=np.int64)
    count[order] = np.arange(len(rows)) - first
    return count
