"""The chip's arithmetic of one step, in the core's neutral terms, and its decay registers.

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
from delaycore_loihi.limits import LIMITS, REGISTERS

__all__ = [
    "ARITHMETIC",
    "DECAY_UNITS",
    "decode_current_decay",
    "decode_potential_decay",
    "encode_current_decay",
    "encode_potential_decay",
]

DECAY_UNITS = int(REGISTERS["decay.units"])
"""Decay registers count in units of 1 / 4096; a decay of 4096 units keeps nothing."""

_UNIT = REGISTERS["unit"].value
_LARGEST_WEIGHT = LIMITS["accumulator"].value + 1 - _UNIT
_POTENTIAL = LIMITS["potential"].value

ARITHMETIC = Arithmetic(
    name="loihi",
    weight=Format(family="fixed", step=_UNIT, minimum=-_LARGEST_WEIGHT, maximum=_LARGEST_WEIGHT),
    decay=Format(family="fixed", rounding="toward_zero"),
    total=fixed_point(22, overflow="wrap"),
    current=fixed_point(24, overflow="wrap"),
    potential=Format(family="fixed", minimum=-_POTENTIAL, maximum=_POTENTIAL),
    arrivals="total",
    additions="last",
    fires=">",
)


def encode_potential_decay(retain: ArrayLike) -> NDArray[np.int64]:
    """Return register dv for a retained fraction that is a multiple of 1/4096 in [1/4096, 1]."""
    return np.asarray(np.rint(DECAY_UNITS - np.multiply(retain, DECAY_UNITS)), dtype=np.int64)


def decode_potential_decay(register: ArrayLike) -> NDArray[np.float64]:
    """Return the fraction of the potential that register dv retains in each step."""
    return np.asarray((DECAY_UNITS - np.asarray(register, dtype=np.float64)) / DECAY_UNITS)


def encode_current_decay(retain: ArrayLike) -> NDArray[np.int64]:
    """Return register du for a retained fraction that is a multiple of 1/4096 in [0, 4095/4096]."""
    return np.asarray(encode_potential_decay(retain) - 1)


def decode_current_decay(register: ArrayLike) -> NDArray[np.float64]:
    """Return the fraction of the synaptic current that register du retains in each step."""
    return decode_potential_decay(np.asarray(register, dtype=np.float64) + 1)
