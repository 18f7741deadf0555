"""`Format.round` and `Format.overflows` for one number, compiled.

The tests hold these against `Format` itself.
"""

# Numba infers the types of what it compiles; annotations would not be checked.
# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

import math
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from delaycore._compilation import compile_kernel
from delaycore.graph import Format

__all__ = ["Family", "Number", "add", "add_all", "overflow", "pack_format", "round_number"]


class Family(IntEnum):
    """`Format.family` as a number."""

    FLOAT64 = 0
    FLOAT32 = 1
    BFLOAT16 = 2
    FIXED = 3


class Rounding(IntEnum):
    """`Format.rounding` as a number."""

    NEAREST_EVEN = 0
    NEAREST_AWAY = 1
    TOWARD_ZERO = 2
    FLOOR = 3


class Number(NamedTuple):
    """A `Format` as kernels read it; ``family`` is a `Family` and ``rounding`` a `Rounding`."""

    family: int
    step: float
    minimum: float
    maximum: float
    wraps: bool
    rounding: int


def pack_format(number: Format) -> Number:
    """Return the format as kernels read it."""
    return Number(
        int(Family[number.family.upper()]),
        float(number.step),
        float(number.minimum),
        float(number.maximum),
        number.overflow == "wrap",
        int(Rounding[number.rounding.upper()]),
    )


_SMALLEST_NORMAL = 2.0**-126
"""The smallest normal bfloat16; below it, neighbours stay 2**-133 apart."""

_SUBNORMAL_SPACING = 2.0**-133

_LARGEST = float.fromhex("0x1.fep127")
"""The largest bfloat16."""

_SAFE = 3.3e38
"""A little below the largest bfloat16: a smaller number cannot round to infinity."""


@compile_kernel
def _round_mantissa(x):
    """Return the nearest bfloat16 of a number that is neither tiny nor huge: half of what lies below 8
    significant bits, ties to even.
    """
    bits = np.float64(x).view(np.int64)
    bits += ((bits >> 45) & 1) + 0xFFFFFFFFFFF
    return np.int64(bits & ~0x1FFFFFFFFFFF).view(np.float64)


@compile_kernel
def _round_bfloat16(x):
    if not math.isfinite(x) or x == 0.0:
        return x
    if abs(x) < _SMALLEST_NORMAL:
        return np.rint(x / _SUBNORMAL_SPACING) * _SUBNORMAL_SPACING
    result = _round_mantissa(x)
    if abs(result) > _LARGEST:
        return math.copysign(math.inf, x)
    return result


@compile_kernel
def _round_to_step(x, number):
    """Return the multiple of the step of a fixed format that ``x`` is rounded to, within its range or not."""
    step = number.step
    scaled = x if step == 1.0 else x / step  # the same number, without a division
    if np.rint(scaled) * step == x:
        return x
    if number.rounding == Rounding.NEAREST_EVEN:
        scaled = np.rint(scaled)
    elif number.rounding == Rounding.NEAREST_AWAY:
        part = scaled - np.trunc(scaled)
        scaled = np.trunc(scaled) + (math.copysign(1.0, scaled) if abs(part) >= 0.5 else 0.0)
    elif number.rounding == Rounding.TOWARD_ZERO:
        scaled = np.trunc(scaled)
    else:
        scaled = np.floor(scaled)
    return scaled * step


@compile_kernel
def round_number(x, number):
    """Compute `Format.round` of one float64."""
    if number.family == Family.FLOAT64:
        return x
    if number.family == Family.FLOAT32:
        return np.float64(np.float32(x))
    if number.family == Family.BFLOAT16:
        return _round_bfloat16(x)
    minimum, maximum = number.minimum, number.maximum
    multiple = _round_to_step(x, number)
    if minimum <= multiple <= maximum:
        return multiple
    if not number.wraps:
        return min(max(multiple, minimum), maximum)
    first, last = np.rint(minimum / number.step), np.rint(maximum / number.step)
    count = (np.rint(multiple / number.step) - first) % (last - first + 1) + first
    return count * number.step  # counts of steps wrap exactly, whatever the step


@compile_kernel
def overflow(x, number):
    """Compute `Format.overflows` of one float64, as 0 or 1."""
    if number.family == Family.FIXED:
        multiple = _round_to_step(x, number)
        return int(multiple < number.minimum or multiple > number.maximum)
    if number.family == Family.FLOAT64 or not math.isfinite(x):
        return 0
    return int(not math.isfinite(round_number(x, number)))


@compile_kernel
def add(a, b, number, on_grid):
    """Return ``a + b`` rounded, and whether it left the range, as 0 or 1: `round_number` and `overflow` at
    once.

    on_grid: both are multiples of the step of a fixed format, a power of two, so that a sum within its range
             needs no rounding.
    """
    x = a + b
    if number.family == Family.BFLOAT16:
        if _SMALLEST_NORMAL <= abs(x) <= _SAFE:
            return _round_mantissa(x), 0
    elif on_grid and number.minimum <= x <= number.maximum:
        return x, 0
    return round_number(x, number), overflow(x, number)


@compile_kernel
def add_all(into, values, number, on_grid):
    """Add ``values`` to as many numbers ``into``, as `add` does; returns how many sums left the range.

    Nearly always all sums are ordinary numbers, which loops without branches round, many at once.
    """
    bfloat16 = number.family == Family.BFLOAT16
    minimum, maximum = number.minimum, number.maximum
    if bfloat16:
        minimum, maximum = _SMALLEST_NORMAL, _SAFE
    rare = 0
    for k in range(len(into)):
        x = into[k] + values[k]
        into[k] = x
        if bfloat16:
            rare += not (minimum <= abs(x) <= maximum or x == 0.0)
        else:
            rare += not minimum <= x <= maximum
    if number.family == Family.FLOAT64 or (on_grid and rare == 0):
        return 0
    if bfloat16 and rare == 0:
        for k in range(len(into)):
            into[k] = _round_mantissa(into[k])
        return 0
    lost = 0
    for k in range(len(into)):
        lost += overflow(into[k], number)
        into[k] = round_number(into[k], number)
    return lost
