"""What frozen values that hold arrays need: read-only arrays, and equality by content."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

__all__ = ["frozen_array", "same"]


def frozen_array(values: ArrayLike, dtype: DTypeLike) -> NDArray[Any]:
    """``values`` as an array that nobody can write to; the caller's own array stays writable and unshared."""
    array = np.asarray(values, dtype=dtype)
    if array.flags.writeable:
        array = array.copy()
        array.flags.writeable = False
    return array


def same(a: Any, b: Any) -> bool:
    """Whether two field values are equal; arrays by shape and content, with NaN equal to itself."""
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        a, b = np.asarray(a), np.asarray(b)
        floating = np.issubdtype(a.dtype, np.floating) and np.issubdtype(b.dtype, np.floating)
        return bool(np.array_equal(a, b, equal_nan=floating))
    return bool(a == b)
