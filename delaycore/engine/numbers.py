"""`Format.round` and `Format.beyond` for one number, compiled.

A format travels into a kernel as a tuple of floats, made by `packed`.  The tests hold these against `Format` itself.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from delaycore.graph import Format

__all__ = ["Packed", "beyond", "packed", "rounded"]

Packed = tuple[float, float, float, float, float, float]

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
def _bfloat16(x):  # type: ignore[no-untyped-def]
    if not math.isfinite(x) or x == 0.0:
        return x
    if abs(x) < 1.1754943508222875e-38:  # below 2**-126 the spacing no longer shrinks
        spacing = 9.183549615799121e-41  # 2**-133
        return np.rint(x / spacing) * spacing
    bits = np.float64(x).view(np.int64)
    bits += ((bits >> 45) & 1) + 0xFFFFFFFFFFF  # half of what lies below 8 significant bits, ties to even
    result = np.int64(bits & ~0x1FFFFFFFFFFF).view(np.float64)
    if abs(result) > 3.3895313892515355e38:
        return math.copysign(math.inf, x)
    return result


@njit(cache=True, nogil=True)
def _whole(x, step, rounding):  # type: ignore[no-untyped-def]
    scaled = x / step
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
def beyond(x, number):  # type: ignore[no-untyped-def]
    """`Format.beyond` of one float64, as 0 or 1."""
    family, step, minimum, maximum, _, rounding = number
    if family == 3.0:
        whole = _whole(x, step, rounding)
        return int(whole < minimum or whole > maximum)
    if family == 0.0 or not math.isfinite(x):
        return 0
    return int(not math.isfinite(rounded(x, number)))
