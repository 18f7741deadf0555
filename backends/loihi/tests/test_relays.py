"""Relay neurons carry delays beyond the chip's field, exactly."""

from __future__ import annotations

import numpy as np
import pytest
from delaycore_loihi import LoihiBackend
from delaycore_loihi.mapping import insert_relays

import delaycore as dc
from delaycore import reference
from delaycore.conformance import live_network

LOIHI = LoihiBackend()


def late(delay: int) -> dc.Graph:
    """An input onto a neuron at once, and that neuron onto two read-outs, one after a step and one after
    ``delay`` steps.
    """
    projections = [
        dc.Projection("in", "h", pre=[0], post=[0], weight=[1.0], delay=[1]),
        dc.Projection("h", "out", pre=[0, 0], post=[0, 1], weight=[1.0, 1.0], delay=[1, delay]),
    ]
    populations = {
        "in": dc.Input(1),
        "h": dc.LIF(1, retain=0.5, threshold=0.5),
        "out": dc.Integrator(2, retain=0.5),
    }
    return dc.Graph(1e-3, populations, projections, dc.Readout("out"))


@pytest.mark.parametrize(("delay", "relays"), [(63, 0), (64, 1), (126, 1), (127, 2), (300, 4)])
def test_as_many_relays_as_are_needed(delay: int, relays: int) -> None:
    assert LOIHI.check(late(delay)).ok == (relays == 0)
    assert LOIHI.check(late(delay), relays=True).ok
    program = LOIHI.map(late(delay), relays=True)
    assert len(program.graph.populations) == 3 + relays
    assert sum(loss.count for loss in program.losses if loss.change == "added") == relays
    spikes = np.zeros((1, delay + 8, 1), dtype=bool)
    spikes[0, 2] = True
    potential = LOIHI.simulate(program, spikes).states["out"][0, :, 1]
    assert np.flatnonzero(potential)[0] == 2 + 1 + delay


@pytest.mark.parametrize("largest", [70, 200])
@pytest.mark.parametrize("seed", range(5))
def test_every_other_spike_and_the_read_out_stay_as_they_were(seed: int, largest: int) -> None:
    live = live_network(seed, largest_delay=largest, refractory=4, samples=2, steps=40 + largest)
    projections = [
        dc.Projection(p.source, p.target, p.pre, p.post, p.weight, np.maximum(p.delay, 1), p.name)
        for p in live.graph.projections
    ]
    graph = live.graph.with_(projections=projections)
    exact, _ = LOIHI.quantize(graph)
    truth = reference.simulate(exact, live.spikes)
    assert any(truth.spikes[name].any() for name in truth.spikes if name != "in")
    fits = LOIHI.check(graph).ok  # where one offset takes off enough of all delays, no relay is needed
    for cores in ({}, {"cores": 5}):
        program = LOIHI.map(graph, relays=True, **cores)
        assert fits == (len(program.graph.populations) == len(graph.populations))
        result = LOIHI.simulate(program, live.spikes)
        assert all(np.array_equal(result.spikes[name], truth.spikes[name]) for name in truth.spikes)
        assert np.array_equal(result.states["out"], truth.potentials["out"])
        assert np.array_equal(result.predictions, truth.predictions)


def test_relays_are_shared_by_all_synapses_of_a_neuron_and_stand_only_where_they_are_needed() -> None:
    projection = dc.Projection(
        "in", "out", pre=[0, 0, 1, 2], post=[0, 1, 0, 0], weight=[1.0] * 4, delay=[100, 90, 150, 1]
    )
    graph = dc.Graph(1e-3, {"in": dc.Input(3), "out": dc.Integrator(2, retain=0.5)}, [projection])
    program = LOIHI.map(graph, relays=True)
    assert {name: p.size for name, p in program.graph.populations.items()} == {
        "in": 3,
        "out": 2,
        "in +63": 2,
        "in +126": 1,
    }


def test_a_graph_whose_delays_fit_stays_as_it_is() -> None:
    exact, losses = LOIHI.quantize(live_network(3, largest_delay=20, loops=False, samples=1).graph)
    again, added = insert_relays(exact)
    assert again is exact
    assert not added
    assert LOIHI.quantize(exact, relays=True)[0] == exact
    assert losses


def test_relays_cost_what_they_do() -> None:
    """A priced spike passes the relay as a simulated one does."""
    graph = late(100)
    spikes = np.zeros((1, 160, 1), dtype=bool)
    spikes[0, 5] = True
    run = LOIHI.simulate(LOIHI.map(graph, relays=True), spikes)
    recorded = {name: run.spikes[name] for name in ("in", "h")}
    priced = LOIHI.price(dc.Workload(graph, recorded), relays=True)
    assert (
        run.cost.counts["synaptic operations"][0] == priced.cost.counts["synaptic operations"][0] == 4
    )  # onto h, out, the relay, out
    assert run.cost.counts["messages"][0] == priced.cost.counts["messages"][0] == 3
    assert priced.cost.memory == run.cost.memory
