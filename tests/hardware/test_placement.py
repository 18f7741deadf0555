"""Placement: a graph cut into slices and moved in time does what it did before."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import delaycore as dc
from delaycore import GraphError, engine
from delaycore.activity import check_input_spikes
from delaycore.conformance import list_arithmetics, live_network, round_network
from delaycore.hardware import Placement, Slice, Workload, execute_placed, replay, retime

KINDS = ("lif", "current_lif", "adaptive_lif")


def cut(graph, rng, offsets=None):
    slices = []
    for name, p in graph.populations.items():
        ends = sorted({0, p.size, *rng.integers(0, p.size + 1, 2).tolist()})
        core = None if isinstance(p, dc.Input) else int(rng.integers(0, 4))
        slices += [Slice(name, a, b, core) for a, b in pairwise(ends)]
    return Placement(tuple(slices), offsets or {})


def round_trip(graph, placement, spikes):
    given_spikes = check_input_spikes(graph, spikes)
    placed = placement.placed(graph)
    activity = engine.simulate(placed, placement.chip_input(graph, given_spikes), states=True)
    return placement.back(graph, activity, spikes.shape[1])


def some_offsets(graph, rng):
    """Offsets that leave every delay at least 0, and a zero delay only where no loop closes."""
    offsets = retime(graph, hop_delay=int(rng.integers(0, 2)), max_delay=None).offsets or dict.fromkeys(
        graph.populations, 0
    )
    extra = int(rng.integers(0, 4))
    return {name: p + extra for name, p in offsets.items()}


@given(st.integers(0, 10_000), st.sampled_from(sorted(list_arithmetics())))
def test_any_slicing_and_any_offsets_leave_spikes_potentials_and_counts_as_they_were(seed, arithmetic):
    rng = np.random.default_rng(seed)
    live = round_network(
        live_network(seed, kinds=KINDS, resets=("zero", "subtract"), samples=2, steps=25),
        list_arithmetics()[arithmetic],
    )
    placement = cut(live.graph, rng, some_offsets(live.graph, rng))
    truth = engine.simulate(live.graph, live.spikes, states=True)
    assert round_trip(live.graph, placement, live.spikes).same_as(truth)


def test_the_networks_of_this_property_are_biased_and_are_moved():
    biased = moved = 0
    for seed in range(20):
        graph = live_network(seed, kinds=KINDS).graph
        biased += any(np.any(getattr(p, "bias", 0) != 0) for p in graph.populations.values())
        offsets = some_offsets(graph, np.random.default_rng(seed))
        moved += any(offsets[p.source] != offsets[p.target] for p in graph.projections)
    assert biased >= 5
    assert moved >= 5


@pytest.mark.parametrize("mutant", ["delay", "start", "order"])
def test_a_placed_graph_that_is_wrong_is_caught(monkeypatch, mutant):
    """A delay one too long, a biased population that starts too soon, populations in another order."""
    true = Placement.placed

    def wrong(self, graph):
        placed = true(self, graph)
        match mutant:
            case "delay":
                p = placed.projections[0]
                first = dc.Projection(p.source, p.target, p.pre, p.post, p.weight, p.delay + 1, p.name)
                return placed.with_(projections=[first, *placed.projections[1:]])
            case "start":
                return placed.with_(
                    populations={n: replace(p, start=0) for n, p in placed.populations.items()}
                )
        return placed.with_(populations=dict(reversed(list(placed.populations.items()))))

    monkeypatch.setattr(Placement, "placed", wrong)
    caught = 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        live = round_network(live_network(seed, kinds=KINDS, samples=2, steps=25), dc.Arithmetic.bfloat16())
        placement = cut(live.graph, rng, dict.fromkeys(live.graph.populations, 3))
        caught += not round_trip(live.graph, placement, live.spikes).same_as(
            engine.simulate(live.graph, live.spikes, states=True)
        )
    assert caught >= {"delay": 30, "start": 8, "order": 8}[mutant]


def test_a_placement_tells_where_things_are():
    placement = Placement(
        (Slice("in", 0, 4, None), Slice("h", 0, 2, 1), Slice("h", 2, 5, 0)), {"h": 3}, hop_delay=1
    )
    assert placement.cores == (0, 1)
    assert placement.latest == 3
    assert [s.name for s in placement.of("h")] == ["h[0:2]", "h[2:5]"]
    assert [s.name for s in placement.on(0)] == ["h[2:5]"]
    assert Slice("h", 2, 5, 0).size == 3


@pytest.mark.parametrize(
    ("slices", "offsets", "says"),
    [
        ([("in", 0, 2), ("h", 0, 2)], {}, "slices of 'h': end at neuron 2 of 3"),
        ([("in", 0, 2), ("h", 1, 3)], {}, r"h\[1:3\] does not follow neuron 0"),
        ([("in", 0, 2), ("h", 0, 2), ("h", 1, 3)], {}, r"h\[1:3\] does not follow neuron 2"),
        ([("in", 0, 2), ("h", 2, 3), ("h", 0, 2)], {}, r"h\[2:3\] does not follow neuron 0"),
        ([("in", 0, 2)], {}, "slices of 'h': end at neuron 0 of 3"),
        ([("in", 0, 2), ("h", 0, 3), ("g", 0, 1)], {}, "population 'g': is placed, but the graph has none"),
        ([("in", 0, 2), ("h", 0, 3)], {"h": -1}, r"offsets\['h'\]: must not be negative"),
        ([("in", 0, 2), ("h", 0, 3)], {"in": 1}, "2 of 2 delays are negative"),
    ],
)
def test_a_placement_that_loses_neurons_or_time_is_refused(slices, offsets, says):
    graph = dc.Graph(
        1e-3,
        {"in": dc.Input(2), "h": dc.LIF(3, retain=0.9, threshold=1.0)},
        [dc.Projection("in", "h", [0, 1], [0, 1], [1, 1], [0, 0])],
    )
    with pytest.raises(GraphError, match=says):
        cut = tuple(Slice(name, start, stop, core=0) for name, start, stop in slices)
        Placement(cut, offsets).placed(graph)


@given(st.integers(0, 10_000), st.integers(1, 12), st.integers(1, 60))
def test_filled_cores_hold_neurons_in_order_up_to_both_limits_and_no_core_could_take_one_more(
    seed, neurons, synapses
):
    graph = live_network(seed, kinds=KINDS).graph
    placement = Placement.filled(graph, neurons, synapses)
    placed = placement.placed(graph)  # refuses neurons without a place, or with two
    onto = placement.synapses(graph)
    fan_in = [
        (core, int(sum((p.post == i).sum() for p in placed.into(s.name))))
        for core in placement.cores
        for s in placement.on(core)
        for i in range(s.size)
    ]
    assert placement.cores == tuple(range(len(placement.cores)))
    for core in placement.cores:
        held = placement.neurons[core]
        assert held <= neurons and (onto[core] <= synapses or held == 1)
        following = [n for c, n in fan_in if c == core + 1]
        if following:
            assert held == neurons or onto[core] + following[0] > synapses


@given(st.integers(0, 10_000))
def test_spikes_alone_tell_every_count_of_a_run(seed):
    live = live_network(seed, kinds=KINDS, samples=2, steps=25)
    offsets = some_offsets(live.graph, np.random.default_rng(seed))
    filled = Placement.filled(live.graph, 7, 40)
    placement = replace(filled, offsets=offsets)
    given_spikes = check_input_spikes(live.graph, live.spikes)
    run = execute_placed(placement.placed(live.graph), live.graph, placement, given_spikes)
    told = replay(live.graph, placement, Workload(live.graph, run.activity.spikes))
    assert (told.samples, told.steps, told.chip_steps) == (run.samples, run.steps, run.chip_steps)
    for table in ("spikes", "deliveries", "late"):
        ours, theirs = getattr(told.activity, table), getattr(run.activity, table)
        assert ours.keys() == theirs.keys() and all(np.array_equal(ours[k], theirs[k]) for k in theirs)
    if not placement.latest:
        assert np.array_equal(told.count_deliveries(placement), run.count_deliveries(placement))
    assert told.count_deliveries(placement).sum() <= run.count_deliveries(placement).sum()
    assert run.count_deliveries(placement).sum() == sum(d.sum() for d in run.on_chip.deliveries.values())
