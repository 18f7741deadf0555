"""Delays on the step grid, by the one rounding function, with the loss."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from delaycore.errors import ForeignError
from delaycore.graph import Format
from delaycore.hardware import Losses
from delaycore.interop._tensors import Floats

__all__ = ["WHOLE", "from_seconds"]

WHOLE = Format(family="fixed", step=1)
"""Whole numbers of steps: to the nearest, ties to even."""

# of a delay in steps: what storing k * step in float32 does to it (2**-24), with room for the division
_NOISE = 1e-6


def from_seconds(place: str, seconds: Floats, step: float) -> tuple[NDArray[np.int64], Losses]:
    """Delays in seconds as whole steps, and what that altered.

    A delay within a millionth of a whole number of steps is that number: seconds cannot hold most multiples
    of a step exactly. Raises `ForeignError` for delays below 0 and ones that are not finite.
    """
    bad = np.flatnonzero(~np.isfinite(seconds) | (seconds < 0))
    if bad.size:
        raise ForeignError.at(
            place,
            f"{bad.size} delays are negative or not finite, the first is {seconds.ravel()[bad[0]]} s",
            "look at its Delay nodes",
        )
    wanted = seconds / step
    whole = WHOLE.round(wanted)
    noise = np.abs(wanted - whole) <= _NOISE * np.maximum(1.0, whole)
    losses = Losses.of(
        "delay", "rounded", place, np.where(noise, whole, wanted), whole, "steps", f"steps of {step:g} s"
    )
    return whole.astype(np.int64), losses
