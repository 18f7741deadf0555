"""Training under other settings: every parametrisation of delays goes through all stages."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import delaycore as dc
from delaycore.datasets import SpokenDigits
from delaycore.errors import SettingsError
from delaycore.experiment import Recordings, Stage, Trainer, train_model
from delaycore.settings import Settings


def changed(settings: Settings, **tables: dict[str, object]) -> Settings:
    values = settings.model_dump() | {"targets": ()}
    for name, entries in tables.items():
        values[name] = (values[name] or {}) | entries
    return Settings.parse(values)


def read_losses(out: Path) -> dc.Losses:
    """What pruning removed in a run, and added."""
    document = json.loads((out / "reports" / "pruning.json").read_text())
    return dc.Losses.from_dict(document["content"])


def per_pair(p: dc.Projection) -> int:
    """Synapses of the pair that has most."""
    return int(np.unique(np.stack([p.pre, p.post]), axis=1, return_counts=True)[1].max())


def test_regrowth_ends_with_as_few_synapses_at_finer_delays_and_every_change_is_counted(
    small_settings: Settings, small_recordings: Recordings, tmp_path: Path
) -> None:
    settings = changed(
        small_settings,
        network={"delays": {"levels": 4, "stride": 4}},
        training={"learning_rate": 0.05},
        pruning={"keep": 3, "rounds": 2, "epochs": 6, "learning_rate_scale": 1.0, "regrow": True},
    )
    files = train_model(settings, small_recordings, tmp_path)
    (delayed,) = [p for p in dc.load(files["model"]).projections if p.source == "h1"]
    assert per_pair(delayed) == 3
    assert set(delayed.delay.tolist()) > {0, 4, 8, 12} and set((delayed.delay % 2).tolist()) == {0}
    counts: dict[str, int] = {}
    for loss in read_losses(tmp_path):
        counts[loss.change] = counts.get(loss.change, 0) + (
            loss.count if loss.change == "pruned" else -loss.count
        )
    assert sum(counts.values()) == 4 * 12 * 20 - len(delayed) and set(counts) == {"pruned", "added"}


DELAYS: dict[str, dict[str, object]] = {
    "random": {"levels": 4, "stride": 5},
    "continuous_synapse": {"max_delay": 15},
    "continuous_axon": {"max_delay": 15},
}


@pytest.mark.parametrize("mode", ["continuous_synapse", "continuous_axon", "random"])
def test_other_ways_to_learn_delays_go_through_all_stages(
    mode: str, small_settings: Settings, small_recordings: Recordings, tmp_path: Path
) -> None:
    network = {
        "delays": DELAYS[mode] | {"mode": mode, "synapses_per_pair": 2},
        "neuron": "current_lif",
        "recurrent": True,
        "surrogate": "triangle",
    }
    settings = changed(small_settings, network=network, pruning={"keep": 1, "epochs": 1})
    model = dc.load(train_model(settings, small_recordings, tmp_path)["model"])
    assert [p.name for p in model.projections] == ["in->h1", "h1->h1", "h1->out"]
    assert all(per_pair(p) == 1 for p in model.projections)
    assert model.projections[1].smallest_delay >= 1
    losses = read_losses(tmp_path)
    assert ("delay" in {loss.what for loss in losses}) == mode.startswith("continuous")


def test_the_random_control_of_positions_has_as_many_synapses_as_what_is_left_of_them(
    small_settings: Settings, small_recordings: Recordings, tmp_path: Path
) -> None:
    settings = changed(
        small_settings,
        network={"delays": {"mode": "continuous_synapse", "max_delay": 15, "synapses_per_pair": 2}},
        pruning={"keep": 1, "epochs": 1},
    )
    train_model(settings, small_recordings, tmp_path)
    control = Trainer(settings, small_recordings, tmp_path).train_random_delays(Stage("random_delays", ""))
    assert control.graph.synapses == dc.load(tmp_path / "model.safetensors").synapses
    assert len(set(control.graph.projections[1].delay.tolist())) > 1


def test_what_a_chip_will_refuse_is_told_before_the_training(
    small_settings: Settings, small_recordings: Recordings, tmp_path: Path
) -> None:
    told: list[tuple[str, bool]] = []

    def train(settings: Settings, recordings: Recordings, name: str) -> None:
        began: list[str] = []
        train_model(
            settings,
            recordings,
            tmp_path / name,
            on_epoch=lambda stage, epochs, epoch: began.append(stage),
            on_message=lambda line: told.append((line, not began)),
        )

    train(small_settings.model_copy(update={"targets": ("seneca",)}), small_recordings, "near")
    assert told == []
    large: dict[str, dict[str, object]] = {
        "network": {"hidden": [1100], "delays": {"levels": 1}},
        "training": {"epochs": 1},
        "pruning": {"keep": 1},
        "qat": {"epochs": 0},
    }
    with pytest.raises(dc.DoesNotFit, match="cores"):  # a core takes 1,024 neurons: no pruning would help
        train(
            changed(small_settings, **large, budget={"target": "seneca", "options": {"cores": 1}}),
            small_recordings,
            "budgeted",
        )
    with pytest.raises(SettingsError, match="the input alone"):
        train(
            changed(small_settings, budget={"target": "seneca", "latency": 1e-9}), small_recordings, "limited"
        )
    assert not [path for name in ("budgeted", "limited") for path in (tmp_path / name).rglob("*.safetensors")]
    reach: dict[str, dict[str, object]] = {
        "network": {"delays": {"levels": 2, "stride": 70}},
        "pruning": {"keep": 1},
        "framing": {"steps": 80},
        "training": {"epochs": 1},
        "qat": {"epochs": 0},
    }
    settings = changed(small_settings, **reach).model_copy(update={"targets": ("seneca",)})
    training, valid, test = (
        SpokenDigits.events(split).select(np.arange(40)) for split in ("train", "valid", "test")
    )
    recordings = Recordings.of(training, valid, test, settings.framing, "long samples")
    train(settings, recordings, "far")
    ((line, before),) = told
    assert before and "delay.range" in line and "needed 70, available 63" in line
