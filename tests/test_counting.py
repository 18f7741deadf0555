"""Counts made from spikes alone are those that a simulation counts one by one."""

from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from delaycore import Projection, reference
from delaycore import _counting as counting
from delaycore.conformance import live_network


@given(st.integers(0, 200))
def test_deliveries_and_late_events_are_those_of_the_reference(seed):
    live = live_network(seed, samples=2, steps=13)  # delays reach 12, the last step of a sample
    activity = reference.simulate(live.graph, live.spikes)
    for p in live.graph.projections:
        assert np.array_equal(
            counting.count_deliveries(p, activity.spikes[p.source]), activity.deliveries[p.name]
        )
        assert np.array_equal(
            counting.count_late(p, activity.spikes[p.source], activity.deliveries[p.name]),
            activity.late[p.name],
        )


def test_a_lost_or_late_event_changes_the_counts():
    live = live_network(1)
    p = live.graph.projections[0]
    spikes = live.spikes.copy()
    true = counting.count_deliveries(p, spikes)
    assert not np.array_equal(
        counting.count_deliveries(Projection("in", "x", p.pre, p.post, p.weight, p.delay + 1), spikes), true
    )
    step = np.argwhere(spikes[:, :5, p.pre[0]])[0]
    spikes[step[0], step[1], p.pre[0]] = False
    assert not np.array_equal(counting.count_deliveries(p, spikes), true)


def test_a_delay_to_the_very_last_step_is_delivered_and_one_more_is_late():
    spikes = np.zeros((1, 5, 1), dtype=bool)
    spikes[0, 0, 0] = True
    p = Projection("a", "b", [0, 0], [0, 0], [1, 1], [4, 5])
    assert counting.count_deliveries(p, spikes).tolist() == [[0, 0, 0, 0, 1]]
    assert counting.count_late(p, spikes, counting.count_deliveries(p, spikes)).tolist() == [1]


def test_fan_out_counts_synapses_by_source_and_delay():
    p = Projection("a", "b", [0, 0, 2, 2], [0, 1, 0, 0], np.ones(4), [1, 1, 0, 3])
    assert counting.count_fan_out(p, 3).tolist() == [[0, 2, 0, 0], [0, 0, 0, 0], [1, 0, 0, 1]]
    assert counting.count_fan_out(p, 3, steps=2).tolist() == [[0, 2], [0, 0], [1, 0]]


@pytest.mark.parametrize("events", [3, 2**24 + 1])
def test_counts_are_exact_however_many_events_a_spike_makes(events):
    spikes = np.array([[[True], [False], [True]]])
    assert counting.count_due_events(spikes, np.array([[0, events]])).tolist() == [[0, events, 0]]


@given(st.integers(0, 200), st.integers(1, 400))
def test_how_much_is_counted_at_a_time_changes_no_count(seed, size):
    rng = np.random.default_rng(seed)
    spikes, per_delay = rng.random((4, 9, 3)) < 0.5, rng.integers(0, 3, (3, 12))
    whole = counting.count_due_events(spikes, per_delay)
    with patch.object(counting, "BLOCK_BYTES", size):
        assert np.array_equal(counting.count_due_events(spikes, per_delay), whole)
