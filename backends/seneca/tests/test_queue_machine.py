"""The queue cycle by cycle: it delivers what the core's circular queue delivers, stalls or refuses when full,
and never loses an event.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from delaycore_seneca.machine import EventFormat, QueueFull, QueueMachine
from hypothesis import given
from hypothesis import strategies as st

from delaycore.delay_memory import CircularQueue, Event, Exit, PruningFilter, step_through
from delaycore.errors import DataError


@st.composite
def cases(draw: Any) -> tuple[PruningFilter, np.ndarray, np.ndarray, int]:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    sources, levels = draw(st.integers(1, 7)), draw(st.integers(1, 9))
    bits = rng.random((sources, levels)) < draw(st.floats(0, 1))
    ages = ((rng.random(sources) < 0.4) & (levels > 1)).astype(np.int64)
    bits[ages == 1, 0] = False
    return (
        PruningFilter(bits),
        rng.random((draw(st.integers(1, 20)), sources)) < draw(st.floats(0, 1)),
        ages,
        draw(st.integers(1, 4)),
    )


@given(cases())
def test_it_delivers_what_the_circular_queue_delivers_however_slow_the_core_is(case):
    pruning, spikes, ages, slow = case
    queue, machine = CircularQueue(pruning), QueueMachine(pruning)
    for t, passed in enumerate(queue.run(spikes, ages)):
        arriving = [
            (int(i), a) for a in (1, 0) if a <= t for i in np.flatnonzero(spikes[t - a] & (ages == a))
        ]
        step = machine.step(arriving, lambda cycle: cycle % slow == 0)
        assert step.exits == passed.exits
        assert step.peak <= passed.words
    assert machine.held() == list(queue.pre_fifo)


@given(cases(), st.integers(1, 20))
def test_a_full_queue_stalls_or_refuses_and_never_loses_an_event(case, words):
    pruning, spikes, ages, slow = case
    ages = np.zeros_like(ages)
    queue, machine = CircularQueue(pruning), QueueMachine(pruning, words=words)
    for t, passed in enumerate(queue.run(spikes, ages)):
        try:
            step = machine.step(
                [(int(i), 0) for i in np.flatnonzero(spikes[t])], lambda cycle: cycle % slow == 0
            )
        except QueueFull as full:
            assert f"all {words} words" in str(full) and passed.words > words
            return
        assert step.exits == passed.exits and step.peak <= words


def test_every_transfer_of_a_small_step():
    machine = QueueMachine(PruningFilter(np.array([[1, 0, 1], [0, 1, 0]], dtype=bool)), words=4)
    step = machine.step([(0, 0), (1, 0)])
    seen = [(m.cycle, m.kind, m.event) for m in step.moves]
    assert seen == [
        (0, "write", Event(0, 2)),
        (1, "read", Event(0, 2)),
        (1, "exit", Event(0, 2)),
        (1, "again", Event(0, 1)),
        (1, "write", Event(1, 2)),
        (2, "read", Event(1, 2)),
        (2, "again", Event(1, 1)),
        (2, "end", None),
        (3, "swap", None),
    ]
    assert (step.exits, step.cycles, step.stalled, step.peak) == ([Exit(0, 0)], 4, 0, 2)
    assert machine.held() == [Event(0, 1), Event(1, 1)]


def test_back_pressure_is_counted_in_cycles():
    pruning = PruningFilter(np.ones((4, 1), dtype=bool))
    wide, narrow = (QueueMachine(pruning, words=words) for words in (4, 1))
    slow = [
        machine.step([(i, 0) for i in range(4)], lambda cycle: cycle % 5 == 4) for machine in (wide, narrow)
    ]
    assert slow[0].exits == slow[1].exits == [Exit(i, 0) for i in range(4)]
    assert slow[0].stalled == 0 < slow[1].stalled
    with pytest.raises(QueueFull, match="a full queue is an error"):
        QueueMachine(pruning, words=1, overflow="error").step(
            [(i, 0) for i in range(4)], lambda cycle: cycle % 5 == 4
        )


def test_waiting_that_could_not_end_is_an_error():
    machine = QueueMachine(PruningFilter(np.array([[0, 1]] * 3, dtype=bool)), words=2)
    with pytest.raises(QueueFull, match="must stay"):
        machine.step([(0, 0), (1, 0), (2, 0)])


def test_the_event_format_is_a_parameter_and_is_kept_to():
    bits = np.ones((9, 5), dtype=bool)
    QueueMachine(PruningFilter(bits), EventFormat(4, 3))
    for form in (EventFormat(3, 3), EventFormat(4, 2)):
        with pytest.raises(DataError, match="cannot tell"):
            QueueMachine(PruningFilter(bits), form)
    form = EventFormat(4, 3)
    assert form.word(Event(9, 5)) == 5 << 4 | 9 and form.event(form.word(Event(9, 5))) == Event(9, 5)
    for event in (Event(16, 0), Event(0, 8), Event(-1, 0)):
        with pytest.raises(DataError, match="does not fit"):
            form.word(event)


class Forgetful(QueueMachine):
    """A mutant that overwrites a word that is still in use."""

    def _put(self, event, queue):
        at = super()._put(event, queue)
        self._free.appendleft(at) if event.source == 0 else None
        return at


def test_a_machine_that_overwrites_an_event_is_caught():
    rng = np.random.default_rng(0)
    pruning, spikes = PruningFilter(rng.random((6, 8)) < 0.5), rng.random((20, 6)) < 0.4
    wanted = [passed.exits for passed in CircularQueue(pruning).run(spikes)]
    assert [s.exits for s in step_through(QueueMachine(pruning), spikes)] == wanted
    assert [s.exits for s in step_through(Forgetful(pruning), spikes)] != wanted
