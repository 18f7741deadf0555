"""Prices without a run: the answers that can be worked out by hand, and those of a run with the same
spikes.
"""

from __future__ import annotations

import numpy as np
import pytest
from delaycore_loihi import LoihiBackend
from delaycore_loihi.cost import EventCounts, compute_cost

import delaycore as dc
from delaycore.conformance import live_network
from delaycore.hardware import Slice

LOIHI = LoihiBackend()
BY_HAND = {"costs": "nahuku", "active": 0.0}
"""Only the neuron that fires is not at rest."""


def one_to(targets: int, core: int) -> dc.Workload:
    """A neuron that fires once in one step, onto others on another core; no input, no delays."""
    everyone = np.arange(targets)
    projection = dc.Projection(
        "a", "b", pre=np.zeros(targets, int), post=everyone, weight=np.ones(targets), delay=np.ones(targets)
    )
    graph = dc.Graph(
        1e-3,
        {"a": dc.LIF(1, retain=0.5, threshold=1.0), "b": dc.Integrator(targets, retain=0.5)},
        [projection],
    )
    return dc.Workload(
        graph, {"a": np.ones((1, 1, 1), dtype=bool)}, (Slice("a", 0, 1, 0), Slice("b", 0, targets, core))
    )


@pytest.mark.parametrize(
    ("targets", "core", "nanoseconds", "picojoules"),
    [(1, 1, 644.8, 339.8), (1, 20, 1044.8, 347.0), (100, 1, 1200.0, 8923.1)],
    ids=["1 -> 1 in a tile", "tile 0 -> 5", "1 -> 100 in a tile"],
)
def test_steps_that_can_be_priced_by_hand(
    targets: int, core: int, nanoseconds: float, picojoules: float
) -> None:
    priced = dc.price(one_to(targets, core), target="loihi", **BY_HAND)
    assert priced.feasible
    assert priced.placement.cores == (0, core)
    assert priced.cost.latency.total[0] * 1e9 == pytest.approx(nanoseconds)
    assert priced.cost.energy.total[0] * 1e12 == pytest.approx(picojoules)


def test_the_host_makes_every_step_take_142_us_and_the_pipeline_stands_apart() -> None:
    live = live_network(5, loops=False)
    program = LOIHI.map(live.graph, timing="host", cores=3)
    assert program.placement.latest > 0
    latency = LOIHI.simulate(program, live.spikes).cost.latency
    assert latency.parts["steps with the host"] == pytest.approx(live.spikes.shape[1] * 142e-6)
    assert latency.parts["pipeline steps"] == pytest.approx(program.placement.latest * 142e-6)


def test_a_step_that_outlasts_the_host_takes_its_own_time() -> None:
    busy = np.full((1, 1, 1), 10**6)
    nothing = np.zeros_like(busy)
    flat = np.zeros((1, 1, 2), dtype=np.int64)
    cost = compute_cost(
        EventCounts(busy, nothing, nothing, nothing, flat, flat, np.zeros(1, np.int64), 1),
        {},
        "davies2018",
        "host",
    )
    assert cost.latency.total[0] == pytest.approx(10**6 * 3.5e-9 + 113e-9)
    assert not any("142 us" in line for line in cost.not_modelled)


@pytest.mark.parametrize("costs", ["davies2018", "nahuku"])
@pytest.mark.parametrize("seed", range(8))
def test_recorded_spikes_cost_what_their_run_cost(seed: int, costs: str) -> None:
    """Where nothing fires after the sample, which the price takes for granted, and all potentials are at rest
    or all are not.
    """
    live = live_network(seed, loops=False, biased=False)
    spikes = live.spikes.copy()
    spikes = np.concatenate(
        [spikes[:, :15], np.zeros_like(spikes)], axis=1
    )  # so that all dies out before the sample ends
    program = LOIHI.map(live.graph, costs=costs)
    run = LOIHI.simulate(program, spikes)
    recorded = {n: s for n, s in run.spikes.items() if program.graph.populations[n].spikes}
    assert not any(s[:, -3:].any() for s in recorded.values())
    priced = LOIHI.price(dc.Workload(live.graph, recorded), costs=costs)
    for part in ("synaptic operations", "messages", "hops"):
        assert np.array_equal(priced.cost.energy.parts[part], run.cost.energy.parts[part])
    for name in ("synaptic operations", "messages", "hops", "input spikes", "steps"):
        assert np.array_equal(priced.cost.counts[name], run.cost.counts[name])
    assert priced.cost.memory == run.cost.memory
    below = LOIHI.price(dc.Workload(live.graph, recorded), costs=costs, active=0.0).cost.energy.total
    assert (below <= run.cost.energy.total + 1e-18).all()
    assert (run.cost.energy.total <= priced.cost.energy.total + 1e-18).all()


def test_what_check_would_refuse_is_priced_and_marked() -> None:
    rng = np.random.default_rng(0)
    graph = dc.Graph.from_arrays([rng.normal(size=(30, 48, 200))], [2 * np.arange(30)])
    workload = dc.Workload(graph, {"in": np.ones((1, 4, 48), dtype=bool)}, (Slice("out", 0, 200, 0),))
    priced = dc.price(workload, target="loihi")
    assert not priced.feasible
    assert {f.code for f in priced.report.errors} == {"core.compartments", "core.synaptic_words"}
    assert priced.cost.counts["synaptic operations"][0] == 4 * 48 * 30 * 200
    assert LOIHI.check(graph).ok  # on more cores it fits


def test_late_deliveries_can_be_left_out() -> None:
    """One spike in each of 4 steps with delays 1 and 3: the second is due in time for two of them only... the
    first for three.
    """
    projection = dc.Projection("in", "out", pre=[0, 0], post=[0, 0], weight=[1.0, 1.0], delay=[1, 3])
    graph = dc.Graph(1e-3, {"in": dc.Input(1), "out": dc.Integrator(1, retain=0.5)}, [projection])
    workload = dc.Workload(graph, {"in": np.ones((2, 4, 1), dtype=bool)})
    for late, operations in ((True, 8), (False, 3 + 1)):
        assert LOIHI.price(workload, late=late).cost.counts["synaptic operations"].tolist() == [
            operations,
            operations,
        ]


def test_spikes_that_are_missing_or_misshapen_are_refused_all_at_once() -> None:
    graph = live_network(1).graph
    with pytest.raises(dc.DataError) as caught:
        dc.Workload(graph, {"in": np.ones((1, 4, 1), dtype=bool), "out": np.ones((1, 4, 1), dtype=bool)})
    said = str(caught.value)
    assert "spikes['h1']: are missing" in said
    assert "spikes['in']: have shape" in said
    assert "spikes['out']: are of no population that fires" in said
    with pytest.raises(dc.DataError, match="has 2 places"):
        dc.Workload(
            graph,
            {n: np.ones((1, 4, p.size), dtype=bool) for n, p in graph.populations.items() if p.spikes},
            (Slice("h1", 0, 1, 0),) * 2,
        )
