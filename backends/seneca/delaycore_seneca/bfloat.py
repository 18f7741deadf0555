"""bfloat16 numbers as the 16-bit patterns that lie in the chip's memories."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from delaycore.graph import BFLOAT16

__all__ = ["decode", "encode"]


def encode(values: ArrayLike) -> NDArray[np.uint16]:
    """The bit patterns of ``values``, which must be bfloat16 numbers already: nothing is rounded here.

    A bfloat16 number is the upper half of the float32 that equals it.
    """
    x = np.asarray(values, dtype=np.float64)
    assert BFLOAT16.holds(x).all(), "numbers are rounded by quantize, before they are encoded"
    return (x.astype(np.float32).view(np.uint32) >> np.uint32(16)).astype(np.uint16)


def decode(patterns: NDArray[np.uint16]) -> NDArray[np.float64]:
    """The numbers that bit patterns stand for."""
    wide = np.ascontiguousarray(patterns, dtype=np.uint16).astype(np.uint32) << np.uint32(16)
    return np.asarray(wide.view(np.float32), dtype=np.float64)
