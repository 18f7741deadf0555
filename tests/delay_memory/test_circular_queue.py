"""The circular queue as a machine: lives of events, the order of exits, and the same counts from spikes
alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from delaycore.delay_memory import (
    CircularQueue,
    Event,
    Exit,
    Occupancy,
    PruningFilter,
    circular_queue_events,
    compute_occupancy,
)
from delaycore.errors import DataError


@st.composite
def cases(draw: Any) -> tuple[PruningFilter, np.ndarray, np.ndarray]:
    """A filter, spikes [samples, steps, sources], and the age at which each source's events enter."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    sources, levels = draw(st.integers(1, 7)), draw(st.integers(1, 9))
    bits = rng.random((sources, levels)) < draw(st.floats(0, 1))
    ages = (rng.random(sources) < 0.4).astype(np.int64) if levels > 1 else np.zeros(sources, dtype=np.int64)
    bits[ages == 1, 0] = False  # what enters a step late cannot be due in its own step
    spikes = rng.random((draw(st.integers(1, 3)), draw(st.integers(1, 20)), sources)) < draw(st.floats(0, 1))
    return PruningFilter(bits), spikes, ages


def same(
    counted: Occupancy,
    pruning: PruningFilter,
    spikes: np.ndarray,
    ages: np.ndarray,
    queue: type[CircularQueue] = CircularQueue,
) -> bool:
    """Whether the counts are those of the machine, in every sample and step."""
    for n, sample in enumerate(spikes):
        machine = queue(pruning)
        for t, passed in enumerate(machine.run(sample, ages)):
            here = [
                counted.exits[n, t],
                counted.held[n, t],
                counted.arrived[n, t],
                counted.queued_again[n, t],
                counted.words[n, t],
            ]
            if here != [len(passed.exits), passed.held, passed.arrived, passed.queued_again, passed.words]:
                return False
        if counted.left_over[n] != len(machine.pre_fifo):
            return False
    return True


@given(cases())
def test_counts_from_spikes_are_those_of_the_machine(case):
    pruning, spikes, ages = case
    assert same(compute_occupancy(spikes, pruning, ages), pruning, spikes, ages)


def due(pruning: PruningFilter, sample: np.ndarray, ages: np.ndarray, t: int) -> list[Exit]:
    """What must leave in step t, older events first, then those that entered a step late, then by source."""
    found = []
    for delay in range(min(t, pruning.levels - 1), -1, -1):
        for age in (0, 1):
            found += [
                Exit(int(i), delay)
                for i in np.flatnonzero(sample[t - delay] & pruning.bits[:, delay] & (ages == age))
            ]
    return found


@given(cases())
def test_the_machine_delivers_each_event_at_each_of_its_delays_and_older_ones_first(case):
    pruning, spikes, ages = case
    for t, passed in enumerate(CircularQueue(pruning).run(spikes[0], ages)):
        assert passed.exits == due(pruning, spikes[0], ages, t)


class Forgetful(CircularQueue):
    """A mutant that lets an event go one step too soon."""

    def __init__(self, pruning: PruningFilter) -> None:
        super().__init__(pruning)
        self._last = self._last + 1


class Unpruned(CircularQueue):
    """A mutant that keeps every event for the longest life of all."""

    def __init__(self, pruning: PruningFilter) -> None:
        super().__init__(pruning)
        self._last = np.zeros_like(self._last)


class Newest(CircularQueue):
    """A mutant in which new events overtake those that were held."""

    def push(self, source: int, age: int = 0) -> None:
        super().push(source, age)
        self.pre_fifo.rotate(1)


def lively() -> tuple[PruningFilter, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    return PruningFilter(rng.random((6, 8)) < 0.5), rng.random((2, 30, 6)) < 0.3, np.zeros(6, dtype=np.int64)


@pytest.mark.parametrize("mutant", [Forgetful, Unpruned])
def test_the_counts_catch_a_queue_that_keeps_events_too_short_or_too_long(mutant):
    pruning, spikes, ages = lively()
    assert same(compute_occupancy(spikes, pruning, ages), pruning, spikes, ages)
    assert not same(compute_occupancy(spikes, pruning, ages), pruning, spikes, ages, mutant)


def test_the_order_of_exits_catches_a_queue_in_which_new_events_overtake():
    pruning, spikes, ages = lively()
    assert any(
        passed.exits != due(pruning, spikes[0], ages, t)
        for t, passed in enumerate(Newest(pruning).run(spikes[0], ages))
    )


def test_lives_follow_the_longest_delay_as_the_papers_example_has_it():
    pruning = PruningFilter(np.array([[1, 1, 0], [0, 0, 1], [0, 0, 0]], dtype=bool))
    assert pruning.leading_zeros.tolist() == [1, 0, 3]
    assert pruning.lifetimes.tolist() == [2, 3, 0]


def test_an_event_orbits_and_leaves_several_times():
    queue = CircularQueue(PruningFilter(np.array([[1, 0, 1, 0], [0, 0, 0, 1]], dtype=bool)))
    first = queue.step([(0, 0), (1, 0)])
    assert (first.exits, first.held, first.arrived, first.queued_again, first.words) == (
        [Exit(0, 0)],
        0,
        2,
        2,
        4,
    )
    assert list(queue.pre_fifo) == [Event(0, 2), Event(1, 2)]
    second = queue.step([(0, 0)])
    assert second.exits == [Exit(0, 0)]
    assert queue.step().exits == [Exit(0, 2)]
    assert queue.step().exits == [Exit(1, 3), Exit(0, 2)]
    assert not queue.pre_fifo and not queue.post_fifo


def test_an_event_behind_the_end_of_the_step_waits_behind_those_that_were_held():
    queue = CircularQueue(PruningFilter(np.ones((2, 2), dtype=bool)))
    queue.push(1)
    queue.end_step()
    queue.push(0)
    assert queue.pop().left == Exit(1, 0)
    assert queue.pop().event is None
    assert list(queue.pre_fifo) == [Event(1, 0), Event(0, 1)]


def test_a_full_queue_holds_what_the_formula_says():
    levels, sources = 16, 8
    words = compute_occupancy(
        np.ones((1, 40, sources), dtype=bool), PruningFilter(np.ones((sources, levels), dtype=bool))
    )
    assert words.peak == circular_queue_events(sources, levels) == 248


def test_wrong_input_is_refused():
    pruning = PruningFilter(np.ones((2, 3), dtype=bool))
    with pytest.raises(DataError, match=r"sources are 0\.\.1"):
        CircularQueue(pruning).push(2)
    with pytest.raises(DataError, match=r"not \[samples, steps, 2\]"):
        compute_occupancy(np.zeros((1, 4, 3), dtype=bool), pruning)
    with pytest.raises(DataError, match="levels"):
        PruningFilter(np.zeros((2, 0), dtype=bool))
