"""The folder of a run: one process works in it, and every file in it is of this run, of this stage, and as it
was written.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import pytest

import delaycore as dc
from delaycore.errors import SettingsError
from delaycore.experiment import Recordings, Stage, TrainedNetwork
from delaycore.experiment._folder import open_folder
from delaycore.experiment._folder_lock import lock_folder
from delaycore.experiment._stage import Accuracies
from delaycore.experiment._stage_files import load_trained, save_trained
from delaycore.settings import Settings

STAGES = (Stage("delays", "all delays"), Stage("pruned", "pruned"))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder with two trained stages of the run ``mine``."""
    (tmp_path / "graphs").mkdir()
    for i, stage in enumerate(STAGES):
        graph = dc.Graph.from_arrays([np.full((2, 2), 0.5 + i)], delays=[0])
        losses = dc.Losses.counted("synapse", "pruned", "in->out", i, 9)
        save_trained(
            tmp_path, identify(stage), TrainedNetwork(stage, graph, losses, Accuracies(0.9, 0.1 * i))
        )
    return tmp_path


def identify(stage: Stage, run: str = "mine") -> str:
    return f"{run}, {stage.name}"


def test_a_stage_comes_back_as_it_was(out: Path) -> None:
    for i, stage in enumerate(STAGES):
        again = load_trained(out, identify(stage), stage)
        assert again is not None and again.stage == stage
        assert again.graph.projections[0].weight[0] == 0.5 + i
        assert again.accuracies == Accuracies(0.9, 0.1 * i)
        assert again.losses == dc.Losses.counted("synapse", "pruned", "in->out", i, 9)


@pytest.mark.parametrize("missing", ["pruned.json", "pruned.safetensors"])
def test_a_stage_without_one_of_its_files_is_not_there(missing: str, out: Path) -> None:
    (out / "graphs" / missing).unlink()
    assert load_trained(out, identify(STAGES[1]), STAGES[1]) is None


@pytest.mark.parametrize(
    ("copied", "says"),
    [
        (["delays.safetensors"], "pruned.safetensors: is not the graph that this stage wrote"),
        (["delays.json"], "pruned.json: belongs to another stage"),
        (["delays.safetensors", "delays.json"], "pruned.json: belongs to another stage"),
    ],
)
def test_files_of_another_stage_are_not_taken_for_its_own(copied: list[str], says: str, out: Path) -> None:
    for name in copied:
        shutil.copy(out / "graphs" / name, out / "graphs" / name.replace("delays", "pruned"))
    with pytest.raises(dc.FileError, match=f"{says}.*Remedy: remove pruned.safetensors and pruned.json"):
        load_trained(out, identify(STAGES[1]), STAGES[1])


def test_a_stage_of_another_run_is_refused(out: Path) -> None:
    with pytest.raises(dc.FileError, match=r"pruned\.json: belongs to another stage, or to a run with other"):
        load_trained(out, identify(STAGES[1], "another"), STAGES[1])


def test_a_record_that_somebody_edited_is_refused(out: Path) -> None:
    record = out / "graphs" / "pruned.json"
    record.write_text(record.read_text().replace("0.9", "0.99"))
    with pytest.raises(dc.FileError, match=r"pruned\.json: was changed after it was written.*Remedy: remove"):
        load_trained(out, identify(STAGES[1]), STAGES[1])


@pytest.fixture
def folder(
    small_settings: Settings, small_recordings: Recordings, tmp_path: Path
) -> AbstractContextManager[None]:
    return open_folder(small_settings, small_recordings, tmp_path / "run", print)


def test_a_folder_is_opened_again_by_the_same_run_alone(
    folder: AbstractContextManager[None],
    small_settings: Settings,
    small_recordings: Recordings,
    tmp_path: Path,
) -> None:
    with folder:
        pass
    with open_folder(small_settings, small_recordings, tmp_path / "run", print):
        before = (tmp_path / "run" / "settings.json").read_bytes()
    other = small_settings.model_copy(update={"seed": 7})
    with (
        pytest.raises(SettingsError, match="holds a run with other settings or data"),
        open_folder(other, small_recordings, tmp_path / "run", print),
    ):
        pass
    assert (tmp_path / "run" / "settings.json").read_bytes() == before


def test_settings_that_somebody_edited_are_refused(
    folder: AbstractContextManager[None],
    small_settings: Settings,
    small_recordings: Recordings,
    tmp_path: Path,
) -> None:
    with folder:
        pass
    known = tmp_path / "run" / "settings.json"
    document = json.loads(known.read_text())
    assert document["delaycore"] == "run" and document["content"]["settings"]["seed"] == small_settings.seed
    document["content"]["settings"]["seed"] = 7
    known.write_text(json.dumps(document, indent=2))
    with (
        pytest.raises(dc.FileError, match=r"settings\.json: was changed after.*Remedy: give another --out"),
        open_folder(small_settings.model_copy(update={"seed": 7}), small_recordings, tmp_path / "run", print),
    ):
        pass


def test_what_a_killed_run_left_is_removed(folder: AbstractContextManager[None], tmp_path: Path) -> None:
    for name in ("graphs", "."):
        (tmp_path / "run" / name).mkdir(parents=True, exist_ok=True)
        (tmp_path / "run" / name / ".gone.safetensors.0123abcd.part").write_text("half")
    with folder:
        assert not list((tmp_path / "run").rglob("*.part"))


def test_one_process_works_in_a_folder_and_the_other_is_told_who(tmp_path: Path) -> None:
    with lock_folder(tmp_path / "run", print):
        holder = f"process {os.getpid()} on {socket.gethostname()}, since 20"
        says = f"another process works in this folder: {holder}.*Remedy: wait"
        with pytest.raises(dc.FileError, match=says), lock_folder(tmp_path / "run", print):
            pass
    assert not list((tmp_path / "run").iterdir())
    (tmp_path / "run" / ".lock").write_text("process 1 of a machine that lost its power")
    with lock_folder(tmp_path / "run", print):
        assert f"process {os.getpid()} on" in (tmp_path / "run" / ".lock").read_text()


def test_an_error_in_a_folder_is_raised_as_it_is_and_the_folder_is_free_again(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="of the work"), lock_folder(tmp_path / "run", print):
        raise OSError("of the work")
    with lock_folder(tmp_path / "run", print):
        pass


def test_a_disk_without_locks_is_worked_on_with_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(fd: int, *, blocking: bool) -> bool:
        raise OSError("Function not implemented")

    monkeypatch.setattr("filelock.lock_descriptor", refuse)
    told: list[str] = []
    with lock_folder(tmp_path / "run", told.append):
        pass
    assert len(told) == 1 and "is on a disk without locks" in told[0]
