"""Many layers on few cores: as few together as the number of cores allows, found without trying each."""

from __future__ import annotations

import numpy as np
import pytest
from delaycore_seneca import SenecaBackend

import delaycore as dc
from delaycore.hardware import Workload
from tests.hardware.counted_graphs import make_chain

SENECA = SenecaBackend()


@pytest.mark.parametrize(("cores", "together"), [(24, 1), (12, 2), (8, 3), (7, 4), (4, 6)])
def test_as_few_layers_share_a_core_as_must(cores: int, together: int) -> None:
    plan = SENECA.plan(make_chain(24, 0.5), SENECA.options(cores=cores))
    slices = plan.placement.slices
    assert max(len(plan.placement.on(core)) for core in plan.placement.cores) == together
    assert sum(s.core is not None for s in slices) == 24


def test_delays_that_no_event_counts_are_not_priced() -> None:
    names = {"in": dc.Input(1), "h": dc.LIF(1, retain=0.5, threshold=1.0)}
    graph = dc.Graph(1e-3, names, [dc.Projection("in", "h", [0], [0], [1.0], [2**31 - 1])])
    fired = dc.engine.simulate(graph, np.ones((1, 5, 1), dtype=np.bool_)).spikes
    with pytest.raises(dc.DoesNotFit, match=r"delay\.range"):
        SENECA.price(Workload(graph, dict(fired)))
