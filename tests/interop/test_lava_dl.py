"""Networks that lava-dl exported, against SLAYER's integer equations: every spike."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import delaycore as dc
from delaycore.interop import ForeignError, from_lava_dl
from delaycore.nn import from_graph, to_graph
from tests.interop.slayer_files import make_layer, solve_slayer, write_network


def live_network(path: Path, seed: int) -> Path:
    """Three layers with decays, thresholds, biases and axonal delays of many kinds."""
    rng = np.random.default_rng(seed)
    sizes = [9, 14, 11, 4]
    layers = []
    for sources, targets in pairwise(sizes):
        per_neuron = rng.random() < 0.5
        count: Any = targets if per_neuron else ()
        layers.append(
            make_layer(
                rng,
                targets,
                sources,
                **{
                    "neuron/iDecay": rng.choice([0, 1, 410, 1024, 4095, 4096], count),
                    "neuron/vDecay": rng.choice([1, 128, 410, 2048, 4096], count),
                    "neuron/vThMant": int(rng.integers(20, 200)),
                    "delay": rng.integers(0, 63, targets).astype(np.float32) if rng.random() < 0.7 else None,
                    "bias": 2.0 * rng.integers(-6, 8, targets) if rng.random() < 0.5 else None,
                },
            )
        )
    return write_network(path, layers)


def check_spikes(path: Path, seed: int, fires: Any, hop_delay: int) -> None:
    """Every spike of every layer, in engine and reference, is that of the integer equations."""
    live_network(path, seed)
    spikes = np.random.default_rng(seed).random((3, 70, 9)) < 0.2
    graph, losses = from_lava_dl(path, fires=fires, hop_delay=hop_delay)
    theirs = solve_slayer(path, spikes, strict=fires == ">", hop_delay=hop_delay)
    assert list(graph.populations) == ["in", "h1", "h2", "out"]
    for simulate, samples in ((dc.reference.simulate, 1), (dc.engine.simulate, 3)):
        ours = simulate(graph, spikes[:samples])
        for name, fired in zip(("h1", "h2", "out"), theirs, strict=True):
            np.testing.assert_array_equal(ours.spikes[name], fired[:samples].astype(bool))
    assert {loss.change for loss in losses} <= {"dropped"}


CASES = st.integers(0, 10**9), st.sampled_from([">=", ">"]), st.integers(0, 1)


@settings(max_examples=10)
@given(*CASES)
def test_every_spike_is_that_of_the_integer_equations(tmp_path_factory, seed, fires, hop_delay):
    check_spikes(tmp_path_factory.mktemp("slayer") / "network.net", seed, fires, hop_delay)


@pytest.mark.thorough
@settings(max_examples=200)
@given(*CASES)
def test_every_spike_of_many_networks_is_that_of_the_integer_equations(
    tmp_path_factory, seed, fires, hop_delay
):
    check_spikes(tmp_path_factory.mktemp("slayer") / "network.net", seed, fires, hop_delay)


def test_a_network_of_many_ties_fires_at_the_threshold(tmp_path):
    """Weights and threshold of one size meet often: a network that fires strictly above it is another."""
    rng = np.random.default_rng(0)
    ties = {"weight": 8.0 * rng.integers(-1, 3, (10, 6)), "neuron/vThMant": 16, "neuron/iDecay": 4096}
    path = write_network(tmp_path / "ties.net", [make_layer(rng, 10, 6, **ties)])
    spikes = rng.random((4, 50, 6)) < 0.3
    graph, _ = from_lava_dl(path)
    at, above = (solve_slayer(path, spikes, strict=strict)[0].astype(bool) for strict in (False, True))
    np.testing.assert_array_equal(dc.reference.simulate(graph, spikes).spikes["out"], at)
    assert above.sum() < 0.9 * at.sum()
    strict, _ = from_lava_dl(path, fires=">")
    np.testing.assert_array_equal(dc.reference.simulate(strict, spikes).spikes["out"], above)


def test_decays_lose_their_fraction_towards_zero(tmp_path):
    weights = {"weight": [[1.0], [-1.0]], "neuron/iDecay": 4096, "neuron/vDecay": 1, "neuron/vThMant": 131071}
    path = write_network(tmp_path / "one.net", [make_layer(np.random.default_rng(0), 2, 1, **weights)])
    graph, _ = from_lava_dl(path)
    spikes = np.zeros((1, 4, 1), bool)
    spikes[0, 0] = True
    potential = dc.reference.simulate(graph, spikes, states=True).potentials["out"][0]
    assert potential.tolist() == [[64, -64], [63, -63], [62, -62], [61, -61]]


def test_axons_delay_and_those_of_the_last_layer_are_dropped_with_a_loss(tmp_path):
    rng = np.random.default_rng(1)
    layers = [make_layer(rng, 3, 2, delay=[0.0, 5.0, 62.0]), make_layer(rng, 2, 3, delay=[0.0, 4.0])]
    graph, losses = from_lava_dl(write_network(tmp_path / "axons.net", layers), statistic="spike_count")
    second = graph.projections[1]
    assert {(int(i), int(d)) for i, d in zip(second.pre, second.delay, strict=True)} == {
        (0, 0),
        (1, 5),
        (2, 62),
    }
    assert graph.projections[0].largest_delay == 0
    said = [(loss.what, loss.change, loss.place, loss.count, loss.of, loss.largest) for loss in losses]
    assert said == [("delay", "dropped", "layer/1/delay", 1, 2, 4.0)]
    assert graph.readout == dc.Readout("out", "spike_count")
    behind, _ = from_lava_dl(tmp_path / "axons.net", hop_delay=1)
    assert {int(d) for d in behind.projections[1].delay} == {1, 6, 63}
    assert behind.projections[0].largest_delay == 0


def test_layers_that_only_say_a_shape_change_nothing(tmp_path):
    rng = np.random.default_rng(2)
    dense = make_layer(rng, 4, 6)
    shapes: list[dict[str, Any]] = [
        {"type": np.array([kind], "S10"), "shape": [3, 2, 1]} for kind in (b"input", b"flatten")
    ]
    with_shapes, _ = from_lava_dl(write_network(tmp_path / "a.net", [*shapes, dense]))
    assert with_shapes == from_lava_dl(write_network(tmp_path / "b.net", [dense]))[0]


def test_more_than_ten_layers_stay_in_order(tmp_path):
    rng = np.random.default_rng(3)
    sizes = list(range(3, 16))
    layers = [make_layer(rng, b, a) for a, b in pairwise(sizes)]
    graph, _ = from_lava_dl(write_network(tmp_path / "deep.net", layers))
    assert [p.size for p in graph.populations.values()] == sizes


def test_with_its_own_arithmetic_a_chip_of_these_integers_has_every_spike(tmp_path):
    """Where no register clips a decay; in real numbers, decays round at a finer scale."""
    chip = dc.load_backend("loihi").spec.arithmetics[0]
    exact = 0
    for seed in (0, 6, 10):
        path = live_network(tmp_path / f"{seed}.net", seed)
        graph, _ = from_lava_dl(path, fires=">")
        program = dc.map(graph.with_(arithmetic=chip), "loihi")
        assert not program.losses
        spikes = np.random.default_rng(seed).random((3, 100, 9)) < 0.2
        ran = dc.simulate(program, spikes).spikes
        theirs = solve_slayer(path, spikes, strict=True)
        for name, fired in zip(("h1", "h2", "out"), theirs, strict=True):
            np.testing.assert_array_equal(ran[name], fired.astype(bool))
            exact += int(fired.sum())
    assert exact > 1000


def test_in_real_numbers_the_network_goes_onto_chips_and_into_modules(tmp_path):
    graph, _ = from_lava_dl(live_network(tmp_path / "network.net", 6), statistic="spike_count")
    real = graph.with_(arithmetic=dc.Arithmetic())
    assert to_graph(from_graph(real, dtype=torch.float64)) == real
    program = dc.map(real, "loihi")
    spikes = np.random.default_rng(6).random((2, 60, 9)) < 0.2
    truth = dc.reference.simulate(program.graph, spikes[:1]).spikes
    ran = dc.simulate(program, spikes).spikes
    assert all(np.array_equal(ran[name][:1], truth[name]) for name in truth)


def test_everything_that_no_graph_can_say_is_named_at_once(tmp_path):
    rng = np.random.default_rng(4)
    wrong = [
        {"type": np.array([b"input"], "S10"), "neuron/type": "SDNN", "weight": 3},
        make_layer(rng, 5, 4, type=np.array([b"conv"], "S10")),
        make_layer(rng, 5, 4, **{"neuron/type": "SDNN", "neuron/gradedSpike": True, "neuron/refDelay": 3}),
        make_layer(rng, 5, 4, weight=rng.random((5, 4)), delay=[0.5] * 5, bias=[1.0, 2.0]),
        make_layer(rng, 5, 4, **{"neuron/iDecay": 4097, "neuron/vDecay": None, "neuron/vThMant": 0}),
        make_layer(rng, 5, 4, **{"weight": None, "weight/real": [[1.0]], "neuron/weight_exp": 2}),
        make_layer(rng, 5, 4, weight=np.zeros((4, 5))),
        {name: v for name, v in make_layer(rng, 5, 4).items() if not name.startswith("neuron")},
        make_layer(rng, 5, 5, delay=[-1.0] * 5),
        make_layer(rng, 5, 5, weight=np.full((5, 5), np.inf), bias=[np.nan]),
    ]
    with pytest.raises(ForeignError) as error:
        from_lava_dl(write_network(tmp_path / "wrong.net", wrong), hop_delay=-1)
    assert [p.place for p in error.value.problems] == [
        "hop_delay",
        "layer/0/neuron",
        "layer/1/type",
        "layer/2/neuron/type",
        "layer/2/neuron/gradedSpike",
        "layer/2/neuron/refDelay",
        "layer/3/weight",
        "layer/3/bias",
        "layer/3/delay",
        "layer/4/neuron/iDecay",
        "layer/4/neuron/vDecay",
        "layer/4/neuron/vThMant",
        "layer/5/weight",
        "layer/5/neuron/weight_exp",
        "layer/6/weight",
        "layer/7/neuron",
        "layer/8/delay",
        "layer/9/weight",
        "layer/9/bias",
        "layer/3/weight",
        "layer/4/weight",
    ]
    assert all(p.remedy for p in error.value.problems)


def test_what_is_no_exported_network_is_refused(tmp_path):
    with pytest.raises(dc.FileError, match=r"missing\.net: no such file"):
        from_lava_dl(tmp_path / "missing.net")
    (tmp_path / "text.net").write_text("no network")
    with pytest.raises(dc.FileError, match=r"text\.net"):
        from_lava_dl(tmp_path / "text.net")
    with h5py.File(tmp_path / "other.net", "w") as file:
        file["spikes/times"] = np.zeros(3)
    with pytest.raises(ForeignError, match="no dense layer"):
        from_lava_dl(tmp_path / "other.net")
    unknown: Any = "=="
    with pytest.raises(ForeignError, match="fires"):
        from_lava_dl(tmp_path / "other.net", fires=unknown)
