"""Assignment of speakers to splits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isclose

import numpy as np
import numpy.typing as npt

from delaycore.datasets._split_files import SPLITS
from delaycore.errors import DataError, Problem

__all__ = ["deal_speakers"]


def deal_speakers(count: int, fractions: Sequence[float], seed: int) -> dict[str, npt.NDArray[np.int64]]:
    """Deal ``count`` speakers, at least 3, to "train", "valid" and "test"; return their numbers by split.

    ``fractions`` are the shares of the three splits and sum to 1.  Every split gets at least one speaker; the
    same seed gives the same speakers.

    Raises `DataError` for fractions that are not three positive numbers with the sum 1.
    """
    DataError.collect(_find_problems(fractions))
    valid, test = (max(1, round(share * count)) for share in fractions[1:])
    # With few speakers, rounding up might leave none for training.
    while valid + test >= count:
        valid, test = max(1, valid - 1), max(1, test - 1)
    order = np.random.default_rng(seed).permutation(count)
    parts = np.split(order, [count - valid - test, count - test])
    return {split: np.sort(part) for split, part in zip(SPLITS, parts, strict=True)}


def _find_problems(fractions: Sequence[float]) -> Iterator[Problem]:
    if len(fractions) != 3 or min(fractions) <= 0 or not isclose(sum(fractions), 1, abs_tol=1e-6):
        remedy = (
            "pass three numbers above 0 that sum to 1, for train, valid and test, such as 0.7, 0.15, 0.15"
        )
        yield Problem("fractions", f"are {', '.join(map(str, fractions))}", remedy)
