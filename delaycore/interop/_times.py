"""Times in seconds on the grid of steps, with one tolerance for all of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from delaycore.errors import ForeignError
from delaycore.graph import Format
from delaycore.hardware import Losses
from delaycore.interop._modules import Floats

__all__ = ["WHOLE", "round_delays", "snap"]

WHOLE = Format(family="fixed", step=1)
"""Whole numbers of steps: to the nearest, ties to even."""

# of a time in steps: what storing k * step in float32 does to it (2**-24), with room for the division
_NOISE = 1e-6


def snap(steps: Floats, whole: Floats | float) -> Floats:
    """Return times in ``steps``, as ``whole`` numbers of steps where they lie within a millionth of them.

    Seconds cannot hold most multiples of a step exactly, in float32 least of all.
    """
    return np.where(np.abs(steps - whole) <= _NOISE * np.maximum(1.0, whole), whole, steps)


def round_delays(place: str, seconds: Floats, step: float) -> tuple[NDArray[np.int64], Losses]:
    """Round delays in seconds to whole steps, and say what that altered.

    Raises `ForeignError` for delays below 0 and ones that are not finite.
    """
    whole = WHOLE.round(seconds / step)
    steps = snap(seconds / step, whole)
    bad = np.flatnonzero(~np.isfinite(steps) | (steps < 0))
    if bad.size:
        raise ForeignError.at(
            place,
            f"{bad.size} delays are negative or not finite, the first is {seconds.ravel()[bad[0]]} s",
            "look at its Delay nodes",
        )
    losses = Losses.of("delay", "rounded", place, steps, whole, "steps", f"steps of {step:g} s")
    return whole.astype(np.int64), losses
