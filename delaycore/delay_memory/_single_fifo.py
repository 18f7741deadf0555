"""The circular queue with one FIFO and shared counters, which arXiv 2501.13610 proposes as future work.

An event is written once and read in every step until the last delay is over; nothing is moved.  Instead of a
counter of its own it carries the number of one of D shared counters, one for each of the last D steps.  At
the end of a step all counters count, and the read pointer moves past the events whose counter ran out, which
is then free for the next step.  So an event stays for D steps, however early its own last delay is; the
pruning filter spares its exits, not its place.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from delaycore._shown import one_line
from delaycore.delay_memory._memory import Exit, SimpleStep, check_event
from delaycore.delay_memory._pruning_filter import PruningFilter

__all__ = ["SingleFifo", "Stored"]


class Stored(NamedTuple):
    """A word of the memory: the address of the source, and the number of its counter."""

    source: int
    counter: int


class SingleFifo:
    """The queue in front of some neurons, empty at first."""

    def __init__(self, pruning: PruningFilter) -> None:
        self.pruning = pruning
        self.fifo: deque[Stored] = deque()
        self.counters = [0] * pruning.levels
        """Steps since the spikes that point to each counter."""
        self.newest = 0
        """The counter of this step's spikes."""
        self._wanted = [bool(row.any()) for row in pruning.bits]

    @one_line
    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__} of {self.pruning.sources} sources, {self.pruning.levels} delays: "
            f"{len(self.fifo)} events>"
        )

    def step(self, arriving: Iterable[tuple[int, int]] = ()) -> SimpleStep:
        """Run one step: ``arriving`` events as (source, age)."""
        levels = self.pruning.levels
        for source, age in arriving:
            check_event(self.pruning, source, age)
            if age < levels and self._wanted[source]:
                self.fifo.append(Stored(source, (self.newest - age) % levels))
        exits = [
            Exit(e.source, self.counters[e.counter])
            for e in self.fifo
            if self.pruning.bits[e.source, self.counters[e.counter]]
        ]
        words = len(self.fifo)
        self._end_step()
        return SimpleStep(exits, words)

    def _end_step(self) -> None:
        levels = self.pruning.levels
        while self.fifo and self.counters[self.fifo[0].counter] == levels - 1:
            self.fifo.popleft()
        self.counters = [age + 1 for age in self.counters]
        self.newest = (self.newest + 1) % levels
        self.counters[self.newest] = 0
