"""Delays beyond the end of a sample: they never arrive, and take no memory."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest

import delaycore as dc
from delaycore.engine._inbox import build_inbox, number_neurons

LATEST = 2**31 - 1


def make_late(delays: list[int]) -> dc.Graph:
    size = len(delays)
    names = {"in": dc.Input(size), "h": dc.LIF(1, retain=0.5, threshold=1.0)}
    into = dc.Projection("in", "h", range(size), [0] * size, [1.0] * size, delays)
    return dc.Graph(1e-3, names, [into, dc.Projection("h", "h", [0], [0], [1.0], [LATEST], "loop")])


@pytest.mark.parametrize("arrivals", ["total", "signs"])
def test_the_engine_and_the_reference_agree_on_what_is_late(arrivals: Literal["total", "signs"]) -> None:
    graph = make_late([0, 3, 4, 5, 10**6, 2**30, LATEST])
    graph = graph.with_(arithmetic=dc.Arithmetic(arrivals=arrivals))
    spikes = np.random.default_rng(0).random((2, 5, 7)) < 0.5
    fast, golden = dc.engine.simulate(graph, spikes), dc.reference.simulate(graph, spikes)
    assert fast.same_as(golden)
    assert fast.late["in->h"].sum() > 0


def test_what_never_arrives_is_not_laid_out() -> None:
    graph = make_late([0, 3, *range(100, 200), LATEST])
    box = build_inbox(graph, number_neurons(graph), "h", 5)
    assert box.run_delay.tolist() == [3, 0]
    assert len(box.post) == 2
