"""The shared circular delay queue (SCDQ) as a machine: two FIFOs in a ring, counters, a pruning filter
(arXiv 2404.10597, 2501.13610).

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

from delaycore._shown import one_line, show_line
from delaycore.delay_memory._memory import Exit, check_event, iterate_arrivals
from delaycore.delay_memory._pruning_filter import PruningFilter

__all__ = ["CircularQueue", "Event", "QueueStep", "Transfer"]


class Event(NamedTuple):
    """A stored event: the address of its source, and its counter, the steps for which it is kept on."""

    source: int
    counter: int

    def __repr__(self) -> str:
        return show_line(self)


class Transfer(NamedTuple):
    """Result of one pop.

    event:        what was popped; None is the end of the step.
    left:         the event as it went to the neurons; None if it did not.
    queued_again: whether it was queued again for a later delay.
    """

    event: Event | None
    left: Exit | None
    queued_again: bool

    def __repr__(self) -> str:
        return show_line(self)


class QueueStep(NamedTuple):
    """Results of one step of a circular queue.

    exits:        the events that were due, older spikes first.
    held:         events that were in the queue when the step began.
    arrived:      events that entered in the step.
    queued_again: events that stay for a later step.
    """

    exits: list[Exit]
    held: int
    arrived: int
    queued_again: int

    def __repr__(self) -> str:
        return show_line(self)

    @property
    def words(self) -> int:
        """Events that the two FIFOs must have room for, held and new ones in one, those queued again in the
        other.
        """
        return self.held + self.arrived + self.queued_again


class CircularQueue:
    """A shared circular delay queue (SCDQ) in front of some neurons, empty at first.

    pruning: at which delays events of each source leave for the neurons.
    """

    def __init__(self, pruning: PruningFilter) -> None:
        self.pruning = pruning
        self.pre_fifo: deque[Event | None] = deque()
        """The pre-processing queue (PRQ); None is the end of a step."""
        self.post_fifo: deque[Event | None] = deque()
        """The post-processing queue (POQ)."""
        self._last = pruning.leading_zeros

    @one_line
    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__} of {self.pruning.sources} sources, {self.pruning.levels} delays: "
            f"{len(self.pre_fifo) + len(self.post_fifo)} events>"
        )

    def push(self, source: int, age: int = 0) -> None:
        """Put an event of neuron ``source`` into the pre-processing queue, ``age`` steps after its spike (1
        if it was made at the end of the step before).
        """
        check_event(self.pruning, source, age)
        if age < self.pruning.levels:
            self.pre_fifo.append(Event(source, self.pruning.levels - 1 - age))

    def end_step(self) -> None:
        """Put the end-of-step event into the pre-processing queue."""
        self.pre_fifo.append(None)

    def pop(self) -> Transfer:
        """Take the next event, as the read controller does; at the end of a step the queues swap.

        Raises IndexError if none waits.
        """
        event = self.pre_fifo.popleft()
        if event is None:
            # what arrived behind the end of the step comes after what was held
            self.post_fifo.extend(self.pre_fifo)
            self.pre_fifo.clear()
            self.pre_fifo, self.post_fifo = self.post_fifo, self.pre_fifo
            return Transfer(None, None, False)
        delay = self.pruning.levels - 1 - event.counter
        left = Exit(event.source, delay) if self.pruning.bits[event.source, delay] else None
        again = event.counter > self._last[event.source]
        if again:
            self.post_fifo.append(Event(event.source, event.counter - 1))
        return Transfer(event, left, bool(again))

    def step(self, arriving: Iterable[tuple[int, int]] = ()) -> QueueStep:
        """Run one step: ``arriving`` events as (source, age), then the end of the step."""
        held = len(self.pre_fifo)
        for source, age in arriving:
            self.push(source, age)
        arrived = len(self.pre_fifo) - held
        self.end_step()
        exits, again = [], 0
        while (transfer := self.pop()).event is not None:
            again += transfer.queued_again
            if transfer.left is not None:
                exits.append(transfer.left)
        return QueueStep(exits, held, arrived, again)

    def run(self, spikes: NDArray[np.bool_], entry: NDArray[np.int64] | None = None) -> list[QueueStep]:
        """Run the steps of one sample from an empty queue, for ``spikes`` bool [steps, sources].

        entry: the age at which the events of each source enter, [sources], 0 unless given; those of older
               spikes enter first.
        """
        self.pre_fifo.clear()
        self.post_fifo.clear()
        return [self.step(arriving) for arriving in iterate_arrivals(spikes, entry)]
