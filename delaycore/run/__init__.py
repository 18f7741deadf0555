"""The main job, end to end: from recordings to a table that compares software and chips."""

from delaycore.run.pipeline import Outcome, run, train_model
from delaycore.run.recordings import Recordings

__all__ = ["Outcome", "Recordings", "run", "train_model"]
