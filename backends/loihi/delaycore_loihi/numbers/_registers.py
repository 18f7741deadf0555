"""The number formats of a compartment's registers: decays, threshold and bias."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

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
    "find_least_exponent",
    "make_bias_format",
    "make_threshold_format",
]

RETAIN = Format(family="fixed", step=1 / DECAY_UNITS, minimum=1 / DECAY_UNITS, maximum=1.0)
"""Register dv is 0..4095, so that a potential always retains something."""

RETAIN_CURRENT = Format(family="fixed", step=1 / DECAY_UNITS, minimum=0.0, maximum=1 - 1 / DECAY_UNITS)
"""The effective du is 1..4096, so that a current always decays."""

THRESHOLD_STEP = REGISTERS["unit"].value
"""A threshold is a mantissa of 17 bits times this."""


@lru_cache(maxsize=4096)  # scales are powers of two, so that populations share them
def make_threshold_format(scale: float = 1.0) -> Format:
    """Return the format of thresholds, in units of which ``scale`` chip units make one."""
    return Format(
        family="fixed", step=THRESHOLD_STEP / scale, minimum=0.0, maximum=LIMITS["threshold"].value / scale
    )


@lru_cache(maxsize=4096)
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
    return _find_bias_exponent(float(np.abs(bias).max(initial=0.0)), scale)  # ranges have two equal ends


@lru_cache(maxsize=4096)
def _find_bias_exponent(largest: float, scale: float) -> tuple[int, bool]:
    def holds_largest(exponent: int) -> bool:
        return not make_bias_format(exponent, scale).overflows(largest).any()

    mantissa, last = LIMITS["bias.mantissa"].value, int(LIMITS["bias.exponent"])
    return find_least_exponent(holds_largest, largest * scale, mantissa, last)


def find_least_exponent(
    holds: Callable[[int], bool], largest: float, mantissa: float, last: int
) -> tuple[int, bool]:
    """Return the smallest exponent from 0 to ``last`` that ``holds`` and True, or ``last`` and False if none
    does; what holds at an exponent holds at larger ones.

    largest, mantissa: the largest number, and the largest mantissa in its unit, which tell about where to
        look: populations are many, and each trial rounds.
    """
    near = math.frexp(largest / mantissa)[1] if math.isfinite(largest) else last
    exponent = min(max(near, 0), last)
    while exponent < last and not holds(exponent):
        exponent += 1
    while exponent > 0 and holds(exponent - 1):
        exponent -= 1
    return exponent, exponent < last or holds(exponent)
