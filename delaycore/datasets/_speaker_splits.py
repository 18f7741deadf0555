"""Assignment of speakers to splits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isclose

import numpy as np
import numpy.typing as npt

from delaycore._values import require_seed
from delaycore.datasets._split_files import SPLITS
from delaycore.errors import DataError, Problem

__all__ = ["deal_speakers"]


def deal_speakers(
    count: int, fractions: Sequence[float], seed: int, chosen: Mapping[str, Sequence[int]] = {}
) -> dict[str, npt.NDArray[np.int64]]:
    """Deal ``count`` speakers, at least 3, to "train", "valid" and "test"; return their numbers by split.

    fractions: the shares of the three splits; they sum to 1.  Every split gets at least one speaker.
    seed:      draws the speakers of each split; the same seed gives the same speakers.
    chosen:    all speakers of "valid" or "test" by split, which are not drawn then.

    Raises `DataError` for fractions that are not three positive numbers with the sum 1, and for chosen
    speakers that leave none for another split.
    """
    DataError.collect(_find_problems(fractions))
    taken = {
        split: np.unique(np.asarray(numbers, np.int64)) for split, numbers in chosen.items() if len(numbers)
    }
    DataError.collect(_find_choice_problems(count, taken))
    sizes = {
        split: len(taken[split]) if split in taken else max(1, round(share * count))
        for split, share in zip(SPLITS[1:], fractions[1:], strict=True)
    }
    # With few speakers, rounding up might leave none for training.
    while sum(sizes.values()) >= count:
        sizes |= {split: max(1, size - 1) for split, size in sizes.items() if split not in taken}
    order = np.random.default_rng(require_seed(seed)).permutation(count)
    free = order[~np.isin(order, [number for numbers in taken.values() for number in numbers])]
    parts = dict(taken)
    for split in ("test", "valid"):
        if split not in taken:
            free, parts[split] = np.split(free, [len(free) - sizes[split]])
    return {split: np.sort(parts.get(split, free)) for split in SPLITS}


def _find_choice_problems(count: int, taken: Mapping[str, npt.NDArray[np.int64]]) -> Iterator[Problem]:
    """Find chosen speakers that are in two splits, or leave too few for the others."""
    numbers = np.concatenate([np.zeros(0, np.int64), *taken.values()])
    if len(np.unique(numbers)) < len(numbers):
        yield Problem("chosen speakers", "are for testing and for validation", "choose each for one of them")
    elif count - len(numbers) < len(SPLITS) - len(taken):
        message = f"are {len(numbers)} of {count}, which leaves too few for the other splits"
        yield Problem("chosen speakers", message, "choose fewer")


def _find_problems(fractions: Sequence[float]) -> Iterator[Problem]:
    if len(fractions) != 3 or min(fractions) <= 0 or not isclose(sum(fractions), 1, abs_tol=1e-6):
        remedy = (
            "pass three numbers above 0 that sum to 1, for train, valid and test, such as 0.7, 0.15, 0.15"
        )
        yield Problem("fractions", f"are {', '.join(map(str, fractions))}", remedy)
