"""Times between a file's seconds in floating point and whole microseconds, with the error of its numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["choose_time_type", "find_time_error", "to_microseconds"]

Times = npt.NDArray[Any]

_SINGLE = 4
"""Bytes of a number in single precision."""


def choose_time_type(microseconds: npt.NDArray[np.int64]) -> type[np.floating[Any]]:
    """Return the smallest type whose seconds `to_microseconds` turns back into these."""
    # Single precision has numbers every 0.48 us up to 8 seconds.
    return np.float32 if microseconds.max(initial=0) < 8_000_000 else np.float64


def to_microseconds(times: Times, unit: float) -> npt.NDArray[np.int64]:
    """Return the whole microseconds of times in floating point of the type that their file has, [events].

    unit: microseconds of 1, such as 1e6 for times in seconds.

    A number in single precision stands for all times that round to it, and is read as the latest of them,
    half a spacing later. A time at which a step starts is then never read as before the microsecond with
    which `Framing` starts the step; and a whole microsecond is read as itself while numbers lie less than
    half a microsecond apart, below 8 seconds. Half precision is too coarse for that (half a spacing is 0.24
    ms near a second, and would move every event), and the error of double precision is within what
    `Framing` allows for.
    """
    wide = times.astype(np.float64)
    if times.dtype.kind != "f" or times.dtype.itemsize != _SINGLE:
        return np.rint(wide * unit).astype(np.int64)
    latest = wide + np.spacing(times).astype(np.float64) / 2
    return np.ceil(latest * unit - 0.5).astype(
        np.int64
    )  # halves are rounded down, as the starts of steps are


def find_time_error(times: Times, unit: float) -> float:
    """Return the microseconds by which `to_microseconds` may be off at most, besides its rounding to whole
    ones; 0 while numbers of this type lie less than half a microsecond apart.
    """
    if times.dtype.kind != "f" or not times.size:
        return 0.0
    spacing = float(np.spacing(times.max())) * unit
    if spacing < 0.5:
        return 0.0
    return spacing if times.dtype.itemsize == _SINGLE else spacing / 2
