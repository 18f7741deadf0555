"""What all delay memories have in common: events in, due events out, and the words that are taken while a
step lasts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from delaycore._shown import show_line
from delaycore.delay_memory._pruning_filter import PruningFilter
from delaycore.errors import DataError

__all__ = [
    "DelayMemory",
    "Exit",
    "MemoryStep",
    "SimpleStep",
    "check_event",
    "iterate_arrivals",
    "list_arrivals",
    "step_through",
]


class Exit(NamedTuple):
    """An event on its way to the neurons: together, source and delay select a slice of weights."""

    source: int
    delay: int

    def __repr__(self) -> str:
        return show_line(self)


class MemoryStep(Protocol):
    """Results of one step of a delay memory."""

    @property
    def exits(self) -> list[Exit]:
        """The events that were due, older spikes first."""

    @property
    def words(self) -> int:
        """Words in use while the step lasted."""


class SimpleStep(NamedTuple):
    """A `MemoryStep` of a memory that counts nothing else."""

    exits: list[Exit]
    words: int

    def __repr__(self) -> str:
        return show_line(self)


class DelayMemory(Protocol):
    """A memory that holds spikes until they are due."""

    def step(self, arriving: Iterable[tuple[int, int]] = ()) -> MemoryStep:
        """Run one step: events arrive as (source, age), the age counted in steps since their spike; what is
        due leaves.
        """


def check_event(pruning: PruningFilter, source: int, age: int) -> None:
    """Raise `DataError` for a source that the filter does not have, or an age below 0."""
    if not (0 <= source < pruning.sources and age >= 0):
        raise DataError.at(
            "event",
            f"source {source}, age {age}",
            f"sources are 0..{pruning.sources - 1}, ages are not negative",
        )


def list_arrivals(spikes: NDArray[np.bool_], entry: NDArray[np.int64], t: int) -> list[tuple[int, int]]:
    """List the events (source, age) that enter in step ``t``, those of older spikes first.

    spikes: bool [steps, sources]; entry: the age at which the events of each source enter, [sources].
    """
    ages = sorted(set(entry.tolist()), reverse=True)
    return [
        (int(i), age) for age in ages if age <= t for i in np.flatnonzero(spikes[t - age] & (entry == age))
    ]


def iterate_arrivals(
    spikes: NDArray[np.bool_], entry: NDArray[np.int64] | None = None
) -> Iterator[list[tuple[int, int]]]:
    """Yield the events (source, age) that enter in each step of one sample, as `list_arrivals` does.

    entry: the age at which the events of each source enter, [sources]; 0 unless given.
    """
    ages = np.zeros(spikes.shape[1], dtype=np.int64) if entry is None else np.asarray(entry, dtype=np.int64)
    for t in range(len(spikes)):
        yield list_arrivals(spikes, ages, t)


def step_through(
    memory: DelayMemory, spikes: NDArray[np.bool_], entry: NDArray[np.int64] | None = None
) -> Sequence[MemoryStep]:
    """Run the steps of one sample through ``memory``, which must be empty; arguments as in
    `iterate_arrivals`.
    """
    return [memory.step(arriving) for arriving in iterate_arrivals(spikes, entry)]
