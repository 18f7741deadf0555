"""Time and energy follow from counts, and counts from what happened."""

from __future__ import annotations

import numpy as np
import pytest
from delaycore_loihi import LoihiBackend
from delaycore_loihi.cost import EventCounts, compute_cost
from delaycore_loihi.mapping import locate_tile
from delaycore_loihi.spec import SPEC
from delaycore_loihi.tables import COSTS

import delaycore as dc
from delaycore import reference
from delaycore.conformance import live_network

LOIHI = LoihiBackend()


def counts(**given: np.ndarray) -> EventCounts:
    """One sample, one step, one core, nothing but what is given."""
    nothing = {
        name: np.zeros((1, 1, 1), dtype=np.int64) for name in ("synapses", "active", "inactive", "messages")
    }
    nothing |= {name: np.zeros((1, 1, 2), dtype=np.int64) for name in ("hops", "far")}
    return EventCounts(**(nothing | given), inputs=np.zeros(1, dtype=np.int64), tiles=1)


@pytest.mark.parametrize(
    ("event", "joules", "seconds"),
    [
        ("synapses", 23.6e-12, 3.5e-9),
        ("active", 81e-12, 8.4e-9),
        ("inactive", 52e-12, 5.3e-9),
        ("messages", 1.7e-12, 2.1e-9),
    ],
)
def test_an_event_costs_what_the_table_of_davies_2018_says(event: str, joules: float, seconds: float) -> None:
    cost = compute_cost(counts(**{event: np.full((1, 1, 1), 7)}), {})
    assert cost.energy.total == pytest.approx(7 * joules)
    assert cost.latency.total == pytest.approx(7 * seconds + 113e-9)
    assert cost.model == "davies2018"


def test_hops_cost_by_direction_and_the_longest_flight_takes_time() -> None:
    cost = compute_cost(counts(hops=np.array([[[10, 20]]]), far=np.array([[[2, 3]]])), {})
    assert cost.energy.total == pytest.approx(10 * 3.0e-12 + 20 * 4.0e-12)
    assert cost.latency.parts["longest flight"] == pytest.approx(2 * 4.1e-9 + 3 * 6.5e-9)


def test_the_slowest_core_sets_the_time_of_a_step() -> None:
    synapses = np.array([[[100, 5], [1, 200]]])
    zeros = np.zeros_like(synapses)
    flat = np.zeros((1, 2, 2), dtype=np.int64)
    cost = compute_cost(EventCounts(synapses, zeros, zeros, zeros, flat, flat, np.zeros(1, np.int64), 1), {})
    assert cost.latency.parts["slowest core"] == pytest.approx((100 + 200) * 3.5e-9)
    assert cost.energy.total == pytest.approx(306 * 23.6e-12)


def test_the_barrier_takes_what_was_published_at_both_ends() -> None:
    for tiles, seconds in ((1, 113e-9), (32, 465e-9)):
        one = counts()
        cost = compute_cost(
            EventCounts(
                one.synapses, one.active, one.inactive, one.messages, one.hops, one.far, one.inputs, tiles
            ),
            {},
        )
        assert cost.latency.total == pytest.approx(seconds)


def test_a_hand_made_network() -> None:
    """Two inputs onto one neuron that fires once, onto a read-out: every count is known."""
    graph = dc.Graph(
        1e-3,
        {"in": dc.Input(2), "h": dc.LIF(1, retain=0.5, threshold=1.0), "out": dc.Integrator(3, retain=0.5)},
        [
            dc.Projection(
                "in", "h", pre=[0, 1, 1], post=[0, 0, 0], weight=[0.75, 0.75, 0.75], delay=[1, 1, 3]
            ),
            dc.Projection(
                "h", "out", pre=[0, 0, 0], post=[0, 1, 2], weight=[1.0, 0.5, 0.25], delay=[1, 2, 1]
            ),
        ],
    )
    spikes = np.zeros((1, 6, 2), dtype=bool)
    spikes[0, 0] = True  # 1.5 in step 1: it fires; 0.75 in step 3: it does not
    result = LOIHI.simulate(LOIHI.map(graph), spikes)
    assert np.flatnonzero(result.spikes["h"][0]).tolist() == [1]
    n = {name: int(count[0]) for name, count in result.cost.counts.items()}
    assert n["input spikes"] == 2
    assert n["synaptic operations"] == 3 + 3
    assert n["messages"] == 1
    # h in steps 1, 3, 4, 5; out 0 and 2 from step 2 on, out 1 from step 3 on: 4 + 4 + 4 + 3 of 6 x 4 updates
    assert (n["active neuron updates"], n["inactive neuron updates"]) == (15, 9)
    assert result.cost.energy.total[0] == pytest.approx(6 * 23.6e-12 + 15 * 81e-12 + 9 * 52e-12 + 1.7e-12)
    parts = result.cost.memory
    # 8 + 3 + 6 bits a synapse and a header of 10 bits: lists of 1, 2 and 3 synapses take a word each
    assert parts["synapses"] == 3 * 64
    assert parts["delay accumulators"] == 4 * 2**3 * 22
    assert result.cost.delay_memory == ("delay accumulators",)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("cores", [None, 6])
def test_counts_are_those_of_an_event_by_event_walk(seed: int, cores: int | None) -> None:
    live = live_network(seed, loops=False)
    neurons = sum(p.size for p in live.graph.populations.values() if not isinstance(p, dc.Input))
    program = LOIHI.map(live.graph, **({} if cores is None else {"cores": min(cores, neurons)}))
    result = LOIHI.simulate(program, live.spikes)
    where = {(s.population, i): s.core for s in program.placement.slices for i in range(s.start, s.stop)}
    # The chip goes on until its last population has had all its steps, and what the others do meanwhile
    # costs, too.
    samples, steps, inputs = live.spikes.shape
    last = steps + program.placement.latest
    more = np.zeros((samples, program.placement.latest, inputs), dtype=bool)
    activity = reference.simulate(program.graph, np.concatenate([live.spikes, more], axis=1))
    synapses, messages, hops = np.zeros(samples), np.zeros(samples), np.zeros(samples)
    for p in program.graph.projections:
        for n, _, i in np.argwhere(
            activity.spikes[p.source][:, : last - program.placement.offsets[p.source]]
        ):
            reached = [where[p.target, int(j)] for j in p.post[p.pre == i]]
            synapses[n] += len(reached)
            home = where[p.source, int(i)]
            if home is not None:
                messages[n] += len(set(reached))
                hops[n] += sum(
                    np.abs(np.subtract(locate_tile(home), locate_tile(core))).sum()
                    for core in set(reached)
                    if core is not None
                )
    assert np.array_equal(result.cost.counts["synaptic operations"], synapses)
    assert np.array_equal(result.cost.counts["messages"], messages)
    assert np.array_equal(result.cost.counts["hops"], hops)


def test_more_cores_than_a_tile_has_cost_hops() -> None:
    live = live_network(5, loops=False)
    few, many = (
        LOIHI.simulate(LOIHI.map(live.graph, cores=cores), live.spikes).cost.counts["hops"]
        for cores in (4, 6)
    )
    assert not few.any()
    assert many.any()


def test_samples_are_priced_one_by_one_however_they_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    live = live_network(2, samples=7)
    program = LOIHI.map(live.graph)
    whole = LOIHI.simulate(program, live.spikes)
    monkeypatch.setattr("delaycore_loihi.machine._run._BLOCK_BYTES", 1)
    cut = LOIHI.simulate(program, live.spikes)
    assert cut.activity.same_as(whole.activity)
    assert np.array_equal(cut.cost.energy.total, whole.cost.energy.total)
    assert np.array_equal(cut.cost.latency.total, whole.cost.latency.total)
    alone = LOIHI.simulate(program, live.spikes[3:4])
    assert alone.cost.energy.total[0] == whole.cost.energy.total[3]


def test_every_constant_has_a_source_and_what_is_left_out_is_said() -> None:
    assert all(c.source for c in (*SPEC.limits.values(), *SPEC.costs.values()))
    assert {
        f"davies2018.energy.{e}"
        for e in ("synapse", "active", "inactive", "message", "east_west", "north_south")
    } <= COSTS.keys()
    live = live_network(2)
    cost = LOIHI.simulate(LOIHI.map(live.graph), live.spikes).cost
    assert cost.not_modelled == SPEC.not_modelled
    assert any("142 us" in line for line in cost.not_modelled)
