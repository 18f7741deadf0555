"""Settings that do not suit the recordings are refused or named before the training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import delaycore as dc
from delaycore.datasets import EventSet
from delaycore.experiment import Recordings, train_model
from delaycore.experiment._misfits import find_misfits, require_fit
from delaycore.settings import Settings


def change(settings: Settings, **entries: int) -> Settings:
    return settings.model_copy(update={"training": settings.training.model_copy(update=entries)})


def record(settings: Settings, channels: int, sensor: tuple[int, int, int] | None = None) -> Recordings:
    events = EventSet(
        times=np.array([0, 5_000, 900_000]),
        channels=np.array([0, 0, channels - 1], np.int32),
        offsets=np.array([0, 1, 3]),
        labels=np.array([0, 1]),
        speakers=np.array([0, 1]),
        classes=("yes", "no"),
        channel_count=channels,
        sensor=sensor,
    )
    return Recordings.of(events, events, events, settings.framing, "words")


def test_a_shift_that_would_leave_nothing_is_refused_before_the_training(
    small_settings: Settings, tmp_path: Path
) -> None:
    settings = change(small_settings, channel_shift=20, time_shift=40)
    with pytest.raises(dc.SettingsError, match="2 problems") as caught:
        train_model(settings, record(settings, 40), tmp_path / "run")
    assert [p.place for p in caught.value.problems] == ["training.channel_shift", "training.time_shift"]
    assert "20 inputs of words. Remedy: give at most 2" in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_samples_of_a_grid_move_along_both_of_its_sides(small_settings: Settings) -> None:
    recordings = record(small_settings, 120, (4, 30, 1))
    require_fit(change(small_settings, channel_shift=1), recordings)
    with pytest.raises(dc.SettingsError, match="out of the 2 inputs"):
        require_fit(change(small_settings, channel_shift=2), recordings)


def test_a_large_shift_and_events_after_the_last_step_are_named(small_settings: Settings) -> None:
    settings = change(small_settings, channel_shift=5)
    shift, late = find_misfits(settings, record(settings, 80))
    assert "5 is 12% of the 40 inputs" in shift
    assert "1 of 3 events late" in late and "33.3% of all" in late
    longer = small_settings.framing.model_copy(update={"steps": 64})
    settings = small_settings.model_copy(update={"framing": longer})
    assert not list(find_misfits(settings, record(settings, 80)))


def test_neurons_that_forget_within_a_step_are_named(small_settings: Settings) -> None:
    framing = small_settings.framing.model_copy(update={"step": 0.25, "steps": 20})
    settings = small_settings.model_copy(update={"framing": framing})
    (said,) = find_misfits(settings, record(settings, 80))
    assert "step of 250 ms is longer than the longest of network.time_constants, 200 ms" in said
    network = settings.network.model_copy(update={"leak": "none"})
    assert not list(find_misfits(settings.model_copy(update={"network": network}), record(settings, 80)))


def test_samples_without_a_duration_cannot_be_divided_into_bins(small_settings: Settings) -> None:
    bins = small_settings.model_copy(
        update={"framing": small_settings.framing.model_copy(update={"step": "bins"})}
    )
    assert record(bins, 80).step == pytest.approx(0.45 / 40)
    nothing = record(bins, 80).splits["train"].select([0])
    with pytest.raises(dc.DataError, match="no sample of class"):
        Recordings.of(nothing, nothing, nothing, bins.framing, "words")
    silent = EventSet(
        nothing.times, nothing.channels, nothing.offsets, nothing.labels, nothing.speakers, ("yes",), 80
    )
    with pytest.raises(dc.DataError, match=r"no event after time 0.*framing.step"):
        Recordings.of(silent, silent, silent, bins.framing, "words")
