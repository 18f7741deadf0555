"""Delays on a coarser grid: rounded by the one rounding function, merged where they meet, never 0 in a loop;
every change is counted.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import delaycore as dc
from delaycore.hardware import coarsen_delays


def chain(delay: list[int], loop: int | None = None) -> dc.Graph:
    """Two synapses for every delay of the list, weights 1, 2, ...; and a loop of delay ``loop``."""
    n = len(delay)
    projections = [
        dc.Projection("in", "h", pre=[0] * n, post=[0] * n, weight=np.arange(1.0, n + 1), delay=delay)
    ]
    if loop is not None:
        projections.append(dc.Projection("h", "h", pre=[0], post=[1], weight=[1.0], delay=[loop]))
    return dc.Graph(
        step=1e-3,
        populations={"in": dc.Input(1), "h": dc.LIF(2, retain=0.5, threshold=1.0)},
        projections=projections,
    )


@given(
    st.lists(st.integers(0, 60), min_size=1, max_size=12, unique=True),
    st.integers(1, 9),
    st.none() | st.integers(1, 9),
)
def test_all_delays_are_multiples_near_where_they_were_and_no_weight_is_lost(
    delay: list[int], stride: int, loop: int | None
) -> None:
    graph = chain(delay, loop)
    coarse, losses = coarsen_delays(graph, stride)
    for before, after in zip(graph.projections, coarse.projections, strict=True):
        assert not (after.delay % stride).any()
        assert after.weight.sum() == before.weight.sum()
        pairs = np.stack([after.pre, after.post, after.delay])
        assert np.unique(pairs, axis=1).shape == pairs.shape
    assert coarse.projections[0].largest_delay <= graph.projections[0].largest_delay
    if loop is not None:
        assert coarse.projections[1].smallest_delay >= stride
    rounded = sum(loss.count for loss in losses if loss.change == "rounded")
    moved = sum(int((p.delay % stride != 0).sum()) for p in graph.projections)
    assert rounded == moved
    assert max((loss.largest for loss in losses if loss.change == "rounded"), default=0) <= stride
    merged = sum(loss.count for loss in losses if loss.change == "merged")
    assert merged == graph.synapses - coarse.synapses


def test_a_stride_that_all_delays_have_changes_nothing() -> None:
    graph = chain([0, 4, 8], 4)
    assert coarsen_delays(graph, 4) == (graph, dc.Losses()) and coarsen_delays(graph, 1) == (
        graph,
        dc.Losses(),
    )


def test_synapses_that_meet_act_as_their_sum() -> None:
    coarse, losses = coarsen_delays(chain([3, 4, 5]), 4)
    assert coarse.projections[0].delay.tolist() == [4] and coarse.projections[0].weight.tolist() == [6.0]
    assert {(loss.change, loss.count) for loss in losses} == {("rounded", 2), ("merged", 2)}


@pytest.mark.parametrize("stride", [0, -1, 1.5])
def test_a_stride_that_is_none_is_refused(stride: int) -> None:
    with pytest.raises(dc.SettingsError, match="stride"):
        coarsen_delays(chain([1]), stride)
