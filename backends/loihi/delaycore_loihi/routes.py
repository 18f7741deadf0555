"""Where a neuron's spike goes: synapses that it reaches on each core, messages that it sends, and tiles that
they cross.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from delaycore.hardware import Placement, Slice
from delaycore_loihi.spec import LIMITS, TILE_COLUMNS, TILE_CORES, TILE_ROWS

__all__ = ["Route", "Routes", "Wire", "tile"]

Whole = NDArray[np.int64]


def tile(core: int, cores_per_chip: int = int(LIMITS["chip.cores"])) -> tuple[int, int]:
    """Column and row of a core's tile; the meshes of several chips lie side by side."""
    chip, core = divmod(core, cores_per_chip)
    column, row = divmod(core // TILE_CORES, TILE_ROWS)
    return chip * TILE_COLUMNS + column, row


class Wire(NamedTuple):
    """The synapses of one projection onto one slice: source population, target, source neuron and delay field
    of each; and how they are stored.
    """

    source: str
    target: Slice
    pre: NDArray[np.integer]
    field: NDArray[np.integer]
    dense: bool


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
    synapses: Whole
    dense: Whole
    messages: Whole
    hops: Whole
    far: Whole


@dataclass(frozen=True)
class Routes:
    """Routes of every slice, the compartments of each core, [cores], and the number of tiles in use."""

    slices: dict[Slice, Route]
    compartments: Whole
    tiles: int

    @classmethod
    def of(
        cls, wires: Iterable[Wire], placement: Placement, cores_per_chip: int = int(LIMITS["chip.cores"])
    ) -> Routes:
        """The routes of a placement.  An output axon serves one projection onto one slice, and so one input
        axon.
        """
        cores = max(placement.cores, default=-1) + 1
        sizes = {
            name: max(s.stop for s in placement.of(name))
            for name in dict.fromkeys(s.population for s in placement.slices)
        }
        synapses, dense, messages = (
            {name: np.zeros((size, cores), dtype=np.int64) for name, size in sizes.items()} for _ in range(3)
        )
        for wire in wires:
            each = np.bincount(wire.pre, minlength=sizes[wire.source])
            core = wire.target.core
            synapses[wire.source][:, core] += each
            messages[wire.source][:, core] += each > 0
            if wire.dense:
                dense[wire.source][:, core] += each
        tiles = np.array([tile(core, cores_per_chip) for core in range(cores)]).reshape(cores, 2)
        slices = {}
        for s in placement.slices:
            here = slice(s.start, s.stop)
            sent = messages[s.population][here]
            slices[s] = Route(
                s.core,
                synapses[s.population][here],
                dense[s.population][here],
                sent,
                *_flights(s.core, sent, tiles),
            )
        compartments = np.zeros(cores, dtype=np.int64)
        for s in placement.slices:
            if s.core is not None:
                compartments[s.core] += s.size
        return cls(slices, compartments, len({tuple(tiles[core]) for core in placement.cores}))


def _flights(core: int | None, messages: Whole, tiles: Whole) -> tuple[Whole, Whole]:
    """Tiles crossed by all messages, and by the one with the longest way, of each neuron."""
    size, cores = messages.shape
    if core is None or not cores:
        return np.zeros((size, 2), np.int64), np.zeros((size, 2), np.int64)
    ways = np.abs(tiles - tiles[core])
    reached = np.where(messages > 0, ways.sum(axis=1), -1)
    return messages @ ways, ways[reached.argmax(axis=1)] * (messages.sum(axis=1) > 0)[:, None]
