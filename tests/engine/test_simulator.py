"""The compiled simulator is the reference, spike for spike, potential for potential and count for count, on
networks that live.
"""

from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
import pytest

import delaycore as dc
from delaycore import DataError, engine, reference
from delaycore.conformance import LiveNetwork, list_arithmetics, live_network, round_network
from delaycore.engine import _sizes as sizes
from delaycore.engine import _updates as updates
from delaycore.graph import Format, Projection
from delaycore.reference import _neurons as neurons

KINDS = ("lif", "current_lif", "adaptive_lif")
RESETS = ("zero", "subtract")
CASES = list(product(KINDS, RESETS, list_arithmetics()))


def network(seed, kinds=KINDS, resets=RESETS, arithmetic="float64 total", **options):
    return round_network(
        live_network(seed, kinds=kinds, resets=resets, samples=2, steps=30, **options),
        list_arithmetics()[arithmetic],
    )


def same(graph, spikes):
    return engine.simulate(graph, spikes, states=True).same_as(reference.simulate(graph, spikes, states=True))


@pytest.mark.parametrize(("kind", "reset", "arithmetic"), CASES)
def test_engine_equals_reference(kind, reset, arithmetic):
    for seed in range(5):
        live = network(seed, (kind,), (reset,), arithmetic)
        assert same(live.graph, live.spikes), seed


@pytest.mark.thorough
@pytest.mark.parametrize(("kind", "reset", "arithmetic"), CASES)
def test_engine_equals_reference_on_many_networks(kind, reset, arithmetic):
    for seed in range(1000, 1100):
        live = network(seed, (kind,), (reset,), arithmetic)
        assert same(live.graph, live.spikes), seed


@pytest.mark.parametrize("arithmetic", list_arithmetics())
def test_at_least_four_of_five_of_these_networks_live(arithmetic):
    alive = [
        network(seed, (kind,), (reset,), arithmetic).live
        for kind, reset, seed in product(KINDS, RESETS, range(5))
    ]
    assert sum(alive) >= 0.8 * len(alive)


@pytest.mark.parametrize(
    "arithmetic", [name for name in list_arithmetics() if name.startswith(("wrap", "clip"))]
)
def test_these_networks_leave_the_range_of_their_numbers(arithmetic):
    """Otherwise they could not tell wrapping from clipping."""
    over = 0
    for seed in range(10):
        live = network(seed, arithmetic=arithmetic)
        over += any(n.any() for n in engine.simulate(live.graph, live.spikes).overflow.values())
    assert over >= 4


# Mutants: each must be told from the true network by the comparison above.


def _later(live: LiveNetwork) -> LiveNetwork:
    first, *rest = live.graph.projections
    late = Projection(
        first.source, first.target, first.pre, first.post, first.weight, first.delay + 1, first.name
    )
    return replace(live, graph=live.graph.with_(projections=[late, *rest]))


def _one_event_lost(live: LiveNetwork) -> LiveNetwork:
    spikes = live.spikes.copy()
    spikes[tuple(np.argwhere(spikes)[0])] = False
    return replace(live, spikes=spikes)


def _strict(live: LiveNetwork) -> LiveNetwork:
    strict = replace(live.graph.arithmetic, fires=">=" if live.graph.arithmetic.fires == ">" else ">")
    return replace(live, graph=live.graph.with_(arithmetic=strict))


def _other_overflow(live: LiveNetwork) -> LiveNetwork:
    def turned(number):
        return replace(number, overflow={"wrap": "clip", "clip": "wrap"}[number.overflow])

    a = live.graph.arithmetic
    formats = {name: turned(getattr(a, name)) for name in ("total", "current", "potential")}
    return replace(live, graph=live.graph.with_(arithmetic=replace(a, **formats)))


@pytest.mark.parametrize(
    ("mutate", "arithmetic", "caught"),
    [
        (_later, "float64 total", 10),
        (_one_event_lost, "float64 total", 10),
        (_strict, "clip total, >= after each", 5),
        (_strict, "wrap state, > after last", 5),
        (_other_overflow, "wrap total, >= after each", 4),
        (_other_overflow, "clip state, > after last", 4),
    ],
)
def test_a_mutant_of_the_network_is_caught(mutate, arithmetic, caught):
    """``caught`` of ten networks at least; where no number leaves its range, for one, wrapping is
    clipping.
    """
    told = 0
    for seed in range(10):
        live = network(seed, arithmetic=arithmetic)
        mutant = mutate(live)
        told += not engine.simulate(mutant.graph, mutant.spikes, states=True).same_as(
            reference.simulate(live.graph, live.spikes, states=True)
        )
    assert told >= caught


def test_a_neuron_that_stands_at_its_threshold_tells_the_two_comparisons_apart():
    graph = dc.Graph(
        1e-3,
        {"in": dc.Input(1), "h": dc.LIF(1, retain=1.0, threshold=2.0)},
        [Projection("in", "h", [0], [0], [1.0], [0])],
        arithmetic=dc.Arithmetic(fires=">"),
    )
    spikes = np.ones((1, 9, 1), dtype=bool)
    fired = [
        engine.simulate(g, spikes).spikes["h"].sum() for g in (graph, graph.with_(arithmetic=dc.Arithmetic()))
    ]
    assert fired == [3, 4]
    assert same(graph, spikes)


def test_state_kept_between_samples_is_caught(monkeypatch):
    networks = [network(seed) for seed in range(10)]
    truth = [reference.simulate(live.graph, live.spikes, states=True) for live in networks]
    kept: dict[int, tuple[Any, ...]] = {}

    class Remembering(updates.Compiled):
        def __init__(self, population, arithmetic, record):
            super().__init__(population, arithmetic, record)
            state = (self.potential, self.second, self.blocked)
            for array, before in zip(state, kept.get(id(population), state), strict=True):
                array[...] = before
            kept[id(population)] = state

    monkeypatch.setattr(sizes, "_CHUNK_SAMPLES", 1)
    monkeypatch.setattr(updates, "Compiled", Remembering)
    mutants = [engine.simulate(live.graph, live.spikes, states=True, threads=1) for live in networks]
    assert not any(mutant.same_as(true) for mutant, true in zip(mutants, truth, strict=True))


def test_samples_that_leak_into_their_neighbours_are_caught():
    live = network(3)
    one = engine.simulate(live.graph, live.spikes[1:], states=True)
    both = engine.simulate(live.graph, live.spikes, states=True)
    assert all(np.array_equal(one.spikes[k], both.spikes[k][1:]) for k in one.spikes)
    assert all(np.array_equal(one.potentials[k], both.potentials[k][1:]) for k in one.potentials)


# What must not matter.


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("chunk", [1, 3, 32])
def test_threads_and_chunks_do_not_change_the_result(monkeypatch, threads, chunk):
    live = live_network(11, kinds=KINDS, samples=13, steps=25)
    before = engine.simulate(live.graph, live.spikes, states=True, threads=1)
    monkeypatch.setattr(sizes, "_CHUNK_SAMPLES", chunk)
    assert engine.simulate(live.graph, live.spikes, states=True, threads=threads).same_as(before)


@pytest.mark.parametrize("threads", [0, -2, "two", 1.5])
def test_no_threads_are_refused(threads):
    live = live_network(0)
    with pytest.raises(DataError, match="threads: must be at least 1"):
        engine.simulate(live.graph, live.spikes, threads=threads)


def test_neither_the_graph_nor_the_spikes_are_changed():
    live = live_network(5)
    before = live.spikes.copy()
    engine.simulate(live.graph, live.spikes, states=True)
    assert np.array_equal(live.spikes, before)
    assert live.graph == live_network(5).graph


@pytest.mark.parametrize("arithmetic", ["float64 total", "bfloat16 state", "wrap total, > after last"])
@pytest.mark.parametrize("start", [1, 7])
def test_populations_that_start_late_are_simulated_alike(arithmetic, start):
    for seed in range(5):
        live = network(seed, arithmetic=arithmetic)
        populations = {
            n: p if isinstance(p, dc.Input) else replace(p, start=start)
            for n, p in live.graph.populations.items()
        }
        assert same(live.graph.with_(populations=populations), live.spikes)


# What plugins bring goes through the reference's equations, for all samples at once.


class Stochasticless(dc.Arithmetic):
    """Halves instead of retaining, saturates the sum at 3 and fires below its threshold: nothing that
    `Arithmetic` could say.
    """

    family = "engine_test_arithmetic"

    def decay_state(self, retain, state):
        return np.asarray(state) / 2

    def combine(self, kept, arrived, bias):
        return np.minimum(kept + arrived + bias, 3.0)

    def count_overflow(self, kept, arrived, bias):
        return (kept + arrived + bias > 3.0).astype(np.int64)

    def crosses(self, potential, threshold):
        return np.abs(potential) >= threshold


def test_an_arithmetic_of_one_s_own_runs_as_in_the_reference():
    told = 0
    for seed in range(10):
        live = live_network(seed, kinds=KINDS, resets=RESETS, samples=2, steps=30)
        graph = live.graph.with_(arithmetic=Stochasticless())
        ours = engine.simulate(graph, live.spikes, states=True)
        assert ours.same_as(reference.simulate(graph, live.spikes, states=True))
        told += not ours.same_as(engine.simulate(live.graph, live.spikes, states=True))
    assert told == 10


@dataclass(frozen=True, eq=False)
class Resonator(dc.Population):
    """Two coupled states: nothing that a kernel knows."""

    threshold: float = 1.0
    kind = "engine_test_resonator"


@neurons.decay.register
def _(population: Resonator, state, arithmetic):
    return arithmetic.decay_state(0.9, state["potential"]) - 0.3 * state["current"]


@neurons.step.register
def _(population: Resonator, state, kept, arrived, arithmetic):
    potential = arithmetic.potential.round(kept + arrived)
    fired = arithmetic.crosses(potential, np.full(potential.shape, population.threshold))
    current = 0.9 * state["current"] + 0.3 * potential
    return neurons.StepResult(
        state | {"potential": potential, "current": current},
        potential,
        fired,
        np.zeros(potential.shape, dtype=np.int64),
    )


@pytest.mark.parametrize("arithmetic", [dc.Arithmetic(), dc.Arithmetic.bfloat16()], ids=lambda a: a.name)
def test_a_kind_of_one_s_own_runs_as_in_the_reference(arithmetic):
    rng = np.random.default_rng(2)
    populations = {
        "in": dc.Input(4),
        "r": Resonator(5, threshold=0.8),
        "out": dc.LIF(3, retain=0.9, threshold=1.0),
    }

    def synapses(a, b, n, smallest):
        sizes = populations[a].size, populations[b].size
        weight = arithmetic.weight.round(rng.normal(0.3, 0.5, n))
        return Projection(
            a,
            b,
            rng.integers(0, sizes[0], n),
            rng.integers(0, sizes[1], n),
            weight,
            rng.integers(smallest, 8, n),
        )

    graph = dc.Graph(
        1e-3,
        populations,
        [synapses("in", "r", 30, 0), synapses("r", "r", 10, 1), synapses("r", "out", 20, 0)],
        arithmetic=arithmetic,
    )
    spikes = rng.random((40, 50, 4)) < 0.2
    activity = engine.simulate(graph, spikes, states=True)
    assert 0.02 < activity.rates()["r"] < 0.4
    assert activity.same_as(reference.simulate(graph, spikes, states=True))


@dataclass(frozen=True, eq=False)
class Echo(dc.Population):
    """Keeps the arrays that it is handed, as they are, and fires where the input before was positive."""

    kind = "engine_test_echo"


@neurons.decay.register
def _(population: Echo, state, arithmetic):
    return state["potential"]


@neurons.step.register
def _(population: Echo, state, kept, arrived, arithmetic):
    after = {"potential": arrived, "current": state["potential"], "trace": kept}
    potential = state["current"] + state["trace"]
    overflow = np.zeros(potential.shape, dtype=np.int64)
    return neurons.StepResult(state | after, potential, potential > 0, overflow)


@pytest.mark.parametrize("arrivals", ["total", "state", "signs"])
def test_a_kind_may_keep_the_arrays_that_it_is_handed(arrivals):
    rng = np.random.default_rng(5)
    graph = dc.Graph(
        1e-3,
        {"in": dc.Input(4), "echo": Echo(3)},
        [Projection("in", "echo", rng.integers(0, 4, 9), rng.integers(0, 3, 9), rng.normal(size=9), [0] * 9)],
        arithmetic=dc.Arithmetic(arrivals=arrivals),
    )
    spikes = rng.random((5, 30, 4)) < 0.3
    assert same(graph, spikes)
    assert 0 < engine.simulate(graph, spikes).rates()["echo"] < 1


@pytest.mark.parametrize("shape", [(0, 5), (2, 0)])
def test_no_samples_or_no_steps_are_no_activity(shape):
    graph = live_network(0).graph
    assert same(graph, np.zeros((*shape, graph.populations["in"].size), dtype=bool))


def test_a_delay_beyond_any_sample_costs_no_memory():
    graph = dc.Graph(
        1e-3,
        {"in": dc.Input(3), "out": dc.Integrator(1, retain=0.5)},
        [Projection("in", "out", [0, 1], [0, 0], [1, 1], [2, 2**31 - 1])],
    )
    spikes = np.ones((2, 5, 3), dtype=bool)
    assert same(graph, spikes)
    assert engine.simulate(graph, spikes).late["in->out"].tolist() == [7, 7]


def test_sums_of_multiples_of_a_step_that_is_no_power_of_two_are_rounded():
    """Eight times 0.1 is 0.8 only where each sum is rounded; in float64 it stays below."""
    tenths = Format(family="fixed", step=0.1, minimum=0.0, maximum=1.0)
    graph = dc.Graph(
        1e-3,
        {"in": dc.Input(8), "h": dc.LIF(1, retain=0.0, threshold=0.8)},
        [Projection("in", "h", range(8), [0] * 8, [0.1] * 8, [0] * 8)],
        arithmetic=dc.Arithmetic(weight=tenths, total=tenths),
    )
    spikes = np.ones((1, 2, 8), dtype=bool)
    assert same(graph, spikes)
    assert engine.simulate(graph, spikes).spikes["h"].all()
    assert not engine.simulate(graph.with_(arithmetic=dc.Arithmetic()), spikes).spikes["h"].any()
