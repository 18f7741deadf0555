"""The documents in the folder of a run, from which an interrupted one goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import delaycore as dc
from delaycore.datasets import EventSet
from delaycore.experiment import ChipSetting, LimitCheck, Recordings
from delaycore.experiment._compare import _Comparison, _Found
from delaycore.experiment._documents import save_value
from delaycore.experiment._folder import open_folder
from delaycore.experiment._limits import load_limits, save_limits
from delaycore.experiment._stage import Accuracies, Stage, TrainedNetwork
from delaycore.experiment._stage_files import load_trained, save_trained
from delaycore.hardware import Losses
from delaycore.report import Point, SpeakerScore
from delaycore.settings import Budget, Settings
from tests.fuzz.files import GUARDED, OPEN, make_file_kind
from tests.fuzz.hdf5_files import draw_events
from tests.fuzz.judging import Kind
from tests.fuzz.mutated_text import mutate_document, reseal_document
from tests.properties.networks import draw_case

__all__ = ["make_limits", "make_points", "make_run", "make_stages"]

LOSSES = Losses.counted("synapse", "pruned", "projections['in->h1']", 30, 40, "the weakest", 0.125)


def _make_kind(name: str, path: Path, read: Callable[[], Any], resealed: bool) -> Kind:
    mutate, allowed = (reseal_document, OPEN) if resealed else (mutate_document, GUARDED)
    return make_file_kind(name, path, [path.read_bytes()], mutate, lambda _: read(), allowed)


def _make_settings(folder: Path) -> tuple[Settings, Recordings]:
    settings = Settings.parse(
        {
            "framing": {"steps": 8, "step": 0.1},
            "network": {"hidden": [2], "delays": {"levels": 4}},
            "pruning": {"keep": 2},
        }
    )
    events: EventSet = draw_events(1, samples=6)
    return settings, Recordings.of(events, events, events, settings.framing, "tiny")


def make_run(name: str, folder: Path, resealed: bool) -> Kind:
    """Make the kind of settings.json, which says what a folder holds."""
    settings, recordings = _make_settings(folder)

    def read() -> None:
        with open_folder(settings, recordings, folder / "run", lambda line: None):
            pass

    read()
    return _make_kind(name, folder / "run" / "settings.json", read, resealed)


def make_stages(name: str, folder: Path, resealed: bool) -> Kind:
    """Make the kind of a trained stage's record."""
    (folder / "graphs").mkdir()
    stage = Stage("pruned", "pruned, then fine-tuned")
    save_trained(folder, "tiny", TrainedNetwork(stage, draw_case(0).graph, LOSSES, Accuracies(0.75, 0.5)))
    path = folder / "graphs" / "pruned.json"
    return _make_kind(name, path, lambda: load_trained(folder, "tiny", stage), resealed)


def make_limits(name: str, folder: Path, resealed: bool) -> Kind:
    """Make the kind of a budget's limits and whether they were kept."""
    (folder / "reports").mkdir()
    budget = Budget(target="loihi", energy=1.0)
    save_limits(folder, budget, LOSSES, (LimitCheck("energy", 1.0, 0.25, "J"),))
    path = folder / "reports" / "budget_loihi.json"
    return _make_kind(name, path, lambda: load_limits(folder, budget), resealed)


def make_points(name: str, folder: Path, resealed: bool) -> Kind:
    """Make the kind of a result of `compare`."""
    settings, recordings = _make_settings(folder)
    comparison = _Comparison(settings, recordings, folder, lambda *_: None)
    setting, stage = ChipSetting("loihi", {"weight_bits": 6}), "loihi_weight_bits_6_ptq"
    path = folder / "seed-0" / "reports" / f"{stage}.json"
    path.parent.mkdir(parents=True)
    point = Point(
        target="loihi",
        setting=setting.name,
        method="ptq",
        seed=0,
        software=0.875,
        accuracy=0.75,
        by_speaker=(SpeakerScore(0, 3, 4), SpeakerScore(2, 4, 4)),
        same=0.5,
        energy=1e-6,
        latency=1e-3,
        samples=8,
        note="a note",
        losses=LOSSES,
        budget={"energy": 0.5},
    )
    identity = comparison._make_trainer(settings, 0).identify(Stage(stage, setting.name))
    save_value(path, "point", _Found(identity, point))
    assert dc.targets()
    return _make_kind(name, path, lambda: comparison.deploy(0, setting, "ptq"), resealed)
