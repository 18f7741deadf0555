"""What frozen values need: read-only arrays, equality by content, and errors that name the field."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from delaycore._wrong_entries import wrong_entries
from delaycore.errors import GraphError

__all__ = ["Value", "frozen_array", "numbers", "same"]


class Value(BaseModel):
    """A frozen value of named fields; wrong ones are a `GraphError` with a problem for each, named
    ``Class.field``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise GraphError(*wrong_entries(error, type(self), values, type(self).__name__, ".")) from None


def numbers(values: ArrayLike) -> NDArray[Any]:
    """``values`` as an array of real numbers of whatever type they have.  Raises ValueError for text, complex
    numbers and ragged lists.
    """
    array = np.asarray(values)
    if array.dtype.kind not in "biuf" and array.size:
        raise ValueError(f"holds {array.dtype}, not real numbers")
    return array


def frozen_array(values: ArrayLike, dtype: DTypeLike) -> NDArray[Any]:
    """``values`` as an array that nobody can write to; the caller's own array stays writable and unshared."""
    array = np.asarray(values, dtype=dtype)
    if (
        array.flags.writeable or array.base is not None
    ):  # a read-only view can still be written to through its base
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
