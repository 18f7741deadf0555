"""Whatever is done to a network while its delays are learned, the Graph that it becomes makes its spikes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from delaycore.datasets import Samples
from delaycore.settings import (
    ContinuousDelays,
    ConvolutionLayer,
    LevelDelays,
    NetworkSettings,
    RandomDelays,
    TrainingSettings,
)
from delaycore.training import DelayNetwork, build, fit, prune, regrow, restore
from delaycore.training._pruning import PRUNING

NEURONS = ("lif", "current_lif", "adaptive_lif")
SURROGATES = ("fast_sigmoid", "arctan", "triangle", "gaussian", "boxcar")
DELAYS: dict[str, Any] = {
    "levels": LevelDelays(levels=4, stride=2),
    "random": RandomDelays(levels=4, stride=2, synapses_per_pair=2),
    "continuous_synapse": ContinuousDelays(mode="continuous_synapse", max_delay=6, synapses_per_pair=2),
    "continuous_axon": ContinuousDelays(mode="continuous_axon", max_delay=6, synapses_per_pair=2),
}
WINDOWS = ((), (ConvolutionLayer(maps=2, kernel=4, stride=2, padding=1),))


@settings(max_examples=30)
@given(
    convolutions=st.sampled_from(WINDOWS),
    neuron=st.sampled_from(NEURONS),
    recurrent=st.booleans(),
    delayed_input=st.booleans(),
    mode=st.sampled_from(sorted(PRUNING)),
    keep=st.integers(1, 3),
    distance=st.sampled_from([None, 1, 2]),
    seed=st.integers(0, 10_000),
)
def test_what_pruning_leaves_and_what_grows_beside_it_is_what_the_graph_holds(
    live: Any, mode: str, keep: int, distance: int | None, seed: int, **shape: Any
) -> None:
    wanted = NetworkSettings(
        hidden=(6, 5), delays=LevelDelays(levels=4, stride=4), gain=1.6, threshold=0.4, **shape
    )

    def learned(network: DelayNetwork) -> DelayNetwork:
        prune(network, mode, keep)
        if distance is None:
            return network
        finer, _ = regrow(network.to_graph(), distance)
        grown = restore(finer, wanted).double().eval()
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():  # as if trained: what grew has weight 0 at first
            for levels in grown.levels.values():
                levels.weight.add_(0.2 * torch.randn(levels.weight.shape, generator=generator) * levels.mask)
        prune(grown, mode, keep)
        return grown

    network = live(wanted, seed, change=learned)
    assert network.differences() == 0
    assert network.network.synapses == network.network.to_graph().synapses


@pytest.mark.parametrize("mode", PRUNING)
@pytest.mark.parametrize("convolutions", WINDOWS)
def test_the_networks_of_that_property_live(live: Any, mode: str, convolutions: Any) -> None:
    def pruned(network: DelayNetwork) -> DelayNetwork:
        prune(network, mode, 2)
        return network

    shape = NetworkSettings(
        convolutions=convolutions,
        hidden=(6, 5),
        delays=LevelDelays(levels=4, stride=4),
        gain=1.6,
        threshold=0.4,
    )
    every = [
        live(shape.model_copy(update={"neuron": n}), seed, change=pruned)
        for n in NEURONS
        for seed in range(3)
    ]
    alive = [all(0.005 <= rate <= 0.4 for rate in network.rates().values()) for network in every]
    assert sum(alive) >= 0.8 * len(alive), [network.rates() for network in every]


@pytest.mark.parametrize(
    ("neuron", "surrogate"), list(zip((*NEURONS, *NEURONS), (*SURROGATES, "arctan"), strict=True))
)
@pytest.mark.parametrize("mode", DELAYS)
def test_a_network_that_was_trained_is_its_graph_with_leaks_of_its_own_per_neuron(
    live: Any, mode: str, neuron: Any, surrogate: Any
) -> None:
    shape = NetworkSettings(
        convolutions=WINDOWS[1],
        hidden=(6,),
        delays=DELAYS[mode],
        gain=1.6,
        neuron=neuron,
        surrogate=surrogate,
        recurrent=True,
    )
    network = live(shape, 4)
    before = {key: value.float() for key, value in network.network.state_dict().items()}
    data = Samples(np.repeat(network.spikes, 4, axis=0), np.arange(12) % 4)
    fit(
        network.network.float(),
        data,
        data,
        TrainingSettings(epochs=2, batch_size=4, learning_rate=0.02, dropout=0.0),
        0,
    )
    network.network.double()
    moved = {key: int((value != before[key]).sum()) for key, value in network.network.state_dict().items()}
    assert all(count > 1 for key, count in moved.items() if "logit" in key), moved
    assert all(count > 1 for key, count in moved.items() if key.endswith(("weight", "position"))), moved
    assert min(network.rates().values()) > 0.01
    assert network.differences() == 0


@pytest.mark.parametrize("surrogate", SURROGATES)
def test_a_surrogate_changes_gradients_and_nothing_that_is_computed(surrogate: Any) -> None:
    def run(name: Any) -> tuple[torch.Tensor, torch.Tensor]:
        net = build(
            NetworkSettings(hidden=(7,), delays=LevelDelays(levels=4, stride=2), gain=1.6, surrogate=name),
            9,
            4,
            0.01,
            2,
        )
        out = net(torch.from_numpy(np.random.default_rng(1).random((30, 6, 9)) < 0.2).float())
        out.readout.sum().backward()
        gradient = net.weights[0].grad
        assert gradient is not None
        return out.readout.detach(), gradient

    other = "gaussian" if surrogate != "gaussian" else "triangle"
    (a, to_a), (b, to_b) = run(surrogate), run(other)
    assert torch.equal(a, b) and to_a.abs().sum() > 0
    assert not torch.allclose(to_a, to_b)
