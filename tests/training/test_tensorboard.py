"""Logs that TensorBoard reads back."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from delaycore.errors import FileError, SettingsError
from delaycore.training._checkpoint import Epoch
from delaycore.training._tensorboard import log_to_tensorboard

EPOCHS = [Epoch(0, 3.0, 0.1, 0.2), Epoch(1, 2.5, 0.3, 0.4)]


def read_back(folder: Path, name: str) -> list[tuple[int, float]]:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    events = accumulator.EventAccumulator(str(folder)).Reload()
    assert len(events.Tags()["scalars"]) == 3
    return [(e.step, round(e.value, 3)) for e in events.Scalars(name)]


def test_every_epoch_of_every_stage_is_read_back(tmp_path: Path) -> None:
    with log_to_tensorboard(tmp_path / "log") as watch:
        for stage in ("delays", "pruned"):
            for epoch in EPOCHS:
                watch(stage, 2, epoch)
    for stage in ("delays", "pruned"):
        assert read_back(tmp_path / "log" / stage, "loss") == [(0, 3.0), (1, 2.5)]
        assert read_back(tmp_path / "log" / stage, "accuracy/validation") == [(0, 0.2), (1, 0.4)]


def test_a_training_that_goes_on_has_no_epoch_twice(tmp_path: Path) -> None:
    for ended in (("delays", EPOCHS[:1]), ("delays", EPOCHS), ("pruned", EPOCHS)):
        with log_to_tensorboard(tmp_path) as watch:
            for epoch in ended[1]:
                watch(ended[0], 2, epoch)
    assert read_back(tmp_path / "delays", "loss") == [(0, 3.0), (1, 2.5)]
    assert read_back(tmp_path / "pruned", "loss") == [(0, 3.0), (1, 2.5)]


def test_without_tensorboard_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(SettingsError, match="pip install"), log_to_tensorboard(tmp_path):
        pass


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    (tmp_path / "file").write_text("not a folder")
    with (
        pytest.raises(FileError, match=r"file/log.*cannot be written"),
        log_to_tensorboard(tmp_path / "file" / "log"),
    ):
        pass
