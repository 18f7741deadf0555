"""EventSet: labelled recordings, each a list of events in time, of any length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from delaycore._shown import one_line
from delaycore._values import integers
from delaycore.datasets._classes import translate_labels
from delaycore.datasets._event_problems import ARRAYS, find_channel_mismatch, find_event_problems
from delaycore.errors import DataError, Problem

__all__ = ["EVENT_DTYPE", "EventSet"]

IntArray = npt.NDArray[np.int64]

EVENT_DTYPE = np.dtype([("t", int), ("x", int), ("p", int)])
"""One event as tonic's audio data sets have it: time in microseconds, channel, polarity (always 1)."""

_DTYPES = {"channels": np.int32}
"""Types of arrays that are not int64; `find_event_problems` sees to it that their numbers are not cut."""


@dataclass(frozen=True, eq=False)
class EventSet:
    """Recordings as events, all in one row of read-only arrays.

    Sample ``i`` has the events ``offsets[i]`` up to, not including, ``offsets[i + 1]``.

    times:         [events] int64, microseconds from the start of the sample, ascending within a sample.
    channels:      [events] int32, 0 to ``channel_count - 1``.
    offsets:       [samples + 1] int64, from 0 to the number of events.
    labels:        [samples] int64, an index of ``classes``.
    speakers:      [samples] int64, the number of the speaker; -1 where nobody is known.
    classes:       the name of each class.
    channel_count: channels of the sensor, silent ones included.
    name:          of this set in messages.
    sensor:        height, width and polarities of a sensor with pixels, whose channels are numbered as in
                   ``Framing.sensor``; None for channels in a row.
    time_error:    microseconds by which a time may be off at most, where the numbers that it came from hold
                   no microseconds; 0 for times that are exact.
    notes:         what a reader should know of where they come from.

    Raises DataError with everything that is wrong. ``es[i]`` is ``(events, label)`` with ``events`` in
    tonic's structured form (EVENT_DTYPE), so that tonic's transforms and loaders take an EventSet.
    """

    times: IntArray
    channels: npt.NDArray[np.int32]
    offsets: IntArray
    labels: IntArray
    speakers: IntArray
    classes: tuple[str, ...]
    channel_count: int
    name: str = "events"
    sensor: tuple[int, int, int] | None = None
    time_error: float = 0.0
    notes: tuple[str, ...] = ()

    dtype: ClassVar[np.dtype[np.void]] = EVENT_DTYPE
    ordering: ClassVar[tuple[str, ...]] = ("t", "x", "p")

    def __post_init__(self) -> None:
        DataError.collect(find_event_problems(self))
        object.__setattr__(self, "classes", tuple(map(str, self.classes)))
        object.__setattr__(self, "channel_count", int(self.channel_count))
        object.__setattr__(self, "time_error", float(self.time_error))
        object.__setattr__(self, "sensor", None if self.sensor is None else tuple(map(int, self.sensor)))
        for name in ARRAYS:
            object.__setattr__(self, name, _freeze(getattr(self, name), _DTYPES.get(name, np.int64)))

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[npt.NDArray[np.void], int]:
        if not -len(self) <= index < len(self):
            raise IndexError(f"{self.name} has {len(self)} samples; there is no sample {index}")
        sample = index % len(self)
        own = slice(self.offsets[sample], self.offsets[sample + 1])
        events = np.empty(own.stop - own.start, EVENT_DTYPE)
        events["t"], events["x"], events["p"] = self.times[own], self.channels[own], 1
        return events, int(self.labels[sample])

    def __iter__(self) -> Iterator[tuple[npt.NDArray[np.void], int]]:
        return (self[i] for i in range(len(self)))

    def __eq__(self, other: object) -> bool:
        """Whether both hold the same samples in the same order; the name, the error of times and the notes,
        which say where they come from, do not count.
        """
        if not isinstance(other, EventSet):
            return NotImplemented
        names = [f.name for f in fields(self) if f.name not in ("name", "time_error", "notes")]
        return all(np.array_equal(getattr(self, n), getattr(other, n)) for n in names)

    @one_line
    def __repr__(self) -> str:
        return (
            f"EventSet({self.name!r}: {len(self)} samples, {len(self.times)} events, {len(self.classes)} "
            f"classes, {self.channel_count} channels)"
        )

    @property
    def known_speakers(self) -> IntArray:
        """The numbers of the speakers, each once, ascending; empty if that of any sample is not known."""
        numbers = np.unique(self.speakers)
        return numbers[:0] if (numbers < 0).any() else numbers

    @property
    def sensor_size(self) -> tuple[int, int, int]:
        """The sensor as tonic describes it: (channels, 1, 1)."""
        return (self.channel_count, 1, 1)

    @property
    def median_duration(self) -> float:
        """The median time of a sample's last event in seconds, over samples that have any; 0 if none has."""
        ends = self.offsets[1:][np.diff(self.offsets) > 0]
        return float(np.median(self.times[ends - 1])) * 1e-6 if ends.size else 0.0  # times ascend in a sample

    def select(self, indices: npt.ArrayLike) -> EventSet:
        """Make a set of the samples at ``indices`` ([n] integers, or [samples] booleans), in that order."""
        chosen = np.arange(len(self))[np.asarray(indices)] if np.size(indices) else np.zeros(0, np.int64)
        lengths = np.diff(self.offsets)[chosen]
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        picked = np.arange(offsets[-1]) + np.repeat(self.offsets[chosen] - offsets[:-1], lengths)
        return replace(
            self,
            times=self.times[picked],
            channels=self.channels[picked],
            offsets=offsets,
            labels=self.labels[chosen],
            speakers=self.speakers[chosen],
        )

    def with_classes(self, classes: Sequence[str]) -> EventSet:
        """Make a set of the same samples whose labels are indices of ``classes``.

        Raises `DataError` with the classes that have samples and are not among them.
        """
        if tuple(classes) == self.classes:  # as nearly always: nothing needs to be validated again
            return self
        labels = translate_labels(self.name, self.labels, self.classes, classes)
        return replace(self, labels=labels, classes=tuple(classes))

    def join(self, *others: EventSet, name: str) -> EventSet:
        """Make a set of these samples and those of ``others``, with the classes of this one.

        Labels follow the names of classes, whatever their order in ``others``.  Raises `DataError` for others
        with samples of other classes, another number of channels or another sensor.
        """
        DataError.collect(
            problem
            for other in others
            for problem in find_channel_mismatch(other.name, other, self, self.name)
        )
        sets = (self, *(other.with_classes(self.classes) for other in others))
        ends = np.cumsum([0, *(len(part.times) for part in sets)])
        starts = [part.offsets[:-1] + end for part, end in zip(sets, ends[:-1], strict=True)]
        return replace(
            self,
            times=np.concatenate([part.times for part in sets]),
            channels=np.concatenate([part.channels for part in sets]),
            offsets=np.concatenate([*starts, ends[-1:]]),
            labels=np.concatenate([part.labels for part in sets]),
            speakers=np.concatenate([part.speakers for part in sets]),
            name=name,
            time_error=max(part.time_error for part in sets),
            notes=tuple(dict.fromkeys(note for part in sets for note in part.notes)),
        )

    def require_every_class(self) -> None:
        """Raise `DataError` with the classes that have no sample, since nothing could be learnt about
        them.
        """
        counts = np.bincount(self.labels, minlength=len(self.classes))
        empty = ", ".join(repr(self.classes[i]) for i in np.flatnonzero(counts == 0))
        if empty:
            raise DataError(
                Problem(
                    self.name,
                    f"no sample of class {empty}",
                    "add recordings of it to the training split, or leave its name out of `classes`",
                )
            )


def _freeze(values: Any, dtype: Any) -> npt.NDArray[Any]:
    """Make a read-only array of ``dtype``, a copy unless ``values`` is one already."""
    if (
        isinstance(values, np.ndarray)
        and values.dtype == dtype
        and values.base is None
        and not values.flags.writeable
    ):
        return values
    array: npt.NDArray[Any] = np.array(integers(values), dtype)
    array.flags.writeable = False
    return array
