"""The derivatives that stand for that of a spike, by number."""

# Numba infers the types of what it compiles; annotations would not be checked.
# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from delaycore._compilation import compile_kernel

__all__ = ["Slope", "SurrogateKind", "write_slopes"]


class SurrogateKind(IntEnum):
    """Surrogate gradients; `delaycore.nn.functional.SURROGATES` has their formulas and sources."""

    FAST_SIGMOID = 0
    ARCTAN = 1
    TRIANGLE = 2
    GAUSSIAN = 3
    BOXCAR = 4


class Slope(NamedTuple):
    """A surrogate for kernels: its kind as a number, and its steepness, [1], of the arrays' type."""

    kind: int
    steepness: NDArray[Any]


@compile_kernel
def write_slopes(slope, distance):
    """Replace distances to the threshold by the surrogate's derivative there."""
    steep = slope.steepness[0]
    one = steep / steep
    zero, half = one - one, one / (one + one)
    if slope.kind == SurrogateKind.FAST_SIGMOID:
        for j in range(len(distance)):
            x = steep * abs(distance[j]) + one
            distance[j] = one / (x * x)
    elif slope.kind == SurrogateKind.ARCTAN:
        for j in range(len(distance)):
            x = steep * distance[j]
            distance[j] = one / (one + x * x)
    elif slope.kind == SurrogateKind.TRIANGLE:
        for j in range(len(distance)):
            distance[j] = max(one - steep * abs(distance[j]), zero)
    elif slope.kind == SurrogateKind.GAUSSIAN:
        for j in range(len(distance)):
            x = steep * distance[j]
            distance[j] = np.exp(-half * x * x)
    else:
        for j in range(len(distance)):
            distance[j] = one if steep * abs(distance[j]) < half else zero
