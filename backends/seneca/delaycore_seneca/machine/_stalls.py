"""How long a full delay queue keeps its senders waiting, counted for the steps in which it is full; equal to
stepping `QueueMachine`.

Within a step the read controller takes one event in each cycle, those that were held first, and the write
controller offers one arriving event after the other.  An event that stays takes the word that it left, so
that room is made by events that end alone: the j-th arriving event finds a word as soon as so many have ended
as it and those before it lacked.  If those that must end for it would have to arrive after it, it waits for
ever.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from delaycore_seneca.machine._traffic import Traffic
from delaycore_seneca.options import Overflow
from delaycore_seneca.tables import LIMITS

__all__ = ["Wait", "add_stalls", "count_wait"]

Counts = NDArray[np.int64]
Bits = NDArray[np.bool_]


class Wait(NamedTuple):
    """What a step of a queue of limited size showed.

    cycles: in which a sender waited, -1 for ever.    needed: words that it would have taken.
    """

    cycles: int
    needed: int


def count_wait(held: Bits, arriving: Bits, room: int) -> Wait:
    """How long senders wait in one step.

    held, arriving: of each event, in order, whether this step is its last.
    room: words that held events and others leave free.
    """
    ends = np.r_[held, arriving]
    ended = np.flatnonzero(ends)
    late = 0 if len(held) else 1  # nothing can be read before the first event was written
    nth = np.arange(len(arriving))
    freed = np.r_[0, np.cumsum(ends)][np.clip(nth + 1 - late, 0, len(ends))]
    needed = len(held) + int((nth + 1 - freed).max(initial=0))
    lacking = nth + 1 - room
    short = np.flatnonzero(lacking > 0)
    if not len(short):
        return Wait(0, needed)
    if lacking[short[-1]] > len(ended):
        return Wait(-1, needed)
    reads = ended[lacking[short] - 1]
    if (reads >= len(held) + short).any():
        return Wait(-1, needed)
    return Wait(int(np.maximum(reads + late - short, 0).max()), needed)


def add_stalls(work: Sequence[Traffic], spikes: Sequence[Bits], overflow: Overflow) -> list[Traffic]:
    """``work`` with the cycles that senders wait in each step.  spikes: that arrive at each layer, bool
    [samples, steps, sources].

    The layers of a core take turns in each step and share the words of its queue.  Where a full queue is an
    error, nobody waits for it to end.
    """
    made = list(work)
    queued: dict[int | None, list[int]] = {}
    for i, w in enumerate(work):
        if w.layer.pruning is not None:
            queued.setdefault(w.layer.slice.core, []).append(i)
    for here in queued.values():
        full = sum((work[i].queue.words for i in here), start=np.zeros(1, dtype=np.int64)) > int(
            LIMITS["queue.words"]
        )
        if not full.any():
            continue
        waits = {i: np.zeros((2, *work[i].made.shape), dtype=np.int64) for i in here}
        for sample in np.flatnonzero(full.any(axis=1)):
            for i, t, wait in _iterate_waits(
                {i: work[i] for i in here},
                {i: spikes[i][sample] for i in here},
                int(sample),
                np.flatnonzero(full[sample]),
            ):
                waits[i][:, sample, t] = (
                    Wait(-1, wait.needed) if wait.cycles and overflow == "error" else wait
                )
        for i in here:
            made[i] = replace(made[i], stalls=waits[i][0], needed=waits[i][1])
    return made


def _iterate_waits(
    work: dict[int, Traffic], spikes: dict[int, Bits], sample: int, steps: Counts
) -> Iterator[tuple[int, int, Wait]]:
    lives = {i: _find_lifespans(w, spikes[i]) for i, w in work.items()}
    for t in steps:
        others = sum(int(w.queue.held[sample, t]) for w in work.values())
        for i, w in work.items():
            entered, last = lives[i]
            now = (entered <= t) & (last >= t)
            old = now & (entered < t)
            room = int(LIMITS["queue.words"]) - others
            others += int(w.queue.queued_again[sample, t]) - int(w.queue.held[sample, t])
            wait = count_wait(last[old] == t, last[now & ~old] == t, room)
            beside = int(LIMITS["queue.words"]) - room - int(w.queue.held[sample, t])
            yield i, int(t), Wait(wait.cycles, wait.needed + beside)


def _find_lifespans(w: Traffic, spikes: Bits) -> tuple[Counts, Counts]:
    """The steps in which each event of a sample enters and in which it ends, in the order in which they stand
    in the queue.
    """
    ages, lifetimes = w.layer.ages, w.layer.gate.lifetimes
    sent, source = np.nonzero(spikes & (ages < w.layer.gate.levels))
    order = np.lexsort((source, -ages[source], sent + ages[source]))
    sent, source = sent[order], source[order]
    entered = sent + ages[source]
    return entered, np.maximum(sent + lifetimes[source] - 1, entered)
