"""The chip's arithmetic of one step, in the core's neutral terms, and its registers.

    q = sum of the effective weights due now            21 bits and sign, wraps
    u = dec(u, du) + q                                  24 bits, wraps
    v = dec(v, dv) + u + bias                           clipped to +-(2^23 - 1)
    spike if v > threshold mantissa * 64, then v = 0

with ``dec(x, d) = sign(x) * floor(|x| * (4096 - d) / 4096)``: brian2-loihi, lava and nengo-loihi agree on it.
Decays are registers of 12 bits; the effective du is its register + 1, dv is its register.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from delaycore.graph import Arithmetic, Format, fixed_point
from delaycore_loihi.spec import LIMITS

__all__ = ["ARITHMETIC", "ONE", "current_register", "potential_register", "retain_current_of", "retain_of"]

ONE = 4096
"""A decay of everything: registers count in units of 1 / 4096."""

_LARGEST_WEIGHT = 2.0**21 - 64
_POTENTIAL = LIMITS["potential"].value

ARITHMETIC = Arithmetic(
    name="loihi",
    weight=Format(family="fixed", step=64, minimum=-_LARGEST_WEIGHT, maximum=_LARGEST_WEIGHT),
    decay=Format(family="fixed", rounding="toward_zero"),
    total=fixed_point(22, overflow="wrap"),
    current=fixed_point(24, overflow="wrap"),
    potential=Format(family="fixed", minimum=-_POTENTIAL, maximum=_POTENTIAL),
    arrivals="total",
    additions="last",
    fires=">",
)


def potential_register(retain: ArrayLike) -> NDArray[np.int64]:
    """Register dv for a fraction kept that is a multiple of 1/4096 in [1/4096, 1]."""
    return np.asarray(np.rint(ONE - np.multiply(retain, ONE)), dtype=np.int64)


def retain_of(register: ArrayLike) -> NDArray[np.float64]:
    """The fraction of the potential that register dv keeps."""
    return np.asarray((ONE - np.asarray(register, dtype=np.float64)) / ONE)


def current_register(retain: ArrayLike) -> NDArray[np.int64]:
    """Register du for a fraction kept that is a multiple of 1/4096 in [0, 4095/4096]."""
    return np.asarray(potential_register(retain) - 1)


def retain_current_of(register: ArrayLike) -> NDArray[np.float64]:
    """The fraction of the current that register du keeps."""
    return retain_of(np.asarray(register, dtype=np.float64) + 1)
