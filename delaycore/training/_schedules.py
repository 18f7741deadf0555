"""Learning rates over a training."""

from __future__ import annotations

import math

from delaycore.settings import Schedule, TrainingSettings

__all__ = ["scale_rate"]

_WARM_UP, _FIRST, _LAST = 0.3, 1 / 25, 1e-3
"""Of ``one_cycle``: the part of the training in which rates rise, and what they begin and end with, as parts
of the largest; a cosine ends as low.
"""


def scale_rate(schedule: Schedule, settings: TrainingSettings, epoch: int, part: float) -> float:
    """Return the factor of a learning rate after ``epoch`` epochs and the ``part`` in [0, 1) of another."""
    progress = (epoch + part) / settings.epochs
    match schedule:
        case "cosine":
            return _interpolate(1.0, _LAST, progress)
        case "one_cycle" if progress < _WARM_UP:
            return _interpolate(_FIRST, 1.0, progress / _WARM_UP)
        case "one_cycle":
            return _interpolate(1.0, _LAST, (progress - _WARM_UP) / (1 - _WARM_UP))
    return settings.learning_rate_decay**epoch


def _interpolate(first: float, last: float, progress: float) -> float:
    """Go from ``first`` to ``last`` along half a cosine."""
    return last + (first - last) * (1 + math.cos(math.pi * progress)) / 2
