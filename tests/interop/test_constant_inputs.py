"""Biases that go through a current or a delay: a neuron that is always on makes them exact."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import nir
import numpy as np
import pytest
import snntorch as snn
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import delaycore as dc
from delaycore.interop import from_nir, from_snntorch, from_spikingjelly, to_nir
from delaycore.nn import from_graph, to_graph
from tests.interop.nir_equations import solve_equations

STEP = 1e-3


def biased(seed: int, *, late: bool) -> Any:
    """Two biased ways into CubaLIF neurons and one into LIF neurons, with delays after some biases."""
    rng = np.random.default_rng(seed)
    n = 6
    full = np.ones(n)
    nodes: dict[str, Any] = {"in": nir.Input(input_type={"input": np.array([4])})}
    nodes |= {
        name: nir.Affine(weight=rng.normal(0.1, 0.5, (n, m)), bias=rng.normal(0.05, 0.1, n))
        for name, m in (("w1", 4), ("w2", 4), ("w3", n))
    }
    nodes |= {
        "late": nir.Delay(delay=STEP * rng.integers(0, 7 if late else 1, n)),
        "scale": nir.Scale(scale=rng.uniform(0.5, 2, n)),
        "cuba": nir.CubaLIF(
            tau_syn=STEP * rng.uniform(1, 5, n),
            tau_mem=STEP * rng.uniform(2, 6, n),
            r=4 * full,
            v_leak=rng.normal(0, 0.05, n),
            v_threshold=full,
            w_in=rng.uniform(1, 3, n),
        ),
        "lif": nir.LIF(tau=3 * STEP * full, r=3 * full, v_leak=0 * full, v_threshold=0.8 * full),
        "after": nir.Delay(delay=STEP * rng.integers(0, 4 if late else 1, n)),
    }
    ways = "in w1 scale cuba|in w2 late cuba|cuba w3 after lif"
    edges = [pair for way in ways.split("|") for pair in zip(way.split(), way.split()[1:], strict=False)]
    return nir.NIRGraph(nodes, edges, type_check=False)


def check_biased(seed: int, *, late: bool) -> None:
    """Spikes of reference and engine are those of the equations, and what was added is in the losses."""
    network = biased(seed, late=late)
    spikes = np.random.default_rng(seed).random((2, 30, 4)) < 0.3
    theirs = solve_equations(network, spikes, STEP)
    graph, losses = from_nir(network, step=STEP)
    for simulate in (dc.reference.simulate, dc.engine.simulate):
        ours = simulate(graph, spikes)
        for name in ("cuba", "lif"):
            np.testing.assert_array_equal(ours.spikes[name], theirs[name].astype(bool))
        assert ours.spikes["always_on"].all()
    added = {(loss.what, loss.change, loss.place): loss for loss in losses}
    assert added["neuron", "added", "populations['always_on']"].count == 1
    synapses = added["synapse", "added", "projections['always_on->cuba']"]
    assert synapses.count == 12 and synapses.largest > 0
    assert (("synapse", "added", "projections['always_on->lif']") in added) == bool(
        np.any(np.asarray(network.nodes["after"].delay))
    )


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.booleans())
def test_biases_through_currents_and_delays_are_those_of_the_equations(seed, late):
    check_biased(seed, late=late)


@pytest.mark.thorough
@settings(max_examples=200)
@given(st.integers(0, 10**9), st.booleans())
def test_biases_are_those_of_the_equations_in_many_networks(seed, late):
    check_biased(seed, late=late)


def test_without_its_neuron_a_bias_before_a_current_is_another_network():
    network = biased(3, late=False)
    spikes = np.random.default_rng(3).random((2, 30, 4)) < 0.3
    graph, _ = from_nir(network, step=STEP)
    bare = graph.with_(projections=[p for p in graph.projections if p.source != "always_on"])
    theirs = solve_equations(network, spikes, STEP)["cuba"].astype(bool)
    assert not np.array_equal(dc.engine.simulate(bare, spikes).spikes["cuba"], theirs)


def test_a_bias_that_a_potential_can_hold_stays_one():
    network = biased(0, late=False)
    graph, _ = from_nir(network, step=STEP)
    lif: Any = graph.populations["lif"]
    np.testing.assert_allclose(lif.bias, network.nodes["w3"].bias)  # times r * step / tau, which is 1
    assert [p.target for p in graph.out_of("always_on")] == ["cuba"]


@pytest.mark.parametrize(
    ("reset", "late"), [("zero", True), ("zero", False), ("subtract", True), ("none", True)]
)
def test_synaptic_with_a_bias_has_the_spikes_of_snntorch(reset, late, same_spikes):
    torch.manual_seed(1)
    layers: list[Any] = [
        torch.nn.Linear(12, 24),
        snn.Synaptic(alpha=0.6, beta=0.7, threshold=1.5, reset_mechanism=reset, reset_delay=late),
        torch.nn.Linear(24, 8),
        snn.Synaptic(alpha=0.5, beta=0.6, threshold=1.2, reset_mechanism=reset, reset_delay=late),
    ]
    with torch.no_grad():
        for linear in layers[::2]:
            linear.weight.normal_(-0.02 if reset == "none" else 0.05, 0.4)
            linear.bias.normal_(0.03, 0.1)
    layers = [layer.double() for layer in layers]
    spikes = np.random.default_rng(1).random((4, 60, 12)) < 0.15
    fired: list[list[np.ndarray]] = [[], []]
    states: list[Any] = [(), ()]
    with torch.no_grad():
        for t in range(60):
            x = torch.from_numpy(spikes[:, t].astype(np.float64))
            for i in (0, 1):
                x, *states[i] = layers[2 * i + 1](layers[2 * i](x), *states[i])
                x = x.double()
                fired[i].append(x.numpy())
    graph, losses = from_snntorch(layers)
    same_spikes(graph, spikes, {"h1": np.stack(fired[0], 1), "out": np.stack(fired[1], 1)})
    assert [loss.count for loss in losses if "always_on->" in loss.place] == [24, 8]


def test_a_delay_after_a_bias_holds_it_back_and_a_normalisation_after_it_does_not():
    rng = np.random.default_rng(2)
    weight, bias = rng.normal(0.1, 0.4, (5, 3)), rng.normal(0, 0.2, 5)
    gain, shift = rng.uniform(0.5, 2, 5), rng.normal(0, 0.2, 5)

    def module(home: str, name: str, **values: Any) -> Any:
        layer = type(name, (), {"__module__": home})()
        vars(layer).update(values)
        return layer

    layers = [
        module("torch.nn.modules.linear", "Linear", weight=weight, bias=bias),
        module("spikingjelly.activation_based.layer.delay", "Delay", delay_steps=3),
        module(
            "torch.nn.modules.batchnorm",
            "BatchNorm1d",
            training=False,
            running_mean=np.zeros(5),
            running_var=np.ones(5),
            eps=0.0,
            affine=True,
            weight=gain,
            bias=shift,
        ),
        module(
            "spikingjelly.activation_based.neuron.integrate_and_fire",
            "IFNode",
            v_reset=0.0,
            v_threshold=1.0,
            surrogate_function=SimpleNamespace(spiking=True),
        ),
    ]
    graph, losses = from_spikingjelly(layers)
    spikes = rng.random((2, 40, 3)) < 0.3
    expected = np.zeros((2, 40, 5), dtype=bool)
    u = np.zeros((2, 5))
    for t in range(40):
        x = spikes[:, t - 3] @ weight.T + bias if t >= 3 else 0.0
        u = u + x * gain + shift
        expected[:, t] = u >= 1.0
        u = np.where(expected[:, t], 0.0, u)
    assert 0.05 < expected.mean() < 0.6
    np.testing.assert_array_equal(dc.reference.simulate(graph, spikes).spikes["out"], expected)
    assert {loss.what for loss in losses} == {"neuron", "synapse"}


@pytest.mark.parametrize("fires", [">=", ">"])
def test_the_neuron_goes_through_modules_files_and_chips(fires, tmp_path):
    graph, _ = from_nir(biased(5, late=True), step=STEP)
    graph = graph.with_(arithmetic=dc.Arithmetic(fires=fires))
    spikes = np.random.default_rng(5).random((2, 30, 4)) < 0.3
    assert to_graph(from_graph(graph, dtype=torch.float64)) == graph
    nir.write(tmp_path / "network.nir", to_nir(graph)[0])
    back, _ = from_nir(nir.read(tmp_path / "network.nir"))
    assert {name: p.size for name, p in back.inputs.items()} == {"in": 4}
    ours = dc.engine.simulate(graph, spikes).spikes
    assert all(np.array_equal(dc.engine.simulate(back, spikes).spikes[n], ours[n]) for n in ours)
    program = dc.map(graph, "loihi")
    altered = {loss.what for loss in program.losses if "always_on" in loss.place}
    assert altered <= {
        "weight",
        "threshold",
    }  # the latter as every neuron's, where a chip fires strictly above
    on_chip = dc.simulate(program, spikes).spikes
    assert on_chip["always_on"].all()
    truth = dc.reference.simulate(program.graph, spikes).spikes
    assert all(np.array_equal(on_chip[name], truth[name]) for name in truth)
