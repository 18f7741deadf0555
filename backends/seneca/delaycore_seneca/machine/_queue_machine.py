"""The shared circular delay queue (SCDQ) of arXiv 2501.13610 cycle by cycle: controllers, both queues in one
memory, filter, end-of-step swap.

In a cycle the write controller puts one arriving event into the pre-processing queue, and the read controller
takes one out of it: it looks at the pruning filter, hands the event to the core, and writes it into the
post-processing queue if a longer delay needs it.  Both queues share the words of one memory; a word that is
read is free for what is written in the same cycle, so that orbiting never waits for room.

Assumed, since nothing is published: a cycle for each transfer; the end-of-step mark lies beside the memory
and takes no word; a full queue stalls whoever sends.  Where the queue is full of events that all must stay, a
stall could never end: that is an error in either mode.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from delaycore.delay_memory import Event, Exit, PruningFilter
from delaycore.errors import DataError, DelaycoreError
from delaycore_seneca.options import Overflow

__all__ = ["EventFormat", "MachineStep", "Move", "QueueFull", "QueueMachine"]

MoveKind = Literal["write", "stall", "blocked", "read", "exit", "again", "end", "swap"]


class QueueFull(DelaycoreError):  # noqa: N818  # reads as the sentence it is
    """The delay queue has no room for an event; nothing was lost, the event still waits at its input."""


class EventFormat(NamedTuple):
    """How an event lies in a word: its counter in the upper bits, the address of its source below."""

    address_bits: int = 10
    counter_bits: int = 6

    def word(self, event: Event) -> int:
        """The bit pattern of ``event``.  Raises `DataError` for an event that needs more bits."""
        if event.source >> self.address_bits or event.counter >> self.counter_bits or min(event) < 0:
            fields = f"{self.address_bits} address and {self.counter_bits} counter bits"
            raise DataError.at(f"event {tuple(event)}", f"does not fit {fields}", "give the field more bits")
        return event.counter << self.address_bits | event.source

    def event(self, word: int) -> Event:
        """The event that a bit pattern stands for."""
        return Event(word & ((1 << self.address_bits) - 1), word >> self.address_bits)


class Move(NamedTuple):
    """A transfer: its cycle since the machine was reset, its kind, the event, and the word of memory that it
    touched.
    """

    cycle: int
    kind: MoveKind
    event: Event | None = None
    word: int | None = None


@dataclass(frozen=True)
class MachineStep:
    """What one step did.

    exits:   events that left to the core, in order.    cycles: that the step took.
    stalled, blocked: cycles in which a sender, or the read controller, had to wait.
    peak, mean: words in use, at most and in the mean over the cycles.
    moves:   all transfers.
    """

    exits: list[Exit]
    cycles: int
    stalled: int
    blocked: int
    peak: int
    mean: float
    moves: list[Move]

    @property
    def words(self) -> int:
        """The most words of the memory in use at once."""
        return self.peak


class QueueMachine:
    """A queue of ``words`` words in front of some neurons, empty at first."""

    def __init__(
        self,
        pruning: PruningFilter,
        event_format: EventFormat = EventFormat(),  # noqa: B008  # a frozen value
        words: int = 2048,
        overflow: Overflow = "stall",
    ) -> None:
        if (
            pruning.levels > 1 << event_format.counter_bits
            or pruning.sources > 1 << event_format.address_bits
        ):
            needs = f"{pruning.sources} sources and {pruning.levels} levels"
            raise DataError.at(
                "event format",
                f"{event_format.address_bits} + {event_format.counter_bits} bits cannot tell {needs} apart",
                "give it more bits",
            )
        self.pruning, self.event_format, self.overflow = pruning, event_format, overflow
        self.memory = [0] * words
        """The patterns of all words, those that are free included."""
        self.cycle = 0
        self._free = deque(range(words))
        self._before: deque[int] = deque()
        self._after: deque[int] = deque()
        self._last = [int(n) for n in pruning.leading_zeros]

    @property
    def occupied(self) -> int:
        """Words in use by both queues."""
        return len(self.memory) - len(self._free)

    def held(self) -> list[Event]:
        """The events that wait for the next step, in order."""
        return [self.event_format.event(self.memory[at]) for at in self._before]

    def step(
        self,
        arriving: Iterable[tuple[int, int]] = (),
        ready: Callable[[int], bool] = lambda cycle: True,
        beside: int = 0,
    ) -> MachineStep:
        """One whole step: ``arriving`` events (source, age), offered one after the other from its first cycle
        on, then the end of the step.

        ready:  whether the core takes an event in a cycle; an event that it does not take blocks the read
                controller.
        beside: words of the memory that events of other layers on the core take meanwhile.
        Raises `QueueFull` where there is no room, at once or, if senders are to stall, when waiting could not
        end.
        """
        began, moves, exits = self.cycle, list[Move](), list[Exit]()
        counters = deque((source, self.pruning.levels - 1 - age) for source, age in arriving)
        inputs = deque(Event(*event) for event in counters if event[1] >= 0)
        ended, used, peak = False, 0, self.occupied
        while True:
            peak = max(peak, self.occupied)
            used += self.occupied
            reading = self._read(ready, moves, exits)
            if inputs:
                self._write(inputs, moves, reading, beside)
            elif not ended:
                ended = True
                moves.append(Move(self.cycle, "end"))
            elif not self._before:
                self._before, self._after = self._after, self._before
                moves.append(Move(self.cycle, "swap"))
            peak = max(peak, self.occupied)
            self.cycle += 1
            if moves and moves[-1].kind == "swap":
                break
        waited = {kind: sum(m.kind == kind for m in moves) for kind in ("stall", "blocked")}
        cycles = self.cycle - began
        return MachineStep(exits, cycles, waited["stall"], waited["blocked"], peak, used / cycles, moves)

    def _write(self, inputs: deque[Event], moves: list[Move], reading: bool, beside: int) -> None:
        """Let the write controller put the next arriving event into the pre-processing queue, if there is
        room.
        """
        event = inputs[0]
        if len(self._free) <= beside:
            if self.overflow == "error" or not (self._before or reading):
                why = (
                    "and a full queue is an error"
                    if self.overflow == "error"
                    else "all events in it must stay, so waiting would not end"
                )
                what = f"all {len(self.memory)} words are in use in cycle {self.cycle}; {why}"
                raise QueueFull.at(
                    f"event {tuple(event)}",
                    what,
                    "lower the activity, shorten the longest delays, or give the queue more words",
                )
            moves.append(Move(self.cycle, "stall", event))
            return
        inputs.popleft()
        at = self._put(event, self._before)
        moves.append(Move(self.cycle, "write", event, at))

    def _read(self, ready: Callable[[int], bool], moves: list[Move], exits: list[Exit]) -> bool:
        """Let the read controller take the next event out of the pre-processing queue; the answer is whether
        it did, or may still do, something.
        """
        if not self._before:
            return False
        at = self._before[0]
        event = self.event_format.event(self.memory[at])
        delay = self.pruning.levels - 1 - event.counter
        leaves = bool(self.pruning.bits[event.source, delay])
        if leaves and not ready(self.cycle):
            moves.append(Move(self.cycle, "blocked", event, at))
            return True
        self._before.popleft()
        self._free.append(at)
        moves.append(Move(self.cycle, "read", event, at))
        if leaves:
            exits.append(Exit(event.source, delay))
            moves.append(Move(self.cycle, "exit", event))
        if event.counter > self._last[event.source]:
            again = Event(event.source, event.counter - 1)
            moves.append(Move(self.cycle, "again", again, self._put(again, self._after)))
        return True

    def _put(self, event: Event, queue: deque[int]) -> int:
        at = self._free.popleft()
        self.memory[at] = self.event_format.word(event)
        queue.append(at)
        return at
