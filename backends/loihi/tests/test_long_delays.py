"""Delays that are out of all proportion to the chip."""

from __future__ import annotations

import numpy as np
import pytest
from delaycore_loihi import LoihiBackend

import delaycore as dc
from delaycore.hardware import Workload

LOIHI = LoihiBackend()


def make_delayed(*delays: int) -> dc.Graph:
    names = {"in": dc.Input(1), "h": dc.LIF(1, retain=0.5, threshold=1.0)}
    zeros = [0] * len(delays)
    return dc.Graph(1e-3, names, [dc.Projection("in", "h", zeros, zeros, [1.0] * len(delays), delays)])


@pytest.mark.parametrize(
    ("delays", "code"), [((2**31 - 1,), "delay.offset"), ((1, 2**31 - 1), "delay.range")]
)
def test_no_offset_in_time_brings_such_delays_into_range(delays: tuple[int, ...], code: str) -> None:
    graph = make_delayed(*delays)
    report = LOIHI.check(graph)
    assert {f.code for f in report.errors} == {code}
    spikes = np.ones((1, 5, 1), dtype=np.bool_)
    fired = dc.engine.simulate(graph, spikes).spikes
    assert LOIHI.price(Workload(graph, dict(fired))).feasible is False
    with pytest.raises(dc.DoesNotFit, match=code):
        LOIHI.map(graph)


def test_relays_that_would_fill_all_cores_are_counted_and_not_made() -> None:
    found = {f.code: f for f in LOIHI.check(make_delayed(1, 2**31 - 1), relays=True).errors}
    assert set(found) == {"delay.range", "relays.delay", "relays.number"}
    assert found["relays.number"].needed == (2**31 - 2) // 63
    assert found["relays.number"].available == 128 * 1024
    many = dc.Graph(
        1e-3,
        {"in": dc.Input(200), "h": dc.LIF(1, retain=0.5, threshold=1.0)},
        [dc.Projection("in", "h", range(200), [0] * 200, [1.0] * 200, [1, *[99_999] * 199])],
    )
    assert "relays.number" in LOIHI.check(many, relays=True).codes()


def test_cores_that_no_chip_has_are_refused_without_halving_every_neuron() -> None:
    report = LOIHI.check(make_delayed(1), cores=999_999)
    assert [f.needed for f in report.errors if f.code == "chip.cores"] == [999_999]
    with pytest.raises(dc.SettingsError, match="option 'cores'"):
        LOIHI.check(make_delayed(1), cores=10**20)
