"""Sums beyond their range are findings with true counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

import delaycore as dc
from delaycore.hardware import Constant, find_overflow

LIMIT = Constant(value=7, unit="units", source="a paper, table 1")


def test_a_population_whose_sums_overflowed_is_named_with_additions_and_samples():
    graph = dc.Graph.from_arrays([np.ones((1, 2))], delays=[0])
    activity = dc.reference.simulate(graph, np.ones((3, 4, 1), dtype=bool))
    assert not list(find_overflow(activity, LIMIT, "wrapped", "prune"))
    counts = {name: np.zeros((3, 4), dtype=np.int64) for name in activity.overflow}
    target = next(reversed(counts))
    counts[target][1] = [0, 2, 1, 5]  # three steps of one sample
    (found,) = find_overflow(replace(activity, overflow=counts), LIMIT, "wrapped", "prune")
    assert (found.code, found.severity, found.place) == (
        "arithmetic.overflow",
        "warning",
        f"populations[{target!r}]",
    )
    assert found.message == "8 additions in 1 of 3 samples left the range and wrapped"
    assert (found.needed, found.source, found.remedy) == (8, "a paper, table 1", "prune")
