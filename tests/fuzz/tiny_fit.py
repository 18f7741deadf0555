"""A fit that is tiny in everything, for its checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from delaycore.datasets import Samples
from delaycore.settings import NetworkSettings, TrainingSettings
from delaycore.training import build, fit
from delaycore.training._checkpoint import load_checkpoint
from delaycore.training._fit import make_optimiser

__all__ = ["TinyFit"]


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
        optimiser, _ = make_optimiser(self._network, self._settings)
        history = load_checkpoint(path, "tiny", self._network, optimiser)
        return history, self._network.state_dict(), optimiser.state_dict()["state"]

    def go_on(self, path: Path) -> Any:
        """Go on with the fit, which is finished."""
        return self._fit(), self._network.state_dict()
