"""A run that is tiny in everything, for the files that it leaves in its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import torch

from delaycore.datasets import EventSet, Samples
from delaycore.experiment import ChipSetting, Recordings, compare, load_limits, train_model
from delaycore.experiment._folder import open_folder
from delaycore.experiment._stage import Stage
from delaycore.experiment._trainer import Trainer
from delaycore.report import Point
from delaycore.settings import NetworkSettings, Settings, TrainingSettings
from delaycore.training import build, fit
from delaycore.training._checkpoint import load_checkpoint
from tests.fuzz.judging import Refused

__all__ = ["TinyFit", "TinyRun"]


def make_events(name: str, samples: int = 6) -> EventSet:
    """Three events in each sample, of two classes and two speakers."""
    n = 3 * samples
    return EventSet(
        times=np.tile([0, 10_000, 30_000], samples),
        channels=np.arange(n, dtype=np.int32) % 4,
        offsets=np.arange(0, n + 1, 3),
        labels=np.arange(samples) % 2,
        speakers=np.arange(samples) // 2,
        classes=("yes", "no"),
        channel_count=4,
        name=name,
    )


def _refuse_to_train(*_: Any) -> NoReturn:
    raise Refused("what an earlier run left is not taken: it would be trained again")


class TinyRun:
    """A finished run of `train_model` and `compare`, and how each of its files is read by the next."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.settings = Settings.parse(
            {
                "targets": ["loihi"],
                "framing": {"steps": 8, "step": 0.01},
                "network": {"hidden": [2], "delays": {"levels": 2, "stride": 2}},
                "training": {"epochs": 1, "batch_size": 6},
                "pruning": {"keep": 1, "epochs": 1},
                "qat": {"epochs": 1},
                "budget": {"target": "loihi", "energy": 1.0, "epochs": 1},
            }
        )
        splits = (make_events(name) for name in ("train", "valid", "test"))
        self.recordings = Recordings.of(*splits, self.settings.framing, "tiny")
        train_model(self.settings, self.recordings, out)
        self._trainer = Trainer(self.settings, self.recordings, out, _refuse_to_train)
        self._compared = self.settings.model_copy(update={"budget": None})
        self.compare()

    def compare(self) -> tuple[Point, ...]:
        """Compare one setting of one chip by one method, or read what an earlier comparison found."""
        setting = ChipSetting("loihi", {"weight_bits": 6})
        return compare(
            self._compared, self.recordings, self.out / "compare", [setting], [0], methods=["ptq"]
        )

    @property
    def settings_file(self) -> Path:
        """The settings of the run."""
        return self.out / "settings.json"

    @property
    def losses_file(self) -> Path:
        """What the training of the first stage lost."""
        return self.out / "graphs" / "delays.losses.json"

    @property
    def accuracies_file(self) -> Path:
        """What the first stage reached."""
        return self.out / "graphs" / "delays.accuracies.json"

    @property
    def limits_file(self) -> Path:
        """Whether the limits of the budget are kept."""
        return self.out / "reports" / "budget_loihi.json"

    @property
    def point_file(self) -> Path:
        """A result of a comparison."""
        return self.out / "compare" / "seed-0" / "reports" / "loihi_weight_bits_6_ptq.json"

    def read_settings(self, path: Path) -> None:
        """Open the folder as the same run does; the file is written again."""
        open_folder(self.settings, self.recordings, self.out)

    def read_stage(self, path: Path) -> Any:
        """Read the first stage, which is there."""
        return self._trainer.train_delays(Stage("delays", "all delays"))

    def read_limits(self, path: Path) -> Any:
        """Read the limits."""
        assert self.settings.budget is not None
        return load_limits(self.out, self.settings.budget)

    def read_point(self, path: Path) -> Any:
        """Read the comparison, which is there."""
        return self.compare()


class TinyFit:
    """A finished fit with a checkpoint, and how that is read."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.checkpoint = folder / "fit.safetensors"
        rng = np.random.default_rng(0)
        self._samples = Samples(rng.random((6, 5, 4)) < 0.3, rng.integers(0, 2, 6))
        self._settings = TrainingSettings(epochs=1, batch_size=6)
        self._network = build(NetworkSettings(hidden=(2,)), 4, 2, 0.01, seed=0)
        self._fit()

    def _fit(self) -> Any:
        return fit(
            self._network,
            self._samples,
            self._samples,
            self._settings,
            seed=0,
            checkpoint=self.checkpoint,
            identity="tiny",
        )

    def read(self, path: Path) -> Any:
        """Read the checkpoint alone: the history, the network and the optimiser."""
        optimiser = torch.optim.AdamW([p for p in self._network.parameters() if p.requires_grad])
        history = load_checkpoint(path, "tiny", self._network, optimiser)
        return history, self._network.state_dict(), optimiser.state_dict()["state"]

    def go_on(self, path: Path) -> Any:
        """Go on with the fit, which is finished."""
        return self._fit(), self._network.state_dict()
