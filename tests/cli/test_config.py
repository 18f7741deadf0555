"""Which configuration a command takes, and the ones that ship with the package."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import delaycore as dc
from delaycore.cli._configurations import SHIPPED
from delaycore.datasets import EventSet, write_events
from delaycore.experiment import Outcome, Volunteers
from delaycore.settings import Settings
from tests.cli.commands import call


def write_recordings(
    folder: Path, channels: int, sensor: tuple[int, int, int] | None = None, seconds: float = 0.9
) -> Path:
    """A small data set with two samples of each of two classes in every split."""
    folder.mkdir(parents=True)
    for number, split in enumerate(("train", "valid", "test")):
        events = EventSet(
            times=np.tile([0, round(seconds * 1e6)], 4),
            channels=np.tile([0, channels - 1], 4).astype(np.int32),
            offsets=np.arange(5) * 2,
            labels=np.array([0, 1, 0, 1]),
            speakers=np.full(4, number),
            classes=("yes", "no"),
            channel_count=channels,
            sensor=sensor,
        )
        write_events(folder / f"words_{split}.h5", events)
    return folder


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Settings]:
    """The settings with which `delaycore run` would have trained, all chips among their targets."""
    found: list[Settings] = []

    def run(
        settings: Settings, recordings: Any, out: Path, *, volunteers: Volunteers, **others: Any
    ) -> Outcome:
        found.append(settings.model_copy(update={"targets": (*settings.targets, *volunteers.targets)}))
        return Outcome(out, (), ())

    monkeypatch.setattr("delaycore.experiment.run", run)
    monkeypatch.chdir(tmp_path)
    return found


@pytest.mark.parametrize(("channels", "shift"), [(700, 20), (80, 2), (16, 0), (1, 0), (1_400, 40)])
def test_run_takes_settings_that_suit_the_channels_and_names_them(
    channels: int, shift: int, taken: list[Settings], tmp_path: Path
) -> None:
    data = write_recordings(tmp_path / "data", channels)
    said = json.loads(call("run", "--data", data, "--target", "loihi", "--json"))
    (settings,) = taken
    speech = Settings.parse(tomllib.loads(call("config", "speech")))
    assert settings.training.channel_shift == shift
    assert settings.model_copy(update={"training": speech.training, "targets": ()}) == speech
    assert said["config"] == "speech" and len(said["changes"]) == (channels != 700)
    assert all(f"channel_shift = {shift} for {channels} channels" in change for change in said["changes"])


@pytest.mark.parametrize(
    ("seconds", "tau"), [(0.6, (0.02, 0.2)), (1.9, (0.02, 0.2)), (10, (0.2, 2.0)), (0.05, (0.001, 0.01))]
)
def test_time_constants_suit_how_long_the_samples_last(
    seconds: float, tau: tuple[float, float], taken: list[Settings], tmp_path: Path
) -> None:
    data = write_recordings(tmp_path / "data", 700, seconds=seconds)
    said = json.loads(call("run", "--data", data, "--target", "loihi", "--json"))
    assert taken[0].network.time_constants == taken[0].baselines.time_constants == tau
    assert len(said["changes"]) == (tau != (0.02, 0.2))
    for change in said["changes"]:
        assert f"network.time_constants and baselines.time_constants = {list(tau)} for samples of" in change


def test_run_stops_for_a_sensor_with_pixels_and_says_how_to_go_on(
    taken: list[Settings], tmp_path: Path
) -> None:
    data = write_recordings(tmp_path / "data", 240, (12, 10, 2))
    said = call("run", "--data", data, code=2)
    assert "sensor of 12 x 10 pixels" in said and "delaycore config convolution" in said
    assert not taken
    call("config", "convolution", "--out", tmp_path / "mine.toml")
    call("run", "--data", data, "--config", tmp_path / "mine.toml", "--target", "loihi")
    assert len(taken) == 1


def test_the_targets_of_a_configuration_are_taken_unless_others_are_given(
    taken: list[Settings], tmp_path: Path
) -> None:
    (tmp_path / "mine.toml").write_text('targets = ["seneca"]\n')
    call("run", "--config", tmp_path / "mine.toml")
    call("run", "--config", tmp_path / "mine.toml", "--target", "loihi")
    call("run")
    assert [s.targets for s in taken[:2]] == [("seneca",), ("loihi",)]
    assert set(taken[2].targets) >= {"loihi", "seneca"}


def test_folds_are_asked_for_with_their_number(
    taken: list[Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[int, Path]] = []

    def run_folds(settings: Settings, recordings: Any, out: Path, folds: int, **others: Any) -> Outcome:
        asked.append((folds, out))
        return Outcome(out, (), ())

    monkeypatch.setattr("delaycore.experiment.run_folds", run_folds)
    call("run", "--folds", 4, "--target", "seneca")
    assert asked == [(4, Path("runs") / "demo-0-4-folds")] and not taken
    assert "--folds" in call("run", "--folds", 2, code=2)


def test_of_all_installed_chips_those_that_cannot_hold_the_network_are_left_out(
    taken: list[Settings], tmp_path: Path
) -> None:
    (tmp_path / "mine.toml").write_text('[network]\nneuron = "adaptive_lif"\n')
    call("run", "--config", tmp_path / "mine.toml")
    assert "seneca" in taken[0].targets and "loihi" not in taken[0].targets


@pytest.mark.parametrize("name", SHIPPED)
def test_every_configuration_can_be_written_out_and_read_as_it_is(name: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    assert call("config", name, "--out", path).strip() == f"written: {path}"
    shipped = Path(dc.__file__).parent / "experiment" / "configs" / f"{name}.toml"
    assert path.read_bytes() == shipped.read_bytes()
    assert (
        Settings.load(path) == Settings.load(shipped) == Settings.parse(tomllib.loads(call("config", name)))
    )
    assert name in call("config").split()
    assert json.loads(call("config", name, "--json"))["toml"] == path.read_text()


def test_a_file_of_the_user_is_not_replaced_and_an_unknown_name_is_told(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("seed = 3\n")
    assert "is there already" in call("config", "demo", "--out", tmp_path / "mine.toml", code=2)
    assert (tmp_path / "mine.toml").read_text() == "seed = 3\n"
    assert "did you mean 'speech'" in call("config", "speach", code=2)
