"""What each layer has to do in every step, counted from recorded spikes: the only thing that costs are
computed from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from delaycore.delay_memory import Occupancy, compute_occupancy, count_due_events
from delaycore.memory import require_memory
from delaycore_seneca.mapping import LANES, Layer, Stored, pad_to_lanes

__all__ = ["Traffic", "count_traffic"]

Counts = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Traffic:
    """One layer's work, counts [samples, steps].

    queue:  what passed through its delay queue (or went straight in, if it has none); its exits wake the
            RISC-V.
    groups: groups of eight synaptic operations, by the layout in which their weights lie.
    made:   spikes that the layer made.
    lanes:  neurons in full groups, updated at the end of every step.
    stalls: cycles in which a full queue kept its senders waiting, -1 where that would never end;
            `add_stalls` counts them.
    needed: words that the queues of its core would have taken then; 0 in all other steps.
    grouping: events of a step that are taken together.
    """

    layer: Layer
    queue: Occupancy
    groups: Mapping[Stored, Counts]
    made: Counts
    stalls: Counts
    needed: Counts
    grouping: int = 1

    @property
    def operations(self) -> Counts:
        """Synaptic operations of all elements, idle ones of the lock-step included."""
        return np.asarray(sum(self.groups.values()) * LANES, dtype=np.int64)

    @property
    def state_groups(self) -> Mapping[Stored, Counts]:
        """Groups of eight states that are loaded and stored.

        Events are grouped where all rows lie dense, which go through the same states: a row of them all for
        each event.
        """
        if self.grouping == 1 or set(self.groups) != {"dense"}:
            return self.groups
        each = self.lanes // LANES
        return {"dense": -(-self.groups["dense"] // each // self.grouping) * each}

    @property
    def visits(self) -> Counts:
        """Events that are taken from the delay queue in each step, to leave, to stay, or both; 0 without a
        queue.
        """
        passed = self.queue.held + self.queue.arrived
        return passed if self.layer.pruning is not None else np.zeros_like(passed)

    @property
    def due(self) -> Counts:
        """Events that leave a delay queue in each step; 0 without one."""
        return self.queue.exits if self.layer.pruning is not None else np.zeros_like(self.queue.exits)

    @property
    def lanes(self) -> int:
        """Neurons in full groups."""
        return pad_to_lanes(self.layer.population.size)


def count_traffic(layer: Layer, spikes: Mapping[str, NDArray[np.bool_]], grouping: int = 1) -> Traffic:
    """The work that ``spikes``, per population of the graph bool [samples, steps, neurons], make for
    ``layer``.
    """
    queue = compute_occupancy(layer.arriving(spikes), layer.gate, layer.ages)
    groups: dict[Stored, Counts] = {}
    first = 0
    for fan in layer.fans:
        width = layer.gate.levels
        require_memory(
            f"work of {fan.source!r}",
            {f"{fan.sources:,} sources at each of {width:,} delays": 8 * 3 * fan.sources * width},
            "shorten the longest delays",
        )
        work = np.zeros((fan.sources, width), dtype=np.int64)
        used = fan.delays < width
        work[:, fan.delays[used]] = fan.groups[:, used]
        work *= layer.gate.bits[first : first + fan.sources]
        first += fan.sources
        groups[fan.layout] = groups.get(fan.layout, np.zeros((), dtype=np.int64)) + count_due_events(
            spikes[fan.source], work
        )
    here = layer.slice
    made = spikes[here.population][:, :, here.start : here.stop].sum(axis=2, dtype=np.int64)
    none = np.zeros(made.shape, dtype=np.int64)
    return Traffic(layer, queue, groups or {"dense": none}, made, none, none, grouping)
