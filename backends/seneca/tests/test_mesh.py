"""Cores on the mesh, and the links that an event crosses once, however many cores want it."""

from __future__ import annotations

import numpy as np
from delaycore_seneca.machine import count_hops, locate_core
from hypothesis import given
from hypothesis import strategies as st

import delaycore as dc


def test_neighbouring_numbers_are_neighbours():
    assert [locate_core(core, 9) for core in range(9)] == [
        (0, 0),
        (1, 0),
        (2, 0),
        (2, 1),
        (1, 1),
        (0, 1),
        (0, 2),
        (1, 2),
        (2, 2),
    ]
    assert all(count_hops(core, [core + 1], 64) == 1 for core in range(63))


@given(st.integers(0, 24), st.sets(st.integers(0, 24), min_size=1))
def test_a_tree_is_no_longer_than_single_ways_and_no_shorter_than_the_longest(source: int, targets: set[int]):
    alone = [count_hops(source, [t], 25) for t in targets]
    assert alone == [
        sum(abs(a - b) for a, b in zip(locate_core(source, 25), locate_core(t, 25), strict=True))
        for t in targets
    ]
    assert max(alone) <= count_hops(source, targets, 25) <= sum(alone)
    assert count_hops(source, targets, 25) >= len(targets - {source}), "every other core is the end of a link"


def test_a_run_counts_the_links_of_its_events():
    graph = dc.Graph.from_arrays([np.ones((2, 3)), np.ones((3, 2))], [0, 4], threshold=0.5)
    spikes = np.zeros((1, 6, 2), dtype=bool)
    spikes[0, 0, 0] = True
    cost = dc.simulate(dc.map(graph, target="seneca"), spikes).cost
    assert cost.counts["events on the network"].tolist() == [1 + 3]
    assert cost.counts["hops on the network"].tolist() == [0 + 3], (
        "from outside straight to core 0, three spikes on to core 1"
    )
