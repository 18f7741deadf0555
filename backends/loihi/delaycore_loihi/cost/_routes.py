"""Where a neuron's spike goes: synapses that it reaches on each core, messages that it sends, and tiles that
they cross.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from delaycore.hardware import Placement, Slice
from delaycore_loihi.cost._groups import SynapseGroup
from delaycore_loihi.mapping import locate_tile

__all__ = ["Route", "Routes", "find_routes"]

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Route:
    """What one spike of each neuron of a slice causes.

    core:     of the slice; None for inputs, which send no messages of their own.
    synapses: read on each core, [neurons, cores].
    dense:    those of them in dense lists, [neurons, cores].
    messages: that reach each core, one per input axon, [neurons, cores].
    hops:     tiles crossed by all of them, east-west and north-south, [neurons, 2].
    far:      tiles crossed by the message with the longest way, [neurons, 2].
    """

    core: int | None
    synapses: Integers
    dense: Integers
    messages: Integers
    hops: Integers
    far: Integers


@dataclass(frozen=True)
class Routes:
    """Routes of every slice, the compartments of each core, [cores], and the number of tiles in use."""

    slices: dict[Slice, Route]
    compartments: Integers
    tiles: int


def find_routes(groups: Iterable[SynapseGroup], placement: Placement, cores_per_chip: int) -> Routes:
    """Return the routes of a placement.  An output axon serves one projection onto one slice, and so one
    input axon.
    """
    cores = max(placement.cores, default=-1) + 1
    sizes: dict[str, int] = {}
    for s in placement.slices:
        sizes[s.population] = max(sizes.get(s.population, 0), s.stop)
    synapses, dense, messages = (
        {name: np.zeros((size, cores), dtype=np.int64) for name, size in sizes.items()} for _ in range(3)
    )
    for group in groups:
        each = np.bincount(group.pre, minlength=sizes[group.source])
        core = group.target.core
        synapses[group.source][:, core] += each
        messages[group.source][:, core] += each > 0
        if group.dense:
            dense[group.source][:, core] += each
    tiles = np.array([locate_tile(core, cores_per_chip) for core in range(cores)]).reshape(cores, 2)
    slices = {}
    compartments = np.zeros(cores, dtype=np.int64)
    for s in placement.slices:
        name, here = s.population, slice(s.start, s.stop)
        sent = messages[name][here]
        flights = _measure_flights(s.core, sent, tiles)
        slices[s] = Route(s.core, synapses[name][here], dense[name][here], sent, *flights)
        if s.core is not None:
            compartments[s.core] += s.size
    return Routes(slices, compartments, len({tuple(tiles[core]) for core in placement.cores}))


def _measure_flights(core: int | None, messages: Integers, tiles: Integers) -> tuple[Integers, Integers]:
    """Return the tiles crossed by all messages, and by the one with the longest way, of each neuron."""
    size, cores = messages.shape
    if core is None or not cores:
        return np.zeros((size, 2), np.int64), np.zeros((size, 2), np.int64)
    ways = np.abs(tiles - tiles[core])
    reached = np.where(messages > 0, ways.sum(axis=1), -1)
    return messages @ ways, ways[reached.argmax(axis=1)] * (messages.sum(axis=1) > 0)[:, None]
