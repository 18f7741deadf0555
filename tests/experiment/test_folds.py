"""Folds by speaker: everybody is tested once, by a network that never heard this speaker."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import delaycore as dc
from delaycore.datasets import EventSet, SpokenDigits
from delaycore.experiment import Recordings, TrainedNetwork, Trainer, Volunteers, _run, run_folds
from delaycore.experiment._evaluation import Deployed
from delaycore.experiment._folds import deal_folds
from delaycore.registry import BackendFault
from delaycore.report import Row
from delaycore.settings import Settings


def record(settings: Settings, speakers: list[int]) -> Recordings:
    """Two words by each of ``speakers``, a third of the samples in every split."""
    whole = EventSet(
        times=np.arange(2 * len(speakers)),
        channels=np.zeros(2 * len(speakers), np.int32),
        offsets=np.arange(2 * len(speakers) + 1),
        labels=np.tile([0, 1], len(speakers)),
        speakers=np.repeat(speakers, 2),
        classes=("yes", "no"),
        channel_count=80,
    )
    third = np.arange(len(whole)) // 2 % 3
    train, valid, test = (whole.select(third == part) for part in range(3))
    return Recordings.of(train, valid, test, settings.framing, "words")


@pytest.mark.parametrize("folds", [3, 4, 7])
def test_every_speaker_is_tested_once_and_never_heard_in_that_fold(
    folds: int, small_settings: Settings
) -> None:
    speakers = [3, 10, 4, 5, 8, 21, 6]
    parts = list(deal_folds(record(small_settings, speakers), folds, small_settings))
    tested = [set(part.splits["test"].speakers.tolist()) for part in parts]
    assert sorted(s for fold in tested for s in fold) == sorted(speakers)
    for part in parts:
        found = [set(events.speakers.tolist()) for events in part.splits.values()]
        assert sum(map(len, found)) == len(set.union(*found)) == len(speakers)
        assert sum(map(len, part.splits.values())) == 2 * len(speakers)
    assert {len(fold) for fold in tested} <= {len(speakers) // folds, -(-len(speakers) // folds)}


def test_folds_that_cannot_be_dealt_are_refused_before_any_training(
    small_settings: Settings, tmp_path: Path
) -> None:
    for folds in (2, 5):
        with pytest.raises(dc.SettingsError, match="from 3 to the number of speakers, 4"):
            run_folds(small_settings, record(small_settings, [0, 1, 2, 3]), tmp_path / "r", folds)
    with pytest.raises(dc.DataError, match="does not say who speaks"):
        run_folds(small_settings, record(small_settings, [-1] * 6), tmp_path / "r", 3)
    assert not (tmp_path / "r").exists()


def test_the_main_job_in_folds_pools_the_answers_of_all_speakers(
    small_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def deploy(trainer: Trainer, pruned: TrainedNetwork, target: str) -> Deployed:
        """A chip that nobody named, and that fails in the second fold."""
        asked.append(target)
        if len(asked) == 2:
            raise BackendFault.at("gone", "its check hangs")
        return Deployed(Row(name=target, title=target, note="does not fit"), ())

    monkeypatch.setattr(_run, "deploy_apart", deploy)
    settings = small_settings.model_copy(
        update={
            "targets": ("seneca",),
            "training": small_settings.training.model_copy(update={"epochs": 1}),
            "qat": small_settings.qat.model_copy(update={"epochs": 0}),
        }
    )
    digits = SpokenDigits.events("test")
    some = digits.select(np.flatnonzero((digits.speakers < 67) & (np.arange(len(digits)) % 3 == 0)))
    voices = np.unique(some.speakers)
    train, valid, test = (
        some.select(np.isin(some.speakers, chosen)) for chosen in (voices[:3], voices[3:4], voices[4:])
    )
    told: list[str] = []
    recordings = Recordings.of(train, valid, test, settings.framing, "five voices")
    volunteers = Volunteers(("gone",), ("left out: lost",))
    outcome = run_folds(settings, recordings, tmp_path, 3, volunteers=volunteers, on_message=told.append)
    folds = [
        json.loads((tmp_path / f"fold-{n}" / "table.json").read_text())["content"]["rows"] for n in (1, 2, 3)
    ]
    assert [row["name"] for row in folds[0]][-1] == "gone" and len(asked) == 2
    assert {"left out: lost", "left out: gone: its check hangs."} <= set(outcome.remarks)
    for row, *of_folds in zip(outcome.rows, folds[0][:-1], *folds[1:], strict=True):
        assert row.samples == len(some) == sum(one["samples"] for one in of_folds)
        assert row.correct == sum(one["correct"] for one in of_folds)
        assert sorted(score.speaker for score in row.by_speaker) == voices.tolist()
        assert row.interval is not None
    assert [row.name for row in outcome.rows][-1] == "seneca" and outcome.rows[-1].energy
    page = (tmp_path / "table.md").read_text()
    assert (
        "5 speakers)" in page and "fold 1 tests speakers 62, 65" in page and "fold 3 tests speaker 64" in page
    )
    assert any(line.startswith("fold 2 of 3") for line in told)
    assert (tmp_path / "accuracy.png").exists()
