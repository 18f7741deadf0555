"""A trained network and the Graph that it becomes are the same network."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from delaycore import reference
from delaycore.datasets.samples import Samples
from delaycore.graph import Format, Framing
from delaycore.hardware import Grids
from delaycore.training import DelayNetwork, Network, agreement, prune, random_delays


def network(seed: int, hidden: int = 1, levels: int = 4, stride: int = 2, leak: str = "neuron", gain: float = 1.4) -> DelayNetwork:
    shape = Network(hidden=(7,) * hidden, levels=levels, stride=stride, leak=leak, gain=gain)  # type: ignore[arg-type]
    delays = [(0,)] + [shape.delays] * hidden
    return DelayNetwork((9, *shape.hidden, 4), delays, shape, 0.01, seed)


def spikes(seed: int, samples: int = 4, steps: int = 30) -> np.ndarray:
    return np.random.default_rng(seed).random((samples, steps, 9)) < 0.2


@settings(max_examples=25)
@given(
    seed=st.integers(0, 10_000), hidden=st.integers(1, 3), levels=st.integers(1, 6), leak=st.sampled_from(["neuron", "layer"]), keep=st.integers(1, 6)
)
def test_the_reference_makes_the_same_spikes_and_potentials_as_the_forward_pass_in_float64(
    seed: int, hidden: int, levels: int, leak: str, keep: int
) -> None:
    net = network(seed, hidden, levels, leak=leak)
    prune(net, "synaptic", keep)
    net = net.double()
    x = spikes(seed)
    with torch.no_grad():
        out = net(torch.from_numpy(x).double().transpose(0, 1))
    truth = reference.simulate(net.to_graph(), x)
    for name, made in out.spikes.items():
        np.testing.assert_array_equal(made.numpy().transpose(1, 0, 2) > 0, truth.spikes[name])
    np.testing.assert_allclose(out.readout.numpy().transpose(1, 0, 2), truth.potentials["out"], atol=1e-12)


def test_the_networks_of_that_property_fire() -> None:
    rates = [reference.simulate(network(s, 2).to_graph(), spikes(s)).rates() for s in range(10)]
    live = [all(0.02 <= r[n] <= 0.4 for n in ("h1", "h2")) for r in rates]
    assert sum(live) >= 8, rates


def test_a_delay_that_is_off_by_one_does_not_pass_for_the_same_network() -> None:
    net = network(1).double()
    graph = net.to_graph()
    late = graph.with_(projections=[type(p)(p.source, p.target, p.pre, p.post, p.weight, p.delay + 1) for p in graph.projections])
    assert not np.array_equal(reference.simulate(graph, spikes(1)).spikes["h1"], reference.simulate(late, spikes(1)).spikes["h1"])


def test_a_network_comes_back_from_its_graph() -> None:
    net = network(3, hidden=2)
    net.keep(1, random_delays((4, 7, 7), 2, 0))
    graph = net.to_graph()
    other = network(4, hidden=2)
    other.from_graph(graph)
    assert other.synapses == net.synapses == graph.synapses
    back = other.to_graph()
    for a, b in zip(graph.projections, back.projections, strict=True):
        assert a == b
    np.testing.assert_allclose(graph.populations["h1"].retain, back.populations["h1"].retain, rtol=1e-6)  # type: ignore[attr-defined]


def test_a_masked_synapse_is_zero_in_every_forward_pass_and_gets_no_gradient() -> None:
    net = network(5)
    mask = random_delays((4, 7, 4), 1, 0)
    net.keep(1, mask)
    net(torch.from_numpy(spikes(5)).float().transpose(0, 1)).readout.sum().backward()
    gradient = net.weights[1].grad
    assert gradient is not None and float(gradient.abs().sum()) > 0
    assert not gradient.numpy()[~mask].any()
    assert not net.weight(1).detach().numpy()[~mask].any()


def test_with_a_grid_the_forward_pass_uses_the_numbers_of_the_chip() -> None:
    net = network(6)
    coarse = Format(family="fixed", step=1 / 8, minimum=-1, maximum=1)
    net.grids = Grids(
        weights=dict.fromkeys(net.projections, coarse), parameters={"h1.retain": Format(family="fixed", step=1 / 16, minimum=0, maximum=1)}
    )
    graph = net.to_graph()
    for p in graph.projections:
        assert coarse.holds(p.weight).all()
    assert (graph.populations["h1"].retain * 16 % 1 == 0).all()  # type: ignore[attr-defined]
    net(torch.from_numpy(spikes(6)).float().transpose(0, 1)).readout.sum().backward()
    assert all(w.grad is not None and float(w.grad.abs().sum()) > 0 for w in net.weights)


def test_single_precision_differs_only_where_a_potential_lies_within_rounding_of_the_threshold() -> None:
    net = network(7, hidden=2)
    x = spikes(7, samples=40)
    found = agreement(net, net.to_graph(), Samples(x, np.zeros(40, dtype=np.int64)))
    assert found.samples == 40 and found.spikes > 100
    assert found.margin < 1e-5


def test_agreement_counts_and_locates_a_real_difference() -> None:
    net = network(7, hidden=2)
    graph = net.to_graph()
    moved = graph.with_(projections=[p.with_weight(p.weight * 1.05) for p in graph.projections])
    found = agreement(net, moved, Samples(spikes(7), np.zeros(4, dtype=np.int64)))
    assert found.differing > 0 and found.touched > 0 and found.margin > 1e-4


def test_the_graph_carries_the_framing() -> None:
    framing = Framing(steps=30, step=0.01, channels=9)
    assert network(0).to_graph(framing).framing == framing


@pytest.mark.parametrize("mode", ["synaptic", "axonal"])
def test_pruning_keeps_the_strongest_and_says_what_went(mode: str) -> None:
    net = network(8)
    before = net.weights[1].detach().numpy().copy()
    losses = prune(net, mode, 2)
    mask = net.mask(1).numpy()
    if mode == "synaptic":
        assert (mask.sum(axis=0) == 2).all()
        kept = np.where(mask, np.abs(before), np.inf).min(axis=0)
        gone = np.where(~mask, np.abs(before), -np.inf).max(axis=0)
        assert (kept >= gone).all()
    else:
        assert (mask.any(axis=2).sum(axis=0) == 2).all()
        assert (mask.all(axis=2) == mask.any(axis=2)).all()
    (entry,) = losses
    assert entry.count == (~mask).sum() and entry.of == mask.size
    assert entry.largest == pytest.approx(np.abs(before[~mask]).max())
    np.testing.assert_array_equal(net.weights[1].detach().numpy()[mask], before[mask])
