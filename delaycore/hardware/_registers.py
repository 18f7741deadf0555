"""Numbers written to the memories of a chip: as they are, or not at all."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from delaycore.errors import HardwareError

__all__ = ["store_exactly"]


def store_exactly(values: ArrayLike, dtype: DTypeLike, place: str) -> NDArray[Any]:
    """``values`` as an array of the integer type ``dtype``, for the image of a program.

    place: the name of the array in the image.

    numpy wraps a number that an integer type cannot hold, without a word.  Here it raises `HardwareError`
    with the place and the number: the type is too narrow, or a limit of the chip has no finding.
    """
    given, kind = np.asarray(values), np.dtype(dtype)
    low, high = (np.iinfo(kind).min, np.iinfo(kind).max)
    wrong = ~((given >= low) & (given <= high) & (given == np.rint(given)))
    if wrong.any():
        raise HardwareError.at(
            f"image {place!r}",
            f"{given[wrong].flat[0]} is no {kind.name}, which holds whole numbers from {low} to {high}",
            "give the array a wider type, or declare a limit of the chip and refuse what exceeds it",
        )
    return given.astype(kind)
