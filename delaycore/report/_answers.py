"""Labels and predictions that are compared sample by sample."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from delaycore._values import integers
from delaycore.errors import DataError, Problem

__all__ = ["require_answers"]


def require_answers(given: Mapping[str, NDArray[np.int64]], classes: int | None = None) -> None:
    """Raise `DataError` unless all arrays have one whole number for each of the same samples: numpy would
    stretch one answer over all samples, and compare what is no number, without a word.

    classes: number of classes, of which every number must be one; None if it is not known.
    """
    DataError.collect(_find_problems(given, classes))


def _find_problems(given: Mapping[str, NDArray[np.int64]], classes: int | None) -> Iterator[Problem]:
    lengths = dict[str, int]()
    for name, values in given.items():
        try:
            array = integers(values)
        except ValueError as error:
            yield Problem(name, str(error), "give one whole number per sample")
            continue
        if array.ndim != 1:
            message = f"must be [samples], not of the shape {list(array.shape)}"
            yield Problem(name, message, "give one whole number per sample")
            continue
        lengths[name] = len(array)
        outside = np.flatnonzero((array < 0) | (array >= classes)) if classes is not None else array[:0]
        if outside.size:
            message = f"{array[outside[0]]} of sample {outside[0]} is none of {classes} classes"
            yield Problem(name, message, "give the names of all classes, or correct it")
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{length} of {name}" for name, length in lengths.items())
        yield Problem("samples", f"differ in number: {told}", "give the answers to the same samples")
