"""Where neurons and synaptic rows lie, and the bytes that they take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from delaycore.graph import Graph, Projection
from delaycore.hardware import Placement, Slice
from delaycore_spinnaker.options import Options
from delaycore_spinnaker.spec import COSTS, LIMITS

__all__ = ["Rows", "chip_of", "core_bytes", "find_keys", "make_rows"]

_HEADER = 3
"""Words at the head of a synaptic row (Y)."""


@dataclass(frozen=True, eq=False)
class Rows:
    """The synaptic rows of one projection onto one core, synapses sorted by row.

    A row holds what source neuron ``pre`` sends through delay stage ``stage``; ``pre`` counts within the
    population, ``post`` within the slice.
    """

    projection: str
    source: str
    target: Slice
    stage: NDArray[np.int64]
    pre: NDArray[np.int64]
    post: NDArray[np.int64]
    weight: NDArray[np.float64]
    field: NDArray[np.int64]

    def lengths(self) -> NDArray[np.int64]:
        """Synapses of each row that has any."""
        return np.unique(np.stack([self.stage, self.pre]), axis=1, return_counts=True)[1]

    def sdram(self, sources: int) -> int:
        """Bytes: a row per source neuron and used stage, each padded to the longest (Y)."""
        stages = len(np.unique(self.stage))
        return 4 * stages * sources * (_HEADER + int(self.lengths().max(initial=0)))


def make_rows(graph: Graph, placement: Placement, slots: int) -> Iterator[Rows]:
    """The rows of a graph in the chip's time: stage floor((d - 1) / slots), and (d - 1) mod slots in the
    row's delay field.
    """
    for p in graph.projections:
        late = placement.offsets.get(p.target, 0) - placement.offsets.get(p.source, 0)
        for s in placement.of(p.target):
            here = np.flatnonzero((p.post >= s.start) & (p.post < s.stop))
            if here.size:
                yield _make_rows(p, s, here, late, slots)


def _make_rows(p: Projection, s: Slice, here: NDArray[np.int64], late: int, slots: int) -> Rows:
    waits = p.delay[here] + late - 1
    stage, field = waits // slots, waits % slots
    order = np.lexsort((p.pre[here], stage))  # stable
    chosen = here[order]
    pre, post, weight = p.pre[chosen], p.post[chosen] - s.start, p.weight[chosen]
    return Rows(p.name, p.source, s, stage[order], pre, post, weight, field[order])


def chip_of(core: int) -> int:
    """The chip that a core lies on: cores are filled one after the other."""
    return core // int(COSTS["cores.of_chip"])


def find_keys(
    rows: Iterable[Rows], placement: Placement, options: Options
) -> dict[int, set[tuple[str, int, int]]]:
    """Per chip the routing keys that start or end on it, each an entry of its table: population, part of it,
    and delay stage.

    A part is what one core sends: a slice, or 256 neurons of an input.
    """
    held: dict[int, set[tuple[str, int, int]]] = {}
    homes: dict[str, dict[int, int]] = {}
    for s in placement.slices:
        if s.core is not None:
            homes.setdefault(s.population, {})[s.start // options.neurons_per_core] = s.core
    for r in rows:
        home = homes.get(r.source, {})
        size = options.neurons_per_core if home else int(LIMITS["core.neurons"])
        for part, stage in np.unique(np.stack([r.pre // size, r.stage]), axis=1).T.tolist():
            ends = {
                chip_of(int(r.target.core or 0)),
                *(chip_of(c) for c in [home.get(part)] if c is not None),
            }
            for chip in ends:
                held.setdefault(chip, set()).add((r.source, part, stage))
    return held


def core_bytes(s: Slice, options: Options) -> dict[str, int]:
    """Bytes of a core's data memory: two rings of 16-bit slots for each neuron that the index can name,
    parameters, two row buffers.
    """
    return {
        "ring buffers": 2 * 2 * options.slots * 2**options.index_bits,
        "neurons": s.size * int(COSTS["neuron.bytes"]),
        "row buffers": 2 * 4 * (_HEADER + 256),
    }
