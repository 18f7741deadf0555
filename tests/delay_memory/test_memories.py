"""Every delay memory delivers the same events, holds what its formula says, and is counted from spikes as it
is stepped.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import delaycore as dc
from delaycore.delay_memory import (
    KINDS,
    CircularQueue,
    DelayMemory,
    Demand,
    EntryPerDelayQueue,
    PruningFilter,
    RingBuffer,
    SingleFifo,
    Widths,
    compare_memories,
    compute_need,
    entry_per_delay_queue_events,
    list_demands,
    single_fifo_events,
    step_through,
)
from delaycore.errors import DataError

Case = tuple[np.ndarray, np.ndarray, np.ndarray]


def built(weights: np.ndarray) -> dict[Any, DelayMemory]:
    pruning = PruningFilter((weights != 0).any(axis=2).T)
    return {
        "ring buffer": RingBuffer(weights),
        "entry-per-delay queue": EntryPerDelayQueue(pruning),
        "circular queue": CircularQueue(pruning),
        "single-FIFO queue": SingleFifo(pruning),
    }


def drawn(seed: int, levels: int, sources: int, steps: int, density: float) -> Case:
    """Whole weights [levels, sources, targets], spikes [steps, sources], and ages at which events enter."""
    rng = np.random.default_rng(seed)
    ages = ((rng.random(sources) < 0.4) & (levels > 1)).astype(np.int64)
    weights = rng.integers(-4, 5, (levels, sources, 3)) * (
        rng.random((levels, sources, 3)) < rng.uniform(0.1, 0.7)
    )
    weights[0, ages == 1] = 0  # what enters a step late cannot be due in its own step
    return weights.astype(float), rng.random((steps, sources)) < density, ages


@st.composite
def cases(draw: Any) -> Case:
    return drawn(
        draw(st.integers(0, 2**32 - 1)),
        draw(st.integers(1, 9)),
        draw(st.integers(1, 6)),
        draw(st.integers(1, 24)),
        draw(st.floats(0, 1)),
    )


def truth(case: Case) -> list[list[tuple[int, int]]]:
    """What is due in each step, straight from the definition: older spikes first, those that enter a step
    late last among equals, then by source.
    """
    weights, spikes, ages = case
    bits = (weights != 0).any(axis=2)
    due = []
    for t in range(len(spikes)):
        now = [
            (-d, int(ages[i]), i)
            for d in range(min(t + 1, len(bits)))
            for i in np.flatnonzero(spikes[t - d] & bits[d])
        ]
        due.append([(int(i), -d) for d, _, i in sorted(now)])
    return due


def delivers(memory: DelayMemory, case: Case) -> bool:
    return [[tuple(e) for e in passed.exits] for passed in step_through(memory, case[1], case[2])] == truth(
        case
    )


@given(cases())
def test_all_deliver_what_is_due_in_the_order_in_which_it_is_due(case):
    for memory in built(case[0]).values():
        assert delivers(memory, case), type(memory).__name__


@given(cases())
def test_the_sums_of_a_ring_are_the_weights_of_the_events_that_are_due(case):
    weights, spikes, ages = case
    ring, due = RingBuffer(weights), truth(case)
    for t in range(len(spikes)):
        ages_here = [
            (int(i), int(a)) for a in (1, 0) if a <= t for i in np.flatnonzero(spikes[t - a] & (ages == a))
        ]
        ring.step(ages_here)
        assert ring.sums.tolist() == sum((weights[d, i] for i, d in due[t]), start=np.zeros(3)).tolist()


@given(cases())
def test_counts_from_spikes_are_those_of_the_machines(case):
    weights, spikes, _ = case
    fan_out = (weights != 0).sum(axis=2).T
    demand = Demand("x", PruningFilter(fan_out > 0), fan_out, spikes[None], 3)
    for kind, memory in built(weights).items():
        assert compute_need(kind, demand).words[0].tolist() == [
            passed.words for passed in step_through(memory, spikes)
        ], kind


class LateFifo(SingleFifo):
    """A mutant whose counters count one too far before an event goes."""

    def _end_step(self) -> None:
        self.counters = [age + 1 if age < self.pruning.levels - 1 else 0 for age in self.counters]
        self.newest = (self.newest + 1) % self.pruning.levels


class LosingQueue(EntryPerDelayQueue):
    """A mutant that loses the last entry of every step."""

    def step(self, arriving=()):
        passed = super().step(arriving)
        self._entries = self._entries[:-1]
        return passed


class SwappedRing(RingBuffer):
    """A mutant that hands over the next two slots in the wrong order."""

    def step(self, arriving=()):
        passed = super().step(arriving)
        after = (self.now + 1) % self.pruning.levels
        self._noted[self.now], self._noted[after] = self._noted[after], self._noted[self.now]
        return passed


@pytest.mark.parametrize(
    ("mutant", "right"),
    [(LateFifo, SingleFifo), (LosingQueue, EntryPerDelayQueue), (SwappedRing, RingBuffer)],
)
def test_mutants_are_caught(mutant, right):
    case = drawn(3, 7, 5, 30, 0.3)
    pruning = PruningFilter((case[0] != 0).any(axis=2).T)
    given_to = case[0] if issubclass(right, RingBuffer) else pruning
    assert delivers(right(given_to), case)
    assert not delivers(mutant(given_to), case)


def test_full_memories_hold_what_the_formulas_say():
    weights, spikes = np.ones((16, 8, 3)), np.ones((40, 8), dtype=bool)
    peaks = {
        kind: max(passed.words for passed in step_through(memory, spikes))
        for kind, memory in built(weights).items()
    }
    assert peaks == {
        "ring buffer": 48,
        "entry-per-delay queue": 1088,
        "circular queue": 248,
        "single-FIFO queue": 128,
    }
    assert peaks["entry-per-delay queue"] == entry_per_delay_queue_events(8, 16) and peaks[
        "single-FIFO queue"
    ] == single_fifo_events(8, 16)


def test_the_worked_figures_come_out_of_networks():
    full = dc.Graph.from_arrays([np.ones((64, 48, 48))], [np.arange(64)])
    spikes = {"in": np.ones((1, 128, 48), dtype=bool)}
    bits = {m.kind: m.bits for m in compare_memories(list_demands(full, spikes), Widths(8, 16))}
    assert (bits["ring buffer"], bits["circular queue"]) == (24_576, 97_536)
    other = dc.Graph.from_arrays([np.ones((16, 256, 256))], [np.arange(16)])
    words = {
        m.kind: m
        for m in compare_memories(
            list_demands(other, {"in": np.ones((1, 32, 256), dtype=bool)}), Widths(16, 16)
        )
    }
    assert (words["entry-per-delay queue"].words, words["circular queue"].words) == (34_816, 7_936)
    assert (words["ring buffer"].bits, words["circular queue"].bits) == (65_536, 126_976)


def test_the_cheapest_comes_first_and_depends_on_the_activity():
    graph = dc.Graph.from_arrays([np.ones((64, 48, 48))], [np.arange(64)])
    rng = np.random.default_rng(0)
    for density, cheapest in ((0.02, "single-FIFO queue"), (1.0, "ring buffer")):
        made = compare_memories(
            list_demands(graph, {"in": rng.random((2, 100, 48)) < density}), Widths(8, 16)
        )
        assert made[0].kind == cheapest
        assert [m.bits for m in made] == sorted(m.bits for m in made) and {m.kind for m in made} == set(KINDS)


def test_networks_without_delays_need_nothing():
    assert list_demands(dc.Graph.from_arrays([np.ones((3, 4))]), {"in": np.ones((1, 5, 3), dtype=bool)}) == []


@pytest.mark.parametrize("made", [EntryPerDelayQueue, SingleFifo, CircularQueue])
def test_an_unknown_source_is_refused(made):
    with pytest.raises(DataError, match=r"sources are 0\.\.1"):
        made(PruningFilter(np.ones((2, 3), dtype=bool))).step([(2, 0)])
