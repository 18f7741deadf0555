"""The main job, end to end: from recordings to a table that compares software and chips."""

from delaycore.experiment._pipeline import Outcome, run, train_model
from delaycore.experiment._recordings import Recordings

__all__ = ["Outcome", "Recordings", "run", "train_model"]
