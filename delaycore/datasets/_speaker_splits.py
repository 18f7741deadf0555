"""Which speaker goes to which split."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isclose

import numpy as np
import numpy.typing as npt

from delaycore.datasets._split_files import SPLITS
from delaycore.errors import DataError, Problem

__all__ = ["deal_speakers"]


def deal_speakers(count: int, fractions: Sequence[float], seed: int) -> dict[str, npt.NDArray[np.int64]]:
    """The numbers of the speakers of "train", "valid" and "test", out of ``count``, at least 3.

    ``fractions`` are the shares of the three splits and sum to 1. Every split gets at least one speaker; the
    same seed gives the same speakers. Raises DataError if the fractions make no sense.
    """
    DataError.collect(_problems(fractions))
    valid, test = (max(1, round(share * count)) for share in fractions[1:])
    # Of few speakers, rounding up might leave none to learn from.
    while valid + test >= count:
        valid, test = max(1, valid - 1), max(1, test - 1)
    order = np.random.default_rng(seed).permutation(count)
    parts = np.split(order, [count - valid - test, count - test])
    return {split: np.sort(part) for split, part in zip(SPLITS, parts, strict=True)}


def _problems(fractions: Sequence[float]) -> Iterator[Problem]:
    if len(fractions) != 3 or min(fractions) <= 0 or not isclose(sum(fractions), 1, abs_tol=1e-6):
        remedy = (
            "pass three numbers above 0 that sum to 1, for train, valid and test, such as 0.7, 0.15, 0.15"
        )
        yield Problem("fractions", f"are {', '.join(map(str, fractions))}", remedy)
