"""What no training can heal stops a run before its hours; what training might heal is only said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import delaycore as dc
from delaycore.datasets import EventSet
from delaycore.deploy import Chip
from delaycore.experiment import Recordings, Volunteers, choose_targets, run, train_model
from delaycore.experiment._preflight import find_lasting
from delaycore.experiment._trainer import Trainer
from delaycore.settings import Settings
from delaycore.training import Epoch


def change(settings: Settings, **parts: dict[str, Any]) -> Settings:
    values = settings.model_dump(mode="json", exclude_defaults=True)
    merged = values | {name: values.get(name, {}) | entries for name, entries in parts.items()}
    return Settings.parse(merged)


def record(channels: int, settings: Settings) -> Recordings:
    events = EventSet(
        times=np.array([5_000, 590_000]),
        channels=np.array([0, channels - 1], np.int32),
        offsets=np.arange(3),
        labels=np.array([0, 1]),
        speakers=np.array([0, 1]),
        classes=("yes", "no"),
        channel_count=channels,
    )
    return Recordings.of(events, events, events, settings.framing, "words")


def find_codes(settings: Settings, recordings: Recordings, target: str) -> set[str]:
    trainer = Trainer(settings, recordings, Path())
    return find_lasting(trainer, Chip(target), trainer.build_untrained()).codes()


@pytest.mark.parametrize("job", [run, train_model])
def test_a_kind_that_a_named_chip_has_not_stops_a_run_before_its_first_epoch(
    job: Any, small_settings: Settings, small_recordings: Recordings, tmp_path: Path
) -> None:
    settings = change(small_settings, network={"neuron": "adaptive_lif"})
    epochs: list[Epoch] = []
    with pytest.raises(
        dc.DoesNotFit, match=r"loihi: does not fit(.|\n)*population\.kind.*Remedy: train with"
    ):
        job(settings, small_recordings, tmp_path / "r", on_epoch=lambda *entries: epochs.append(entries[-1]))
    assert not epochs and not (tmp_path / "r").exists()


def test_a_chip_that_nobody_named_is_left_out_and_it_is_said(
    small_settings: Settings, small_recordings: Recordings
) -> None:
    settings = change(small_settings, network={"neuron": "adaptive_lif"})
    told: list[str] = []
    chosen = choose_targets(settings, small_recordings, ("loihi", "seneca"), told.append)
    assert chosen.targets == ("seneca",) and list(chosen.left_out) == told
    (line,) = told
    assert "left out" in line and "loihi" in line and "population.kind" in line
    chosen = choose_targets(small_settings, small_recordings, ("loihi", "seneca"), told.append)
    assert chosen == Volunteers(("loihi", "seneca"))


def test_more_inputs_than_a_core_takes_are_not_healed_by_any_training(small_settings: Settings) -> None:
    settings = change(small_settings, framing={"group": 1}, network={"hidden": [3]})
    assert find_codes(settings, record(5_000, settings), "loihi") == {"core.input_axons"}
    assert find_codes(settings, record(1_000, settings), "loihi") == set()


@pytest.mark.parametrize(("keep", "codes"), [(1, set()), (2, {"delay.range"})])
def test_a_delay_beyond_the_chip_s_range_can_be_healed_only_if_pruning_may_remove_it(
    keep: int, codes: set[str], small_settings: Settings
) -> None:
    settings = change(
        small_settings,
        framing={"steps": 80},
        network={"delays": {"levels": 2, "stride": 70}},
        pruning={"keep": keep},
    )
    assert find_codes(settings, record(80, settings), "seneca") == codes


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"pruning": {"mode": "layer"}},
        {"pruning": {"mode": "axonal"}},
        {"network": {"recurrent": True}},
        {"network": {"delays": {"mode": "continuous_axon", "max_delay": 15, "synapses_per_pair": 2}}},
        {"network": {"delays": {"mode": "random", "levels": 4, "stride": 5}}},
        {"network": {"convolutions": [{"maps": 2, "kernel": 9, "stride": 4}]}},
    ],
)
@pytest.mark.parametrize("target", ["loihi", "seneca"])
def test_nothing_stops_settings_whose_networks_fit(
    target: str, parts: dict[str, Any], small_settings: Settings, small_recordings: Recordings
) -> None:
    assert find_codes(change(small_settings, **parts), small_recordings, target) == set()
