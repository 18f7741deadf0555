"""Times in seconds on the grid of steps, with one tolerance for all of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaycore._values import LARGEST
from delaycore.errors import ForeignError
from delaycore.graph import Format
from delaycore.hardware import Losses
from delaycore.interop._modules import Floats, to_array

__all__ = ["LONGEST", "WHOLE", "check_steps", "round_delays", "snap"]

LONGEST = LARGEST
"""Steps of the longest delay, that of a Graph."""

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

    Raises `ForeignError` for delays below 0, ones that are not finite, and ones beyond `LONGEST`.
    """
    whole = WHOLE.round(seconds / step)
    steps = snap(seconds / step, whole)
    bad = np.flatnonzero(~(steps <= LONGEST) | (steps < 0))
    if bad.size:
        raise ForeignError.at(
            place,
            f"{bad.size} delays are negative, not finite or too long to count in steps, the first is "
            f"{seconds.ravel()[bad[0]]} s",
            "look at its Delay nodes",
        )
    losses = Losses.of("delay", "rounded", place, steps, whole, "steps", f"steps of {step:g} s")
    return whole.astype(np.int64), losses


def check_steps(place: str, steps: Any) -> NDArray[np.int64]:
    """Return whole numbers of steps, given as numbers of any type, as int64.

    Raises `ForeignError` for ones that are not whole, below 0 or beyond `LONGEST`.
    """
    given = to_array(place, steps)
    bad = given[~((given >= 0) & (given <= LONGEST) & (given == np.rint(given)))]
    if bad.size:
        message = f"must hold whole numbers of steps from 0 to {LONGEST:,}, not {bad[0]:g}"
        raise ForeignError.at(place, message, "check the unit: delays are in steps")
    return given.astype(np.int64)
