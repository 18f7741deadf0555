"""SpokenDigits: the data set that ships with delaycore."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from delaycore._shown import one_line
from delaycore._wording import guess_meant
from delaycore.datasets._events import EVENT_DTYPE, EventSet
from delaycore.datasets._packing import read_packed
from delaycore.errors import DataError, Problem

__all__ = ["CLASSES", "DATA_FILE", "SpokenDigits"]

CLASSES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
    "null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun",
)  # fmt: skip

DATA_FILE = Path(__file__).parent / "data" / "spoken_digits.npz"

_SPLITS = ("train", "valid", "test")


class SpokenDigits:
    """The digits zero to nine in English and German, said by eighty voices of a speech synthesiser, as
    spikes.

    Fifty voices are for training, twelve for validation and eighteen for testing; each says every word three
    times, a little differently. The spikes are those of ``InnerEar(channels=80)``, in steps of half a
    millisecond.

    It behaves like a data set of tonic: ``digits[i]`` is ``(events, label)``, events being a structured array
    with ``t`` in microseconds, channel ``x`` and polarity ``p``, and tonic's transforms apply. No download,
    no other package than numpy. Raises DataError if there is no such split.

    split:            "train", "valid" or "test".
    transform:        applied to the events of a sample.
    target_transform: applied to its label.
    """

    classes: ClassVar[tuple[str, ...]] = CLASSES
    sensor_size: ClassVar[tuple[int, int, int]] = (80, 1, 1)
    dtype: ClassVar[np.dtype[np.void]] = EVENT_DTYPE
    ordering: ClassVar[tuple[str, ...]] = EventSet.ordering

    def __init__(
        self,
        split: str = "train",
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None,
    ) -> None:
        self._events = self.events(split)
        self.split = split
        self.transform = transform
        self.target_transform = target_transform

    @staticmethod
    def events(split: str = "train") -> EventSet:
        """Return all samples of ``split`` in one EventSet.  Raises `DataError` if there is no such split."""
        if split not in _SPLITS:
            remedy = f"{guess_meant(split, _SPLITS)}pass one of {', '.join(map(repr, _SPLITS))}"
            raise DataError(Problem("SpokenDigits: split", f"there is no {split!r}", remedy))
        return _read(split)

    @property
    def speaker(self) -> Any:
        """The voice of each sample, [samples], 0 to 79 over all splits."""
        return self._events.speakers

    def __len__(self) -> int:
        return len(self._events)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        events, label = self._events[index]
        return (
            events if self.transform is None else self.transform(events),
            label if self.target_transform is None else self.target_transform(label),
        )

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        return (self[i] for i in range(len(self)))

    @one_line
    def __repr__(self) -> str:
        return f"SpokenDigits(split={self.split!r}): {len(self)} samples, {len(self.classes)} classes"


@cache
def _read(split: str) -> EventSet:
    # Unpacking takes a moment, and an EventSet is read-only, so that all can share one.
    return read_packed(DATA_FILE, split, name=f"SpokenDigits, {split}")
