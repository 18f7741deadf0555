"""Sparse training: synapses move, and what is to keep its number of them does; wherever they are, the graph
is what the network computes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from delaycore import engine
from delaycore.datasets import Samples
from delaycore.errors import SettingsError
from delaycore.nn import DelayNetwork
from delaycore.settings import (
    ContinuousDelays,
    LevelDelays,
    NetworkSettings,
    RandomDelays,
    RewiringSettings,
    Settings,
    TrainingSettings,
)
from delaycore.training import build, fit
from delaycore.training._rewiring import Rewirer

MODES: dict[str, LevelDelays | ContinuousDelays] = {
    "levels": LevelDelays(levels=5, stride=2),
    "continuous_synapse": ContinuousDelays(mode="continuous_synapse", max_delay=8),
    "continuous_axon": ContinuousDelays(mode="continuous_axon", max_delay=8, synapses_per_pair=3),
}


def make(mode: str, fan_in: int | None = 3, **changes: Any) -> DelayNetwork:
    shape = NetworkSettings(hidden=(7,), delays=MODES[mode], delayed_input=True, fan_in=fan_in, gain=0.3)
    return build(shape.model_copy(update=changes), 6, 3, 0.01, seed=1)


def count(network: DelayNetwork, axis: tuple[int, ...]) -> list[list[int]]:
    return [layer.mask.sum(dim=axis).flatten().tolist() for layer in network.masked.values()]


def samples(seed: int = 0) -> Samples:
    rng = np.random.default_rng(seed)
    return Samples(rng.random((40, 20, 6)) < 0.3, rng.integers(0, 3, 40))


FITTING = TrainingSettings(epochs=4, batch_size=10, learning_rate=0.02, schedule="one_cycle", annealing=0.5)
GROUPS = {"projection": (0, 1, 2), "neuron": (0, 1), "pair": (0,)}


@pytest.mark.parametrize("drop", ["magnitude", "sign"])
@pytest.mark.parametrize("grow", ["gradient", "random"])
@pytest.mark.parametrize("keep", GROUPS)
@pytest.mark.parametrize("mode", MODES)
def test_synapses_move_and_their_number_stays(mode: str, keep: str, grow: str, drop: str) -> None:
    network = make(mode)
    masks = [layer.mask.clone() for layer in network.masked.values()]
    places = [p.detach().clone() for p in network.positions]
    before = count(network, GROUPS[keep])
    rewiring = RewiringSettings.model_validate({"fraction": 0.6, "keep": keep, "grow": grow, "drop": drop})
    fit(network, samples(), samples(1), FITTING, 0, rewiring=rewiring)
    assert count(network, GROUPS[keep]) == before
    assert all(layer.mask.sum(dim=0).max() <= 1 for layer in network.masked.values())
    moved = any(
        not torch.equal(a, layer.mask) for a, layer in zip(masks, network.masked.values(), strict=True)
    )
    jumped = any(
        float((a - b.detach()).abs().max()) > 1 for a, b in zip(places, network.positions, strict=True)
    )
    assert moved or jumped
    assert all(not layer.weight[~layer.mask].any() for layer in network.masked.values())
    graph, shown = network.double().to_graph(), samples(2)
    assert sum(len(p) for p in graph.projections) <= sum(map(sum, before))
    activity = engine.simulate(graph, shown.spikes)
    forward = network(torch.from_numpy(shown.spikes.transpose(1, 0, 2)).double())
    np.testing.assert_array_equal(
        activity.potentials["out"].transpose(1, 0, 2), forward.readout.detach().numpy()
    )


@pytest.mark.parametrize("mode", MODES)
@settings(max_examples=15)
@given(fan_in=st.integers(1, 20), seed=st.integers(0, 100))
def test_a_neuron_has_as_many_synapses_as_asked_on_as_many_pairs(mode: str, fan_in: int, seed: int) -> None:
    shape = NetworkSettings(hidden=(7,), delays=MODES[mode], delayed_input=True, fan_in=fan_in)
    for layer in build(shape, 6, 3, 0.01, seed).masked.values():
        each = min(fan_in, layer.in_features)
        assert (layer.mask.sum(dim=(0, 1)) == each).all() and (layer.mask.sum(dim=0) <= 1).all()


def test_random_delays_of_a_sparse_network_are_those_of_the_whole_range() -> None:
    random = RandomDelays(levels=5, stride=2)
    shape = NetworkSettings(hidden=(40,), delays=random, delayed_input=True, fan_in=30)
    first = build(shape, 60, 3, 0.01, seed=0).to_graph().projections[0]
    assert len(first) == 40 * 30
    assert np.bincount(first.delay // 2, minlength=5).min() > 40 * 30 / 5 * 0.7


def test_a_synapse_grows_where_the_gradient_is_largest() -> None:
    network = make("levels", fan_in=2)
    (layer, _) = network.masked.values()
    optimiser = torch.optim.AdamW(network.weights)
    rewirer = Rewirer(network, optimiser, RewiringSettings(fraction=0.5, times=1), seed=0, epochs=10)
    rewirer.begin_epoch()
    want = torch.zeros(layer.shape)
    free = (~layer.mask).nonzero()
    best = [next(entry for entry in free.tolist() if entry[2] == column) for column in range(7)]
    for i, entry in enumerate(best):
        want[tuple(entry)] = 10.0 + i
    rewirer._note("in->h1", want)
    rewirer._note("h1->out", torch.zeros(network.masked["h1->out"].shape))
    weakest = (layer.weight.detach().abs() + 100.0 * ~layer.mask).flatten().argmin()
    rewirer.move(epoch=0, step=0, steps=1)
    gone = np.unravel_index(int(weakest), layer.shape)
    assert not layer.mask[gone]
    assert layer.mask[tuple(best[int(gone[2])])]


def test_a_full_network_without_positions_has_nowhere_to_move() -> None:
    network = make("levels", fan_in=None)
    before = network.to_graph()
    rewiring = RewiringSettings(fraction=0.5)
    no_step = FITTING.model_copy(update={"learning_rate": 1e-30, "epochs": 1})
    fit(network, samples(), samples(), no_step, 0, rewiring=rewiring)
    assert [len(p) for p in network.to_graph().projections] == [len(p) for p in before.projections]


@pytest.mark.parametrize("mode", MODES)
def test_an_interrupted_fit_moves_the_same_synapses(mode: str, tmp_path: Path) -> None:
    rewiring, path = RewiringSettings(fraction=0.5), tmp_path / "fit.safetensors"

    def stop(epoch: Any) -> None:
        if epoch.number == 1:
            raise KeyboardInterrupt

    whole, broken = make(mode), make(mode)
    fit(whole, samples(), samples(), FITTING, 0, rewiring=rewiring)
    with pytest.raises(KeyboardInterrupt):
        fit(broken, samples(), samples(), FITTING, 0, rewiring=rewiring, checkpoint=path, report=stop)
    resumed = make(mode)
    fit(resumed, samples(), samples(), FITTING, 0, rewiring=rewiring, checkpoint=path)
    assert all(
        torch.equal(a, b)
        for a, b in zip(whole.state_dict().values(), resumed.state_dict().values(), strict=True)
    )


def test_synapses_with_delays_that_were_drawn_do_not_move() -> None:
    with pytest.raises(SettingsError, match=r"rewiring\.fraction moves synapses"):
        Settings.parse({"network": {"delays": {"mode": "random"}}, "rewiring": {"fraction": 0.1}})


def test_a_network_of_all_levels_has_nothing_to_move() -> None:
    with pytest.raises(SettingsError, match=r"give network\.fan_in"):
        Settings.parse({"rewiring": {"fraction": 0.1}})
    assert Settings.parse({"rewiring": {"fraction": 0.1}, "network": {"fan_in": 4}}).network.fan_in == 4


@pytest.mark.parametrize(
    ("number", "delays"),
    [(1, (0,)), (2, (0, 12)), (3, (0, 6, 12)), (9, (0, 3, 6, 9, 12)), (None, (0, 3, 6, 9, 12))],
)
def test_the_first_projection_has_some_of_the_levels(number: int | None, delays: tuple[int, ...]) -> None:
    grid = LevelDelays(levels=5, stride=3)
    shape = NetworkSettings(hidden=(4,), delays=grid, delayed_input=True, input_levels=number)
    assert shape.input_delays == delays
    layers = build(shape, 3, 2, 0.01, seed=0).projections
    assert layers["in->h1"].delays == delays and layers["h1->out"].delays == grid.steps
    with pytest.raises(SettingsError, match="give delayed_input = true"):
        NetworkSettings(input_levels=2)
