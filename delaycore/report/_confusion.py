"""Which classes were taken for which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from delaycore._shown import one_line
from delaycore._wording import pluralize
from delaycore.report._answers import require_answers

__all__ = ["Confusion", "count_confusion"]

_SHOWN = 3
"""Wrong answers of a class that its line holds at most."""


@dataclass(frozen=True)
class Confusion:
    """Answers by class.

    classes: a name per neuron of the read-out.
    counts:  [classes][answers], samples of each class by their answer.
    """

    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]

    def describe(self) -> Iterator[str]:
        """Yield a line for every class with wrong answers, the worst first, and one for all others."""
        counts = np.asarray(self.counts)
        samples, right = counts.sum(axis=1), counts.diagonal()
        spoken = np.flatnonzero(samples)
        shares = right[spoken] / samples[spoken]
        for i in spoken[np.argsort(shares, kind="stable")]:
            if right[i] == samples[i]:
                continue
            wrong = np.where(np.arange(len(counts)) == i, 0, counts[i])
            often = [j for j in np.argsort(-wrong, kind="stable")[:_SHOWN] if wrong[j]]
            taken = ", ".join(f"{wrong[j]} as {self.classes[j]}" for j in often)
            more = "" if len(often) == np.count_nonzero(wrong) else ", ..."
            yield f"{self.classes[i]}: {right[i]} of {samples[i]} right; {taken}{more}"
        whole = [self.classes[i] for i in spoken if right[i] == samples[i]]
        if whole:
            yield f"all right: {', '.join(whole)}"

    def __str__(self) -> str:
        return "\n".join(self.describe())

    @one_line
    def __repr__(self) -> str:
        counts = np.asarray(self.counts)
        answers = pluralize(int(counts.sum()), "answer")
        return f"<Confusion: {int(counts.trace())} of {answers} right, {len(self.classes)} classes>"


def count_confusion(
    labels: NDArray[np.int64], predictions: NDArray[np.int64], classes: Sequence[str]
) -> Confusion:
    """Count samples by class and by answer, both [samples] and indices of ``classes``.

    Raises `DataError` for arrays that are not one index of a class per sample.
    """
    size = len(classes)
    require_answers({"labels": labels, "predictions": predictions}, size)
    flat = np.bincount(np.asarray(labels) * size + np.asarray(predictions), minlength=size * size)
    return Confusion(tuple(classes), tuple(map(tuple, flat.reshape(size, size).tolist())))
