"""A trained network and the Graph that it becomes are the same network, however its delays are learned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from delaycore import reference
from delaycore.datasets import Samples
from delaycore.errors import GraphError, SettingsError
from delaycore.graph import Format, Framing, Graph
from delaycore.hardware import QuantizationScheme
from delaycore.nn import LevelWeights
from delaycore.settings import ContinuousDelays, LevelDelays, NetworkSettings, RandomDelays, TrainingSettings
from delaycore.training import build, draw_delays, fit, measure_agreement, prune, restore

MODES = ("levels", "continuous_synapse", "continuous_axon", "random")
AnyDelays = LevelDelays | RandomDelays | ContinuousDelays


def delays(
    mode: Any, levels: int, stride: int, per_pair: int = 1, interpolation: Any = "gaussian"
) -> AnyDelays:
    if mode == "levels":
        return LevelDelays(levels=levels, stride=stride)
    if mode == "random":
        return RandomDelays(levels=levels, stride=stride, synapses_per_pair=min(per_pair, levels))
    return ContinuousDelays(
        mode=mode,
        max_delay=(levels - 1) * stride,
        synapses_per_pair=per_pair,
        interpolation=interpolation,
    )


NEURONS = ("lif", "current_lif", "adaptive_lif")


def shapes() -> st.SearchStrategy[NetworkSettings]:
    """Networks of every kind that the settings know."""
    return st.builds(
        NetworkSettings,
        hidden=st.lists(st.integers(3, 8), min_size=1, max_size=3).map(tuple),
        delays=st.builds(
            delays,
            st.sampled_from(MODES),
            st.integers(1, 5),
            st.integers(1, 4),
            st.integers(1, 3),
            st.sampled_from(["gaussian", "triangle"]),
        ),
        gain=st.just(1.4),
        threshold=st.just(0.4),
        neuron=st.sampled_from(NEURONS),
        recurrent=st.booleans(),
        delayed_input=st.booleans(),
        leak=st.sampled_from(["neuron", "layer", "none"]),
        readout=st.sampled_from(["potential", "spikes"]),
    )


@settings(max_examples=50)
@given(shape=shapes(), seed=st.integers(0, 10_000))
def test_the_reference_makes_the_same_spikes_and_potentials_as_the_forward_pass_in_float64(
    live: Any, shape: NetworkSettings, seed: int
) -> None:
    net, x = live(shape, seed)
    truth = reference.simulate(net.to_graph(), x)
    with torch.no_grad():
        out = net(torch.from_numpy(x).double().transpose(0, 1))
    for name, made in out.spikes.items():
        np.testing.assert_array_equal(made.numpy().transpose(1, 0, 2) > 0, truth.spikes[name])
    answers = truth.spikes["out"] if shape.readout == "spikes" else truth.potentials["out"]
    np.testing.assert_allclose(out.readout.numpy().transpose(1, 0, 2), answers, atol=1e-12)
    np.testing.assert_allclose(net.scores(out.readout).numpy(), truth.scores, atol=1e-9)


@pytest.mark.parametrize("neuron", NEURONS)
def test_the_networks_of_that_property_live(live: Any, neuron: Any) -> None:
    every = [
        live(
            NetworkSettings(
                hidden=(6, 5),
                delays=delays(mode, 4, 2),
                neuron=neuron,
                recurrent=recurrent,
                gain=1.4,
                threshold=0.4,
            ),
            seed,
        )
        for mode in MODES
        for recurrent in (False, True)
        for seed in range(2)
    ]
    alive = [all(0.02 <= rate <= 0.4 for rate in network.rates().values()) for network in every]
    assert sum(alive) >= 0.8 * len(alive), [network.rates() for network in every]


def later(graph: Graph) -> Graph:
    return graph.with_(
        projections=[
            type(p)(p.source, p.target, p.pre, p.post, p.weight, p.delay + 1) for p in graph.projections
        ]
    )


def other_reset(graph: Graph) -> Graph:
    hidden = {n: replace(p, reset="subtract") for n, p in graph.populations.items() if n.startswith("h")}  # type: ignore[call-arg]
    return graph.with_(populations={**graph.populations, **hidden})


def no_loops(graph: Graph) -> Graph:
    return graph.with_(projections=[p for p in graph.projections if p.source != p.target])


@pytest.mark.parametrize("mutant", [later, other_reset, no_loops])
@pytest.mark.parametrize(("mode", "neuron"), list(zip(MODES, (*NEURONS, "lif"), strict=True)))
def test_a_mutant_of_the_graph_does_not_pass_for_the_network(
    live: Any, mutant: Callable[[Graph], Graph], mode: Any, neuron: Any
) -> None:
    network = live(
        NetworkSettings(hidden=(6,), delays=delays(mode, 4, 2), neuron=neuron, recurrent=True, gain=2.0),
        1,
    )
    assert network.differences() == 0
    truth = reference.simulate(mutant(network.network.to_graph()), network.spikes).spikes["h1"]
    assert not np.array_equal(network.forward()["h1"], truth)


def test_a_mask_that_is_applied_once_does_not_pass_for_the_network(
    live: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unmasked(self: LevelWeights, number: Format | None = None) -> torch.Tensor:
        return self.weight * 1.0

    network = live(NetworkSettings(hidden=(7, 6), delays=LevelDelays(levels=4, stride=2), gain=2.0), 2)
    data = Samples(np.repeat(network.spikes, 4, axis=0), np.arange(12) % 4)
    fitting = TrainingSettings(epochs=2, batch_size=6, learning_rate=0.05, dropout=0.0)
    prune(network.network, "synaptic", 1)
    fit(network.network.float(), data, data, fitting, 0)
    assert network.differences() == 0
    network.network.double()
    assert network.differences() == 0
    monkeypatch.setattr(LevelWeights, "kernel", unmasked)
    fit(network.network.float(), data, data, fitting, 0)
    assert network.differences() > 0  # in float64, what arrives is added from the Graph, which knows the mask


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("neuron", NEURONS)
def test_a_network_comes_back_from_its_graph_and_makes_the_same_spikes(
    live: Any, mode: Any, neuron: Any
) -> None:
    shape = NetworkSettings(
        hidden=(6, 5),
        delays=delays(mode, 4, 2, 2),
        neuron=neuron,
        recurrent=True,
        gain=2.0,
    )
    network = live(shape, 3)
    graph = network.network.to_graph()
    back = restore(graph, shape).double().eval()
    assert back.synapses == network.network.synapses == graph.synapses
    for a, b in zip(graph.projections, back.to_graph().projections, strict=True):
        assert (a.pre.tolist(), a.post.tolist(), a.delay.tolist()) == (
            b.pre.tolist(),
            b.post.tolist(),
            b.delay.tolist(),
        )
        np.testing.assert_allclose(a.weight, b.weight, rtol=1e-6)
    for name, population in graph.populations.items():
        for parameter in population.parameters():
            np.testing.assert_allclose(
                getattr(population, parameter),
                getattr(back.to_graph().populations[name], parameter),
                rtol=1e-5,
                atol=1e-9,
            )


def test_a_graph_of_other_settings_is_refused_with_everything_that_differs() -> None:
    graph = build(NetworkSettings(hidden=(5,), delays=LevelDelays(levels=2)), 4, 3, 0.01).to_graph()
    with pytest.raises(GraphError) as caught:
        restore(
            graph,
            NetworkSettings(hidden=(5,), delays=LevelDelays(levels=2), neuron="adaptive_lif", recurrent=True),
        )
    assert [problem.place for problem in caught.value.problems] == ["populations", "projections"]
    with pytest.raises(GraphError, match="5 neurons, not 6"):
        restore(graph, NetworkSettings(hidden=(6,), delays=LevelDelays(levels=2)))


def test_one_seed_gives_one_network_and_another_seed_another() -> None:
    for mode in MODES:
        shape = NetworkSettings(hidden=(5,), delays=delays(mode, 4, 2))
        same, again, other = (build(shape, 4, 3, 0.01, seed).to_graph() for seed in (0, 0, 1))
        assert same == again and same != other


def test_the_delays_of_every_mode_lie_on_what_the_settings_allow() -> None:
    for mode in MODES:
        shape = NetworkSettings(hidden=(6, 6), delays=delays(mode, 4, 3, 2), recurrent=True)
        for p in build(shape, 4, 3, 0.01, 1).to_graph().projections:
            first = 1 if p.source == p.target else 0
            allowed = (
                {0}
                if p.source == "in"
                else set(range(first, 10))
                if mode.startswith("continuous")
                else {d for d in (0, 3, 6, 9) if d >= first}
            )
            assert set(p.delay.tolist()) <= allowed
            assert len(set(p.delay.tolist())) > 1 or p.source == "in"
            if mode == "random" and p.source != "in":
                assert (np.bincount(p.pre * 6 + p.post)[np.bincount(p.pre * 6 + p.post) > 0] == 2).all()


def test_a_masked_synapse_is_zero_in_every_forward_pass_and_gets_no_gradient() -> None:
    net = build(NetworkSettings(hidden=(7,), delays=LevelDelays(levels=4, stride=2), gain=1.4), 9, 4, 0.01, 5)
    levels = net.projections["h1->out"]
    assert isinstance(levels, LevelWeights)
    mask = draw_delays(levels.shape, 1, 0)
    levels.apply_mask(mask)
    net(torch.from_numpy(np.random.default_rng(5).random((30, 4, 9)) < 0.2).float()).readout.sum().backward()
    gradient = levels.weight.grad
    assert gradient is not None and float(gradient.abs().sum()) > 0
    assert not gradient.numpy()[~mask].any()
    assert not levels.kernel().detach().numpy()[~mask].any()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("neuron", NEURONS)
def test_with_a_grid_the_forward_pass_uses_the_numbers_of_the_chip(live: Any, mode: Any, neuron: Any) -> None:
    network = live(
        NetworkSettings(
            hidden=(7,),
            delays=delays(mode, 4, 2, 2),
            neuron=neuron,
            recurrent=True,
            gain=2.0,
        ),
        6,
    )
    net = network.network
    coarse, fraction = (
        Format(family="fixed", step=1 / 8, minimum=-1, maximum=1),
        Format(family="fixed", step=1 / 16, minimum=0, maximum=1),
    )
    leaks = {f"{name}.{leak}": fraction for name, n in net.neurons.items() for leak in n.trained}
    net.scheme = QuantizationScheme(weights=dict.fromkeys(net.projections, coarse), parameters=leaks)
    graph = net.to_graph()
    assert all(coarse.holds(p.weight).all() for p in graph.projections)
    assert all(
        fraction.holds(getattr(graph.populations[key.split(".")[0]], key.split(".")[1])).all()
        for key in leaks
    )
    assert network.differences() == 0
    net.train()(torch.from_numpy(network.spikes).double().transpose(0, 1)).readout.sum().backward()
    assert all(
        p.grad is not None and float(p.grad.abs().sum()) > 0
        for p in [*net.weights, *net.neuron_parameters, *net.positions]
    )


@pytest.mark.parametrize("neuron", NEURONS)
def test_single_precision_differs_only_where_a_potential_lies_within_rounding_of_the_threshold(
    live: Any, neuron: Any
) -> None:
    net, _ = live(
        NetworkSettings(
            hidden=(7, 7), delays=LevelDelays(levels=4, stride=2), neuron=neuron, recurrent=True, gain=1.4
        ),
        7,
    )
    x = np.random.default_rng(7).random((40, 30, 9)) < 0.2
    found = measure_agreement(net.float(), net.to_graph(), Samples(x, np.zeros(40, dtype=np.int64)))
    assert found.samples == 40 and found.spikes > 100
    assert found.margin < 1e-5


def test_agreement_counts_and_locates_a_real_difference(live: Any) -> None:
    net, x = live(
        NetworkSettings(
            hidden=(7, 7), delays=LevelDelays(levels=4, stride=2), neuron="adaptive_lif", gain=1.4
        ),
        7,
    )
    graph = net.to_graph()
    moved = graph.with_(projections=[p.with_weight(p.weight * 1.05) for p in graph.projections])
    found = measure_agreement(net, moved, Samples(x, np.zeros(len(x), dtype=np.int64)))
    assert found.differing > 0 and found.touched > 0 and found.margin > 1e-4


@pytest.mark.parametrize("neuron", NEURONS)
def test_potentials_that_keep_everything_are_not_trained_and_spikes_of_a_readout_are_counted(
    neuron: Any,
) -> None:
    net = build(
        NetworkSettings(
            hidden=(5,), delays=LevelDelays(levels=2), neuron=neuron, leak="none", readout="spikes"
        ),
        4,
        3,
        0.01,
    )
    assert not any("retain" in n.trained for n in net.neurons.values())
    graph = net.to_graph()
    assert all(
        np.all(getattr(p, "retain", 1.0) == 1.0) for name, p in graph.populations.items() if name != "in"
    )
    assert (
        graph.populations["out"].kind == neuron
        and graph.readout is not None
        and graph.readout.statistic == "spike_count"
    )
    data = Samples(np.random.default_rng(5).random((12, 30, 4)) < 0.3, np.arange(12) % 3)
    before = [w.detach().clone() for w in net.weights]
    fit(net, data, data, TrainingSettings(epochs=1, batch_size=6, dropout=0.0, learning_rate=0.01), 0)
    assert all(not torch.equal(a, b) for a, b in zip(before, net.weights, strict=True))


def test_the_graph_carries_the_framing() -> None:
    framing = Framing(steps=30, step=0.01, channels=9)
    assert (
        build(NetworkSettings(hidden=(7,), delays=LevelDelays(levels=4)), 9, 4, 0.01)
        .to_graph(framing)
        .framing
        == framing
    )


@pytest.mark.parametrize("classes", [("a", "a", "c"), "abc"])
def test_classes_need_a_list_of_different_names(classes: Any) -> None:
    with pytest.raises(SettingsError, match="classes: are"):
        build(NetworkSettings(hidden=(3,)), 4, classes, 0.01)
    three: Any = np.int64(3)
    assert build(NetworkSettings(hidden=(3,)), 4, three, 0.01).neurons["out"].features == 3
