"""The shared circular delay queue as a machine: two FIFOs in a ring, counters, a pruning filter (arXiv
2404.10597, 2501.13610).

An event is stored once, whatever number of delays it serves.  It enters the pre-processing queue with a
counter of the steps that it has to live.  When it is popped, it leaves for the neurons if the filter has a
bit at its present delay, and it goes into the post-processing queue, the counter lowered by one, if a longer
delay still needs it.  An end-of-step event travels in order; when it comes out, the queues swap, so that held
events stream before those that arrive next.  Within a step the older events thus leave first, which is the
order in which a Graph adds arrivals.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from delaycore.delay_memory._memory import Exit, arrivals
from delaycore.delay_memory._pruning_filter import PruningFilter
from delaycore.errors import DataError

__all__ = ["CircularQueue", "Event", "Passed", "Transfer"]


class Event(NamedTuple):
    """A stored event: the address of its source, and the steps that it still has to live."""

    source: int
    counter: int


class Transfer(NamedTuple):
    """What one pop did: the event (None: the end of the step), where it left to, and whether it was queued
    again.
    """

    event: Event | None
    left: Exit | None
    queued_again: bool


class Passed(NamedTuple):
    """One step: its exits in order, and how many events were held over from before, arrived, and were queued
    again.
    """

    exits: list[Exit]
    held: int
    arrived: int
    queued_again: int

    @property
    def words(self) -> int:
        """Events that the two FIFOs must have room for, held and new ones in one, those queued again in the
        other.
        """
        return self.held + self.arrived + self.queued_again


class CircularQueue:
    """The queue in front of some neurons, empty at first."""

    def __init__(self, pruning: PruningFilter) -> None:
        self.pruning = pruning
        self.before: deque[Event | None] = deque()
        """The pre-processing queue; None is the end of a step."""
        self.after: deque[Event | None] = deque()
        """The post-processing queue."""
        self._last = pruning.leading_zeros

    def push(self, source: int, age: int = 0) -> None:
        """An event of neuron ``source`` arrives, ``age`` steps after its spike (1 if it was made at the end
        of the step before).
        """
        if not (0 <= source < self.pruning.sources and age >= 0):
            raise DataError.at(
                "event",
                f"source {source}, age {age}",
                f"sources are 0..{self.pruning.sources - 1}, ages are not negative",
            )
        if age < self.pruning.levels:
            self.before.append(Event(source, self.pruning.levels - 1 - age))

    def end_step(self) -> None:
        """The end-of-step event arrives."""
        self.before.append(None)

    def pop(self) -> Transfer:
        """The read controller takes the next event; at the end of a step the queues swap.  Raises IndexError
        if none waits.
        """
        event = self.before.popleft()
        if event is None:
            self.after.extend(
                self.before
            )  # what arrived behind the end of the step comes after what was held
            self.before.clear()
            self.before, self.after = self.after, self.before
            return Transfer(None, None, False)
        delay = self.pruning.levels - 1 - event.counter
        left = Exit(event.source, delay) if self.pruning.bits[event.source, delay] else None
        again = event.counter > self._last[event.source]
        if again:
            self.after.append(Event(event.source, event.counter - 1))
        return Transfer(event, left, bool(again))

    def step(self, arriving: Iterable[tuple[int, int]] = ()) -> Passed:
        """One whole step: ``arriving`` events as (source, age), then the end of the step."""
        held = len(self.before)
        for source, age in arriving:
            self.push(source, age)
        arrived = len(self.before) - held
        self.end_step()
        exits, again = [], 0
        while (transfer := self.pop()).event is not None:
            again += transfer.queued_again
            if transfer.left is not None:
                exits.append(transfer.left)
        return Passed(exits, held, arrived, again)

    def run(self, spikes: NDArray[np.bool_], entry: NDArray[np.int64] | None = None) -> list[Passed]:
        """The steps of one sample from an empty queue, for ``spikes`` bool [steps, sources].

        entry: the age at which the events of each source enter, [sources], 0 unless given; those of older
               spikes enter first.
        """
        ages = np.zeros(self.pruning.sources, dtype=np.int64) if entry is None else np.asarray(entry)
        self.before.clear()
        self.after.clear()
        passed = []
        for t in range(len(spikes)):
            passed.append(self.step(arrivals(spikes, ages, t)))
        return passed
