"""A run that is small in everything: few recordings, few neurons, one epoch of each training."""

from __future__ import annotations

import numpy as np
import pytest

from delaycore.datasets import EventSet, SpokenDigits
from delaycore.experiment import Recordings
from delaycore.settings import Settings


def some(split: str, each: int, every: int = 1) -> EventSet:
    """A few samples of every class: one of ``every``, of which 3 are of one voice."""
    events = SpokenDigits.events(split)
    of_class = [np.flatnonzero(events.labels == c) for c in range(len(events.classes))]
    return events.select(np.concatenate([own[::every][:each] for own in of_class]))


@pytest.fixture(scope="session")
def small_settings() -> Settings:
    return Settings.parse(
        {
            "targets": ["loihi", "seneca"],
            "framing": {"steps": 40, "step": 0.015, "group": 2},
            "network": {"hidden": [12], "delays": {"levels": 4, "stride": 5}, "leak": "layer", "gain": 1.5},
            "training": {"epochs": 2, "batch_size": 40, "learning_rate": 5e-3},
            "pruning": {"keep": 2, "epochs": 1},
            "qat": {"epochs": 1},
        }
    )


@pytest.fixture(scope="session")
def small_recordings(small_settings: Settings) -> Recordings:
    return Recordings.of(
        some("train", 8), some("valid", 3), some("test", 3, every=3), small_settings.framing, "a few digits"
    )
