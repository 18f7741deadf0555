"""Where time steps start on the grid of whole microseconds on which events lie."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

__all__ = ["MICROSECOND", "find_step_starts"]

MICROSECOND = 1e-6
"""Seconds of a microsecond."""

_NOISE = Fraction(1, 2**49)
"""Relative error that a length or a time in floating point may have: some units in the last place."""


def find_step_starts(step: float, numbers: Sequence[int]) -> NDArray[np.int64]:
    """Return the microseconds with which steps of ``step`` seconds start, [numbers].

    numbers: of the steps, the first of a sample being 0.

    Step k starts with the microsecond nearest to ``k * step``: whoever made an event in step k, at
    ``k * step`` seconds, rounded it to that one.  Halves are rounded down, so that it makes no difference how
    others round them; so are numbers that floating point cannot tell from halves.  The arithmetic is exact,
    hence errors do not grow with k.
    """
    length, unit = (Fraction(step) * 10**6 * (1 - _NOISE)).as_integer_ratio()
    latest = np.iinfo(np.int64).max
    # the smallest whole number that is at least k * length / unit - 1/2
    starts = (-((unit - 2 * k * length) // (2 * unit)) for k in numbers)
    return np.fromiter((min(start, latest) for start in starts), np.int64, len(numbers))
