"""The number formats of a compartment's registers: decays, threshold and bias."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from delaycore.graph import Format
from delaycore_loihi.limits import LIMITS, REGISTERS
from delaycore_loihi.numbers._arithmetic import DECAY_UNITS

__all__ = [
    "RETAIN",
    "RETAIN_CURRENT",
    "THRESHOLD_STEP",
    "choose_bias_exponent",
    "make_bias_format",
    "make_threshold_format",
]

RETAIN = Format(family="fixed", step=1 / DECAY_UNITS, minimum=1 / DECAY_UNITS, maximum=1.0)
"""Register dv is 0..4095, so that a potential always retains something."""

RETAIN_CURRENT = Format(family="fixed", step=1 / DECAY_UNITS, minimum=0.0, maximum=1 - 1 / DECAY_UNITS)
"""The effective du is 1..4096, so that a current always decays."""

THRESHOLD_STEP = REGISTERS["unit"].value
"""A threshold is a mantissa of 17 bits times this."""


def make_threshold_format(scale: float = 1.0) -> Format:
    """Return the format of thresholds, in units of which ``scale`` chip units make one."""
    return Format(
        family="fixed", step=THRESHOLD_STEP / scale, minimum=0.0, maximum=LIMITS["threshold"].value / scale
    )


def make_bias_format(exponent: int, scale: float = 1.0) -> Format:
    """Return the format of biases, a mantissa of 12 bits and sign shifted left by ``exponent``, in units of
    which ``scale`` chip units make one.
    """
    unit = 2.0**exponent / scale
    largest = LIMITS["bias.mantissa"].value * unit
    return Format(family="fixed", step=unit, minimum=-largest, maximum=largest)


def choose_bias_exponent(bias: NDArray[np.float64], scale: float = 1.0) -> tuple[int, bool]:
    """Return the smallest exponent whose range holds ``bias`` and True, or the largest of all and False if
    none does.
    """
    last = int(LIMITS["bias.exponent"])
    for exponent in range(last + 1):
        if not make_bias_format(exponent, scale).overflows(bias).any():
            return exponent, True
    return last, False
