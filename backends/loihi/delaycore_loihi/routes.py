"""Where a neuron's spike goes: synapses that it reaches on each core, messages that it sends, and tiles that they cross."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from delaycore.hardware import Placement, Slice
from delaycore_loihi.image import Image, parts
from delaycore_loihi.spec import TILE_COLUMNS, TILE_CORES

__all__ = ["Route", "Routes", "tile"]


def tile(core: int) -> tuple[int, int]:
    """Column and row of a core's tile in the mesh."""
    row, column = divmod(core // TILE_CORES, TILE_COLUMNS)
    return column, row


@dataclass(frozen=True)
class Route:
    """What one spike of each neuron of a slice causes.

    core:     of the slice; None for inputs, which send no messages of their own.
    synapses: read on each core, [neurons, cores].
    messages: sent, one per output axon, [neurons].
    hops:     tiles crossed by all of them, east-west and north-south, [neurons, 2].
    far:      tiles crossed by the message with the longest way, [neurons, 2].
    """

    core: int | None
    synapses: NDArray[np.int64]
    messages: NDArray[np.int64]
    hops: NDArray[np.int64]
    far: NDArray[np.int64]


@dataclass(frozen=True)
class Routes:
    """Routes of every slice, and the compartments of each core, [cores]."""

    slices: dict[Slice, Route]
    compartments: NDArray[np.int64]

    @property
    def tiles(self) -> int:
        """Tiles in use."""
        return len({tile(core) for core in range(len(self.compartments))})

    @classmethod
    def of(cls, image: Image, placement: Placement) -> Routes:
        """The routes of a program.  An output axon serves one projection onto one slice."""
        cores = max(placement.cores, default=-1) + 1
        synapses, messages = ({s: np.zeros((s.size, cores), dtype=np.int64) for s in placement.slices} for _ in range(2))
        for place in parts(image):
            a, b = (placement.slices[i] for i in image[f"{place}/slices"])
            each = np.bincount(image[f"{place}/pre"], minlength=a.size)
            synapses[a][:, b.core] += each
            messages[a][:, b.core] += each > 0
        slices = {s: _route(s.core, synapses[s], messages[s]) for s in placement.slices}
        compartments = np.zeros(cores, dtype=np.int64)
        for s in placement.slices:
            if s.core is not None:
                compartments[s.core] += s.size
        return cls(slices, compartments)


def _route(core: int | None, synapses: NDArray[np.int64], messages: NDArray[np.int64]) -> Route:
    size, cores = messages.shape
    if core is None or not cores:
        return Route(core, synapses, np.zeros(size, np.int64), np.zeros((size, 2), np.int64), np.zeros((size, 2), np.int64))
    ways = np.abs(np.array([tile(c) for c in range(cores)]) - np.array(tile(core)))  # [cores, 2]
    reached = np.where(messages > 0, ways.sum(axis=1), -1)
    far = ways[reached.argmax(axis=1)] * (messages.sum(axis=1) > 0)[:, None]
    return Route(core, synapses, messages.sum(axis=1), messages @ ways, far)
