"""What passes through circular queues, from spikes alone, for many samples at once; equal to stepping the
machine.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from delaycore._counting import count_due_events
from delaycore._shown import show_line
from delaycore.delay_memory._pruning_filter import PruningFilter
from delaycore.errors import DataError
from delaycore.memory import require_memory

__all__ = ["Occupancy", "compute_occupancy"]

Counts = NDArray[np.int64]

_TABLES, _COUNTS = 8 * 7, 8 * 5
"""Bytes of a source at a delay while they are counted, and of the counts of a step."""


@dataclass(frozen=True, eq=False)
class Occupancy:
    """The traffic of one circular queue, each count [samples, steps].

    exits: events that left for the neurons; held: events that were in the queue when the step began; arrived:
           events that entered;
    queued_again: events that stay for a later step; left_over: events that still waited after the last step,
                  [samples].
    """

    exits: Counts
    held: Counts
    arrived: Counts
    queued_again: Counts
    left_over: Counts

    __repr__ = show_line

    @property
    def words(self) -> Counts:
        """Events that the two FIFOs must have room for in each step, the end-of-step event not among them."""
        return np.asarray(self.held + self.arrived + self.queued_again, dtype=np.int64)

    @property
    def peak(self) -> int:
        """The largest number of words of any step."""
        return int(self.words.max(initial=0))


def compute_occupancy(
    spikes: NDArray[np.bool_], pruning: PruningFilter, entry: Counts | None = None
) -> Occupancy:
    """Count the traffic that ``spikes``, bool [samples, steps, sources], make, every sample starting from an
    empty queue.

    entry: the age in steps at which the events of each source enter, [sources]; 0 unless given.
    """
    if spikes.ndim != 3 or spikes.shape[2] != pruning.sources:
        raise DataError.at(
            "spikes",
            f"have shape {spikes.shape}, not [samples, steps, {pruning.sources}]",
            "give one column per source of the filter",
        )
    samples, steps, _ = spikes.shape
    tables = f"{pruning.sources:,} sources at each of {pruning.levels:,} delays"
    need = {tables: _TABLES * pruning.sources * pruning.levels, "counts by step": _COUNTS * samples * steps}
    require_memory("queue", need, "shorten the longest delays, or count fewer steps")
    ages = np.zeros(pruning.sources, dtype=np.int64) if entry is None else np.asarray(entry, dtype=np.int64)
    at = np.arange(pruning.levels)
    entering = (at == ages[:, None]).astype(np.int64)
    waiting = ((at > ages[:, None]) & (at < pruning.lifetimes[:, None])).astype(np.int64)
    stays = np.zeros_like(waiting)
    stays[:, :-1] = waiting[:, 1:]
    exits = (pruning.bits & (at >= ages[:, None])).astype(np.int64)
    again = count_due_events(spikes, stays)
    left_over = again[:, -1:].sum(axis=1)  # nothing, if there are no steps
    return Occupancy(
        count_due_events(spikes, exits),
        count_due_events(spikes, waiting),
        count_due_events(spikes, entering),
        again,
        left_over,
    )
