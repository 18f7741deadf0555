"""`Format.round` and `Format.overflows` for one number, compiled.

A format travels into a kernel as a tuple of floats, made by `packed`.  The tests hold these against `Format`
itself.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from delaycore.graph import Format

__all__ = ["Packed", "added", "overflow", "packed", "rounded"]

Packed = tuple[float, float, float, float, float, float]

_TINY = 1.1754943508222875e-38
"""2**-126, the smallest normal bfloat16."""

_HUGE = 3.3e38
"""A little below the largest bfloat16."""

_FAMILY = {"float64": 0.0, "float32": 1.0, "bfloat16": 2.0, "fixed": 3.0}
_ROUNDING = {"nearest_even": 0.0, "nearest_away": 1.0, "toward_zero": 2.0, "floor": 3.0}


def packed(number: Format) -> Packed:
    """(family, step, minimum, maximum, wraps, rounding) of a format, all as floats."""
    return (
        _FAMILY[number.family],
        number.step,
        number.minimum,
        number.maximum,
        float(number.overflow == "wrap"),
        _ROUNDING[number.rounding],
    )


@njit(cache=True, nogil=True)
def _nearby(x):  # type: ignore[no-untyped-def]
    """The nearest bfloat16 of a number that is neither tiny nor huge: half of what lies below 8 significant
    bits, ties to even.
    """
    bits = np.float64(x).view(np.int64)
    bits += ((bits >> 45) & 1) + 0xFFFFFFFFFFF
    return np.int64(bits & ~0x1FFFFFFFFFFF).view(np.float64)


@njit(cache=True, nogil=True)
def _bfloat16(x):  # type: ignore[no-untyped-def]
    if not math.isfinite(x) or x == 0.0:
        return x
    if abs(x) < _TINY:  # the spacing no longer shrinks
        spacing = 9.183549615799121e-41  # 2**-133
        return np.rint(x / spacing) * spacing
    result = _nearby(x)
    if abs(result) > 3.3895313892515355e38:
        return math.copysign(math.inf, x)
    return result


@njit(cache=True, nogil=True)
def _whole(x, step, rounding):  # type: ignore[no-untyped-def]
    scaled = x if step == 1.0 else x / step  # the same number, without a division
    if rounding == 0.0:
        scaled = np.rint(scaled)
    elif rounding == 1.0:
        part = scaled - np.trunc(scaled)
        scaled = np.trunc(scaled) + (math.copysign(1.0, scaled) if abs(part) >= 0.5 else 0.0)
    elif rounding == 2.0:
        scaled = np.trunc(scaled)
    else:
        scaled = np.floor(scaled)
    return scaled * step


@njit(cache=True, nogil=True)
def rounded(x, number):  # type: ignore[no-untyped-def]
    """`Format.round` of one float64."""
    family, step, minimum, maximum, wraps, rounding = number
    if family == 0.0:
        return x
    if family == 1.0:
        return np.float64(np.float32(x))
    if family == 2.0:
        return _bfloat16(x)
    whole = _whole(x, step, rounding)
    if minimum <= whole <= maximum:
        return whole
    if wraps == 0.0:
        return min(max(whole, minimum), maximum)
    return (whole - minimum) % (maximum - minimum + step) + minimum


@njit(cache=True, nogil=True)
def overflow(x, number):  # type: ignore[no-untyped-def]
    """`Format.overflows` of one float64, as 0 or 1."""
    family, step, minimum, maximum, _, rounding = number
    if family == 3.0:
        whole = _whole(x, step, rounding)
        return int(whole < minimum or whole > maximum)
    if family == 0.0 or not math.isfinite(x):
        return 0
    return int(not math.isfinite(rounded(x, number)))


@njit(cache=True, nogil=True)
def added(a, b, number, whole):  # type: ignore[no-untyped-def]
    """``a + b`` rounded, and whether it left the range, as 0 or 1: `rounded` and `overflow` of the sum at
    once.

    whole: both are multiples of the step of a fixed format, so that a sum within its range needs no rounding.
    """
    x = a + b
    if number[0] == 2.0:
        if _TINY <= abs(x) <= _HUGE:
            return _nearby(x), 0
    elif whole and number[2] <= x <= number[3]:
        return x, 0
    return rounded(x, number), overflow(x, number)


@njit(cache=True, nogil=True)
def added_all(into, values, number, whole):  # type: ignore[no-untyped-def]
    """Add ``values`` to as many numbers ``into``, as `added` does; how many sums left the range.

    Nearly always all sums are ordinary numbers, which loops without branches round, many at once.
    """
    family, _, minimum, maximum, _, _ = number
    if family == 2.0:
        minimum, maximum = _TINY, _HUGE
    rare = 0
    for k in range(len(into)):
        x = into[k] + values[k]
        into[k] = x
        if family == 2.0:
            rare += not (minimum <= abs(x) <= maximum or x == 0.0)
        else:
            rare += not minimum <= x <= maximum
    if family == 0.0 or (whole and rare == 0):
        return 0
    if family == 2.0 and rare == 0:
        for k in range(len(into)):
            into[k] = _nearby(into[k])
        return 0
    lost = 0
    for k in range(len(into)):
        lost += overflow(into[k], number)
        into[k] = rounded(into[k], number)
    return lost
