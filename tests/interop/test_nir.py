"""NIR graphs to Graphs and back: the same spikes in every step, and every loss said."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import nir
import numpy as np
import pytest

import delaycore as dc
from delaycore.interop import ForeignError, from_nir, to_nir
from delaycore.interop._times import round_delays
from tests.interop.nir_equations import solve_equations

HERE = Path(__file__).parent
STEP = 1e-3
RNG = np.random.default_rng(11)


def linear(targets: int, sources: int, mean: float = 0.1) -> np.ndarray:
    return RNG.normal(mean, 0.45, (targets, sources))


def delayed_network() -> Any:
    """Every kind of neuron, delays before and after the weights, a recurrent way, a bias, a scale and a
    skip.
    """
    n = 20
    full = np.ones(n)
    nodes = {
        "in": nir.Input(input_type={"input": np.array([12])}),
        "early": nir.Delay(delay=STEP * RNG.integers(0, 6, 12)),
        "w1": nir.Affine(weight=linear(n, 12), bias=RNG.normal(0, 0.05, n)),
        "lif": nir.LIF(
            tau=STEP * RNG.uniform(2, 8, n),
            r=RNG.uniform(2, 4, n),
            v_leak=0.1 * full,
            v_threshold=0.9 * full,
            v_reset=0 * full,
        ),
        "loop": nir.Delay(delay=STEP * RNG.integers(1, 5, n)),
        "w2": nir.Linear(weight=linear(n, n, -0.05)),
        "w3": nir.Linear(weight=linear(n, n)),
        "late": nir.Delay(delay=STEP * RNG.integers(0, 9, n)),
        "scale": nir.Scale(scale=RNG.uniform(0.5, 1.5, n)),
        "cuba": nir.CubaLIF(
            tau_syn=3 * STEP * full,
            tau_mem=5 * STEP * full,
            r=6 * full,
            v_leak=0 * full,
            v_threshold=full,
            w_in=2.0,
        ),
        "skip": nir.Linear(weight=linear(n, 12)),
        "w4": nir.Linear(weight=linear(n, n)),
        "if": nir.IF(r=full / STEP, v_threshold=1.5 * full, v_reset=0 * full),
        "w5": nir.Linear(weight=linear(4, n)),
        "li": nir.LI(tau=6 * STEP * np.ones(4), r=np.ones(4), v_leak=np.zeros(4)),
        "out": nir.Output(output_type={"output": np.array([4])}),
    }
    ways = "in early w1 lif|lif loop w2 lif|lif w3 late scale cuba|in skip cuba|cuba w4 if|if w5 li out"
    edges = [pair for way in ways.split("|") for pair in zip(way.split(), way.split()[1:], strict=False)]
    return nir.NIRGraph(nodes, edges, type_check=False)


@pytest.fixture
def spikes() -> np.ndarray:
    return np.random.default_rng(2).random((3, 60, 12)) < 0.15


def test_spikes_are_those_of_the_equations(spikes, same_spikes):
    network = delayed_network()
    theirs = solve_equations(network, spikes, STEP)
    graph, losses = from_nir(network, step=STEP, readout=dc.Readout("li", "last"))
    assert not losses
    same_spikes(graph, spikes, {name: theirs[name] for name in ("lif", "cuba", "if")})
    np.testing.assert_allclose(
        dc.engine.simulate(graph, spikes).potentials["li"], theirs["li"], rtol=0, atol=1e-12
    )


def test_spikes_are_those_of_snntorch_whose_network_came_as_a_file(same_spikes):
    recorded = np.load(HERE / "snntorch.npz")
    graph, losses = from_nir(nir.read(HERE / "snntorch.nir"), step=1e-4)
    assert not losses
    same_spikes(graph, recorded["input"], {"3": recorded["output"]})


def live_graph(fires: Literal[">=", ">"] = ">=") -> dc.Graph:
    """Per-synapse delays, several synapses per pair, recurrence, and all kinds that NIR has."""
    rng = np.random.default_rng(4)

    def joined(
        source: str,
        target: str,
        sources: int,
        targets: int,
        synapses: int,
        first: int = 0,
        mean: float = 0.15,
    ) -> dc.Projection:
        pre, post = rng.integers(0, sources, synapses), rng.integers(0, targets, synapses)
        return dc.Projection(
            source, target, pre, post, rng.normal(mean, 0.4, synapses), rng.integers(first, 9, synapses)
        )

    populations = {
        "in": dc.Input(12),
        "a": dc.LIF(20, retain=rng.uniform(0.5, 0.9, 20), threshold=1.0, bias=rng.normal(0, 0.05, 20)),
        "b": dc.CurrentLIF(16, retain=0.7, threshold=1.5, bias=0.02, retain_current=0.5),
        "c": dc.LIF(10, retain=1.0, threshold=1.4),
        "out": dc.Integrator(4, retain=0.9),
    }
    projections = [
        joined("in", "a", 12, 20, 160),
        joined("a", "a", 20, 20, 60, 1, -0.1),
        joined("a", "b", 20, 16, 160),
        joined("b", "c", 16, 10, 90),
        joined("c", "out", 10, 4, 40),
    ]
    return dc.Graph(STEP, populations, projections, arithmetic=dc.Arithmetic(fires=fires))


@pytest.mark.parametrize("fires", [">=", ">"])
@pytest.mark.parametrize("method", ["euler", "exponential"])
def test_there_and_back_through_a_file_the_spikes_are_the_same(method, fires, tmp_path, spikes, same_spikes):
    graph = live_graph(fires)
    written, losses = to_nir(graph, method=method)
    nir.write(tmp_path / "graph.nir", written)
    back, again = from_nir(nir.read(tmp_path / "graph.nir"), method=method)
    assert back.step == STEP and not again
    assert {loss.what for loss in losses} <= {"retain", "bias", "weight", "threshold", "synapse"}
    assert all(loss.largest < 1e-13 for loss in losses if loss.change == "rounded")
    before = dc.reference.simulate(graph, spikes).spikes
    same_spikes(back, spikes, {name: before[name] for name in ("a", "b", "c")})


def test_the_equations_of_what_was_written_give_the_spikes_of_the_graph(spikes, same_spikes):
    graph = live_graph()
    written, _ = to_nir(graph)
    theirs = solve_equations(written, spikes, STEP)
    same_spikes(graph, spikes, {name: theirs[name] for name in ("a", "b", "c")})


def test_synapses_that_share_neurons_and_delay_are_reported_as_merged():
    p = dc.Projection("in", "h", [0, 0, 1], [0, 0, 0], [1.0, 2.0, 4.0], [3, 3, 1])
    graph = dc.Graph(STEP, {"in": dc.Input(2), "h": dc.LIF(1, retain=0.5, threshold=1.0)}, [p])
    written, losses = to_nir(graph)
    assert [(x.count, x.of) for x in losses if x.change == "merged"] == [(1, 3)]
    back, _ = from_nir(written)
    only = back.projections[0]
    assert sorted(zip(only.pre, only.weight, only.delay, strict=True)) == [(0, 3.0, 3), (1, 4.0, 1)]


def test_synapses_of_weight_0_are_reported_as_dropped():
    p = dc.Projection("in", "h", [0, 1, 1], [0, 0, 0], [1.0, 0.0, 0.0], [0, 0, 4])
    graph = dc.Graph(STEP, {"in": dc.Input(2), "h": dc.LIF(1, retain=0.5, threshold=1.0)}, [p])
    written, losses = to_nir(graph)
    (loss,) = [loss for loss in losses if loss.change == "dropped"]
    assert (loss.what, loss.place, loss.count, loss.of) == ("synapse", "projections['in->h']", 2, 3)
    assert from_nir(written)[0].synapses == 1


def test_every_kind_that_nir_does_not_have_is_named():
    @dataclass(frozen=True, eq=False)
    class Odd(dc.graph.Population):
        kind = "odd, of a test"

    graph = dc.Graph(STEP, {"in": dc.Input(1), "a": Odd(2), "b": Odd(3)}, [])
    with pytest.raises(ForeignError) as error:
        to_nir(graph)
    assert [p.place for p in error.value.problems] == ["populations['a']", "populations['b']"]


def test_a_population_that_nothing_leads_to_comes_back_without_an_input_of_its_own(tmp_path):
    populations = {"in": dc.Input(3), "alone": dc.LIF(2, retain=0.5, threshold=1.0, bias=0.7)}
    written, _ = to_nir(dc.Graph(STEP, populations, []))
    nir.write(tmp_path / "alone.nir", written)
    back, losses = from_nir(nir.read(tmp_path / "alone.nir"))
    assert not losses and not back.projections
    assert {name: p.size for name, p in back.populations.items()} == {"in": 3, "alone": 2}


def test_axonal_delays_need_one_delay_node_only():
    p = dc.Projection("in", "h", [0, 0, 1], [0, 1, 0], [1.0, 2.0, 4.0], [3, 3, 1])
    graph = dc.Graph(STEP, {"in": dc.Input(2), "h": dc.LIF(2, retain=0.5, threshold=1.0)}, [p])
    kinds = [type(node).__name__ for node in to_nir(graph)[0].nodes.values()]
    assert (kinds.count("Delay"), kinds.count("Linear")) == (1, 1)


def test_whatever_nir_cannot_hold_is_lost_by_name():
    adaptive = dc.AdaptiveLIF(
        3, retain=0.5, threshold=1.0, reset="subtract", refractory=2, adaptation=0.25, start=1
    )
    graph = dc.Graph(
        STEP,
        {"in": dc.Input(2), "h": adaptive, "out": dc.Integrator(2, retain=0.5)},
        [],
        readout=dc.Readout("out", "last"),
        arithmetic=dc.Arithmetic.float32(),
        framing=dc.Framing(steps=10, step=STEP, channels=2),
    )
    _, losses = to_nir(graph)
    lost = {(loss.what, loss.change, loss.place) for loss in losses}
    h = "populations['h']"
    assert lost == {
        ("parameter", "dropped", "arithmetic"),
        ("parameter", "dropped", "readout"),
        ("parameter", "dropped", "framing"),
        ("parameter", "dropped", f"{h}.reset"),
        ("parameter", "dropped", f"{h}.adaptation"),
        ("parameter", "dropped", f"{h}.start"),
        ("refractory", "dropped", h),
        ("threshold", "rounded", f"{h}.threshold"),
    }


def test_delays_between_steps_are_rounded_with_the_loss():
    nodes = {"d": nir.Delay(delay=np.array([0.0012, 0.003, 0.0046])), "w": nir.Linear(weight=np.ones((1, 3)))}
    ones = np.ones(1)
    nodes |= {"lif": nir.LIF(tau=ones, r=ones, v_leak=0 * ones, v_threshold=ones, v_reset=0 * ones)}
    graph, losses = from_nir(nir.NIRGraph.from_list(*nodes.values()), step=STEP)
    assert graph.projections[0].delay.tolist() == [1, 3, 5]
    (loss,) = losses
    assert (loss.what, loss.change, loss.count, loss.of, loss.unit) == ("delay", "rounded", 2, 3, "steps")
    assert loss.largest == pytest.approx(0.4)


def test_seconds_stored_in_single_precision_are_still_whole_steps():
    steps, losses = round_delays("here", (1e-3 * np.arange(1000)).astype(np.float32).astype(np.float64), 1e-3)
    assert np.array_equal(steps, np.arange(1000)) and not losses
    with pytest.raises(ForeignError, match="negative"):
        round_delays("here", np.array([-1e-3]), 1e-3)


def test_a_loop_without_a_delay_acts_in_the_next_step_and_says_so(spikes, same_spikes):
    network = delayed_network()
    edges = [e for e in network.edges if "loop" not in e] + [("lif", "w2")]
    network = nir.NIRGraph({k: v for k, v in network.nodes.items() if k != "loop"}, edges, type_check=False)
    graph, losses = from_nir(network, step=STEP)
    (loss,) = losses
    assert (loss.what, loss.change, loss.largest, loss.unit) == ("delay", "added", 1, "steps")
    assert (
        next(p for p in graph.projections if p.source == p.target == "lif").delay.tolist() == [1] * loss.count
    )


def test_a_reset_voltage_is_where_potentials_are_measured_from():
    one = np.ones(1)
    neuron = nir.LIF(tau=4 * STEP * one, r=one, v_leak=0 * one, v_threshold=1.5 * one, v_reset=0.5 * one)
    graph, losses = from_nir(nir.NIRGraph.from_list(nir.Linear(weight=np.ones((1, 1))), neuron), step=STEP)
    h: Any = graph.populations["lif"]
    assert (h.threshold[0], h.bias[0], h.retain[0]) == (1.0, -0.125, 0.75)
    assert [(loss.what, loss.largest) for loss in losses] == [("parameter", 0.5)]


def test_what_no_graph_can_say_is_refused_all_of_it_at_once():
    one = np.ones(2)
    lif = nir.LIF(tau=one, r=one, v_leak=0 * one, v_threshold=one, v_reset=0 * one)
    cuba_li = nir.CubaLI(tau_syn=one, tau_mem=one, r=one, v_leak=0 * one)
    nodes = {
        "in": nir.Input(input_type={"input": np.array([2])}),
        "x": cuba_li,
        "pool": nir.SumPool2d(one, one, one),
        "lif": lif,
    }
    with pytest.raises(ForeignError) as error:
        from_nir(nir.NIRGraph(nodes, [("in", "x")], type_check=False), step=STEP)
    assert [p.place for p in error.value.problems] == ["nodes['x']", "nodes['pool']"]
    weights = nir.Linear(weight=np.eye(2))
    cases = {
        "multiply the two": [weights, nir.Linear(weight=np.eye(2)), lif],
        "shorter than the step": [
            weights,
            nir.LIF(tau=one * 1e-4, r=one, v_leak=one, v_threshold=one, v_reset=one),
        ],
        "must be positive": [weights, nir.LIF(tau=-one, r=one, v_leak=one, v_threshold=one, v_reset=one)],
        "not finite": [weights, nir.LIF(tau=one, r=one * np.nan, v_leak=one, v_threshold=one, v_reset=one)],
        "negative": [nir.Delay(delay=-one), weights, lif],
    }
    for message, given in cases.items():
        with pytest.raises(ForeignError, match=message):
            from_nir(nir.NIRGraph.from_list(*given), step=STEP)
    narrow = {"in": nir.Input(input_type={"input": np.array([3])}), "w": weights, "lif": lif}
    with pytest.raises(ForeignError, match=r"nodes\['w'\]: has 2 channels where 'in' has 3"):
        from_nir(nir.NIRGraph(narrow, [("in", "w"), ("w", "lif")], type_check=False), step=STEP)
    with pytest.raises(ForeignError, match="no node 'gone'"):
        from_nir(nir.NIRGraph(narrow, [("in", "gone")], type_check=False), step=STEP)
    with pytest.raises(ForeignError, match="no NIRGraph"):
        from_nir("graph.nir", step=STEP)
    loop = nir.NIRGraph({"a": nir.Scale(scale=one), "lif": lif}, [("a", "a"), ("a", "lif")], type_check=False)
    with pytest.raises(ForeignError, match="without neurons"):
        from_nir(loop, step=STEP)
    with pytest.raises(ForeignError, match="step"):
        from_nir(nir.NIRGraph.from_list(weights, lif))
    with pytest.raises(ForeignError, match="method"):
        unknown: Any = "implicit"
        to_nir(live_graph(), method=unknown)


def test_without_nir_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "nir", None)
    with pytest.raises(ForeignError, match="pip install nir"):
        to_nir(live_graph())
