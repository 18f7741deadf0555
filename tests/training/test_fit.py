"""Fitting: learns, goes on after an interruption as if there had been none, and stops where a number is not
finite.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from delaycore import engine
from delaycore._files import read_tensors, write_tensors
from delaycore.datasets import Samples
from delaycore.errors import DataError, FileError, OutOfMemory, SettingsError
from delaycore.nn import PositionWeights
from delaycore.settings import ContinuousDelays, LevelDelays, NetworkSettings, TrainingSettings
from delaycore.training import DelayNetwork, build, fit, predict
from delaycore.training._batches import shuffle_batches
from delaycore.training._checkpoint import Epoch


@pytest.fixture(scope="module")
def samples() -> Samples:
    """Three classes that differ in nothing but the delay between two inputs."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 180)
    x = np.zeros((180, 24, 4), dtype=np.bool_)
    start = rng.integers(0, 8, 180)
    for n, label in enumerate(labels):
        x[n, start[n], 0] = x[n, start[n], 2] = True
        x[n, start[n] + (2, 6, 10)[label], 1] = x[n, start[n] + (2, 6, 10)[label], 3] = True
    return Samples(x, labels)


FITTING = TrainingSettings(
    epochs=6, batch_size=30, learning_rate=0.02, dropout=0.0, channel_shift=0, time_shift=1
)


CONTINUOUS = ContinuousDelays(mode="continuous_synapse", max_delay=14, synapses_per_pair=2, width=(3.0, 0.3))
DELAYS: dict[str, Any] = {
    "levels": LevelDelays(levels=8, stride=2),
    "continuous_synapse": CONTINUOUS,
    "continuous_axon": CONTINUOUS.model_copy(update={"mode": "continuous_axon"}),
}


def network(mode: str = "levels", **changes: object) -> DelayNetwork:
    shape = NetworkSettings(
        hidden=(12,),
        delays=DELAYS[mode],
        gain=2.0,
        delayed_input=True,
    )
    return build(shape.model_copy(update=changes), 4, 3, 0.01, seed=1)


def synapses(net: DelayNetwork) -> PositionWeights:
    found = net.projections["h1->out"]
    assert isinstance(found, PositionWeights)
    return found


def test_a_batch_that_memory_does_not_hold_is_refused_before_anything_is_trained(
    samples: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = network()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    monkeypatch.setenv("DELAYCORE_MEMORY", "0.0001")
    with pytest.raises(
        OutOfMemory, match=r"batch .* of 30 samples of 24 steps: takes .* at most \d+ samples"
    ):
        fit(net, samples, samples, FITTING, 0)
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


@pytest.mark.parametrize("mode", DELAYS)
def test_delays_solve_what_only_timing_tells(samples: Samples, mode: str) -> None:
    net = network(mode)
    fit(
        net,
        samples,
        samples,
        FITTING.model_copy(update={"epochs": 25, "position_learning_rate_scale": 10.0}),
        seed=0,
    )
    assert (predict(net, samples) == samples.labels).mean() > 0.9
    assert not net.training


def test_a_network_takes_the_names_of_classes_that_it_was_trained_with(samples: Samples) -> None:
    net, named = network(), replace(samples, classes=("short", "middle", "long"))
    turned = replace(named, labels=2 - named.labels, classes=named.classes[::-1])
    shape = NetworkSettings(hidden=(12,), delays=DELAYS["levels"], gain=2.0, delayed_input=True)
    again = build(shape, 4, named.classes, 0.01, seed=1)
    one = FITTING.model_copy(update={"epochs": 1})
    assert fit(net, named, turned, one, seed=0).epochs[0].validation_accuracy == (
        fit(again, turned, named, one, seed=0).epochs[0].validation_accuracy
    )
    assert net.to_graph().readout == again.to_graph().readout
    assert net.readout is not None
    assert net.readout.classes == named.classes
    with pytest.raises(DataError, match="of classes that are not known here: 'other'"):
        fit(net, replace(named, classes=("short", "middle", "other")), named, one, seed=0)


@pytest.mark.parametrize("neuron", ["current_lif", "adaptive_lif"])
def test_other_neurons_and_loops_solve_it_too(samples: Samples, neuron: str) -> None:
    net = network(neuron=neuron, recurrent=True, surrogate="arctan")
    fit(net, samples, samples, FITTING.model_copy(update={"epochs": 25}), seed=0)
    assert (predict(net, samples) == samples.labels).mean() > 0.9


def test_what_a_fit_of_positions_validates_is_what_it_exports(samples: Samples) -> None:
    net = network("continuous_synapse")
    history = fit(net, samples, samples, FITTING, seed=0)
    best = max(e.validation_accuracy for e in history.epochs)
    assert (
        engine.simulate(net.double().to_graph(), samples.spikes).predictions == samples.labels
    ).mean() == pytest.approx(best)


def test_a_fit_narrows_the_interpolation_and_keeps_positions_within_their_range(samples: Samples) -> None:
    net = network("continuous_synapse")
    widths: list[float] = []
    fast = FITTING.model_copy(update={"epochs": 3, "position_learning_rate_scale": 500.0})
    fit(net, samples, samples, fast, seed=0, report=lambda epoch: widths.append(synapses(net).width))
    assert widths == pytest.approx([3.0, 3.0 * 0.1**0.5, 0.3])
    position = synapses(net).position.detach()
    assert float(position.min()) >= 0 and float(position.max()) <= 14
    assert float(position.min()) == 0 or float(position.max()) == 14  # some went that far


@pytest.mark.parametrize("mode", ["levels", "continuous_axon"])
def test_an_interrupted_fit_ends_with_the_weights_of_an_uninterrupted_one(
    samples: Samples, tmp_path: Path, mode: str
) -> None:
    whole = network(mode)
    history = fit(whole, samples, samples, FITTING, seed=0)

    class InterruptionError(Exception):
        pass

    def stop(epoch: Epoch) -> None:
        if epoch.number == 2:
            raise InterruptionError

    path = tmp_path / "fit.safetensors"
    with pytest.raises(InterruptionError):
        fit(network(mode), samples, samples, FITTING, seed=0, checkpoint=path, report=stop)
    resumed = network(mode)
    again = fit(resumed, samples, samples, FITTING, seed=0, checkpoint=path)
    assert again.epochs == history.epochs
    for a, b in zip(whole.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(a, b)


def test_a_fit_from_another_seed_ends_elsewhere(samples: Samples) -> None:
    a, b = network(), network()
    fit(a, samples, samples, FITTING, seed=0)
    fit(b, samples, samples, FITTING, seed=1)
    assert not torch.equal(a.weights[0], b.weights[0])


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_said_to_be_missing(samples: Samples) -> None:
    with pytest.raises(SettingsError, match=r"training\.device: is 'cuda'"):
        fit(network(), samples, samples, FITTING.model_copy(update={"device": "cuda"}), seed=0)


@pytest.mark.parametrize("neuron", ["lif", "current_lif", "adaptive_lif"])
def test_what_a_gpu_does_is_what_the_compiled_passes_do(
    samples: Samples, neuron: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled, plain = (network(neuron=neuron) for _ in range(2))
    fit(compiled, samples, samples, FITTING, seed=0)
    monkeypatch.setattr("delaycore.nn._neurons.is_compiled_for", lambda current: False)
    monkeypatch.setattr("delaycore.nn.functional._by_event.is_possible", lambda spikes: False)
    fit(plain, samples, samples, FITTING, seed=0)
    for a, b in zip(compiled.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-4)


def test_a_checkpoint_of_other_settings_is_refused(samples: Samples, tmp_path: Path) -> None:
    path = tmp_path / "fit.safetensors"
    one = FITTING.model_copy(update={"epochs": 1})
    fit(network(), samples, samples, one, seed=0, checkpoint=path, identity="these")
    with pytest.raises(FileError, match="other settings"):
        fit(network(), samples, samples, one, seed=0, checkpoint=path, identity="those")


def test_a_truncated_checkpoint_is_refused(samples: Samples, tmp_path: Path) -> None:
    path = tmp_path / "fit.safetensors"
    one = FITTING.model_copy(update={"epochs": 1})
    fit(network(), samples, samples, one, seed=0, checkpoint=path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(FileError, match="not a whole"):
        fit(network(), samples, samples, one, seed=0, checkpoint=path)


@pytest.mark.parametrize(
    ("begin", "change"),
    [
        ("best/synapse_layers", np.transpose),
        ("best/synapse_layers", lambda values: values.astype(np.float64)),
        ("optimiser/0/exp_avg", lambda values: values[..., :1]),
        ("optimiser/0/step", None),
    ],
)
def test_a_checkpoint_of_another_layout_is_refused(
    samples: Samples, tmp_path: Path, begin: str, change: Any
) -> None:
    path = tmp_path / "fit.safetensors"
    settings = FITTING.model_copy(update={"epochs": 1})
    fit(network(), samples, samples, settings, seed=0, checkpoint=path)
    header, arrays = read_tensors(path, "checkpoint", 1)
    name = next(name for name, values in arrays.items() if name.startswith(begin))
    values = arrays.pop(name)
    rest = {k: v for k, v in header.items() if k in ("identity", "epochs")}
    write_tensors(path, "checkpoint", 1, rest, arrays if change is None else arrays | {name: change(values)})
    with pytest.raises(FileError, match=f"is damaged.*{begin.rpartition('/')[0]}"):
        fit(network(), samples, samples, settings, seed=0, checkpoint=path)


def test_what_a_killed_fit_left_half_written_is_removed(samples: Samples, tmp_path: Path) -> None:
    path, other = tmp_path / "fit.safetensors", tmp_path / ".other.safetensors.0123abcd.part"
    left = tmp_path / ".fit.safetensors.0123abcd.part"
    for file in (left, other):
        file.write_bytes(b"half")
    fit(network(), samples, samples, FITTING.model_copy(update={"epochs": 1}), seed=0, checkpoint=path)
    assert path.exists() and not left.exists() and other.exists()


def test_the_best_epoch_on_validation_samples_is_kept(samples: Samples) -> None:
    net = network()
    history = fit(net, samples, samples, FITTING, seed=0)
    best = max(e.validation_accuracy for e in history.epochs)
    assert (predict(net, samples) == samples.labels).mean() == pytest.approx(best)


def test_augmentation_is_the_same_for_the_same_epoch_and_leaves_the_samples_alone(samples: Samples) -> None:
    before = samples.spikes.copy()
    moving = FITTING.model_copy(update={"channel_shift": 1, "dropout": 0.3})
    first = [x for x, _ in shuffle_batches(samples, moving, 0, 3)]
    again = [x for x, _ in shuffle_batches(samples, moving, 0, 3)]
    other = [x for x, _ in shuffle_batches(samples, moving, 0, 4)]
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(first, other, strict=True))
    assert sum(len(x[0]) for x in first) == len(samples)
    np.testing.assert_array_equal(samples.spikes, before)


def test_without_augmentation_an_epoch_shows_every_sample_as_it_is(samples: Samples) -> None:
    plain = FITTING.model_copy(update={"time_shift": 0})
    shown = torch.cat([x for x, _ in shuffle_batches(samples, plain, 0, 0)], dim=1)
    assert int(shown.sum()) == samples.spikes.sum()
