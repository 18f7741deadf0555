"""What all delay memories have in common: events in, due events out, and the words that are taken while a
step lasts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from delaycore.delay_memory._pruning_filter import PruningFilter
from delaycore.errors import DataError

__all__ = ["DelayMemory", "Due", "Exit", "StepResult", "list_arrivals", "check_events", "step_through"]


class Exit(NamedTuple):
    """An event on its way to the neurons: together, source and delay select a slice of weights."""

    source: int
    delay: int


class StepResult(Protocol):
    """What one step of a delay memory showed."""

    @property
    def exits(self) -> list[Exit]:
        """The events that were due, older spikes first."""

    @property
    def words(self) -> int:
        """Words in use while the step lasted."""


class Due(NamedTuple):
    """The plain form of `StepResult`."""

    exits: list[Exit]
    words: int


class DelayMemory(Protocol):
    """A memory that holds spikes until they are due."""

    def step(self, arriving: Iterable[tuple[int, int]] = ()) -> StepResult:
        """One whole step: events arrive as (source, age), the age counted in steps since their spike; what is
        due leaves.
        """


def check_events(pruning: PruningFilter, arriving: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """``arriving`` one by one.  Raises `DataError` for a source that the filter does not have, or an age
    below 0.
    """
    for source, age in arriving:
        if not (0 <= source < pruning.sources and age >= 0):
            raise DataError.at(
                "event",
                f"source {source}, age {age}",
                f"sources are 0..{pruning.sources - 1}, ages are not negative",
            )
        yield source, age


def list_arrivals(spikes: NDArray[np.bool_], entry: NDArray[np.int64], t: int) -> list[tuple[int, int]]:
    """The events (source, age) that enter in step ``t``, those of older spikes first.

    spikes: bool [steps, sources]; entry: the age at which the events of each source enter, [sources].
    """
    ages = sorted(set(entry.tolist()), reverse=True)
    return [
        (int(i), age) for age in ages if age <= t for i in np.flatnonzero(spikes[t - age] & (entry == age))
    ]


def step_through(
    memory: DelayMemory, spikes: NDArray[np.bool_], entry: NDArray[np.int64] | None = None
) -> Sequence[StepResult]:
    """The steps of one sample through ``memory``, which must be empty; events enter at age 0 unless ``entry``
    says otherwise.
    """
    ages = np.zeros(spikes.shape[1], dtype=np.int64) if entry is None else np.asarray(entry, dtype=np.int64)
    return [memory.step(list_arrivals(spikes, ages, t)) for t in range(len(spikes))]
