"""Live networks of other frameworks, and the comparison of their spikes with ours."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import delaycore as dc


@pytest.fixture
def same_spikes() -> Callable[..., None]:
    def compare(graph: dc.Graph, spikes: np.ndarray, theirs: dict[str, np.ndarray]) -> None:
        """Engine, and reference on the first sample, give the peer's spikes in every step; and 2 to 45 % of
        the steps have a spike.
        """
        for simulate, samples in ((dc.reference.simulate, 1), (dc.engine.simulate, len(spikes))):
            ours = simulate(graph, spikes[:samples])
            for name, given in theirs.items():
                assert 0.02 < given.mean() < 0.45, f"{name} fires in {given.mean():.1%} of steps"
                assert np.array_equal(ours.spikes[name], given[:samples].astype(bool)), name

    return compare
