"""Validation of the arrays of an EventSet."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from delaycore._values import LARGEST, integers
from delaycore._wording import is_text
from delaycore.errors import Problem

__all__ = ["ARRAYS", "find_channel_mismatch", "find_event_problems"]

Array = npt.NDArray[Any]

_LATEST = 2**63 - 1
"""Microseconds of the latest time that int64 holds."""

ARRAYS = ("times", "channels", "offsets", "labels", "speakers")
"""The fields of an EventSet that hold arrays of whole numbers."""

_SHOWN = 20
"""Wrong names of classes that are named; beyond these they are counted."""


def find_event_problems(events: Any) -> Iterator[Problem]:
    """Find everything that is wrong with ``events``, which has the attributes of an EventSet.

    Values are checked only if the arrays fit together, since otherwise an event belongs to no sample that a
    message could name.
    """
    arrays: dict[str, Array] = {}
    shape = [*_take_arrays(events, arrays), *_check_channels(events), *_check_classes(events)]
    if not shape:
        shape = list(_check_lengths(events.name, **arrays))
    yield from shape
    if not shape:
        yield from _check_events(events.name, events.channel_count, **arrays)
        yield from _check_labels(events.name, arrays["labels"], events.classes)
        yield from _check_speakers(events.name, arrays["speakers"])


def find_channel_mismatch(place: str, part: Any, other: Any, called: str) -> Iterator[Problem]:
    """Find why channels of ``part`` are not those of ``other``, another EventSet, named ``called``."""
    if part.channel_count != other.channel_count:
        message = f"has {part.channel_count} channels, but {called} has {other.channel_count}"
        yield Problem(place, message, "use files of one data set, or pass `channels`")
    if part.sensor != other.sensor:
        message = f"has the sensor {part.sensor}, but {called} has {other.sensor}"
        yield Problem(place, message, "use files of one data set")


def _take_arrays(events: Any, arrays: dict[str, Array]) -> Iterator[Problem]:
    """Put the arrays of ``events`` into ``arrays`` as int64; find those that are no row of whole numbers."""
    for field in ARRAYS:
        place = f"{events.name}: {field}"
        try:
            array = integers(getattr(events, field))
        except ValueError as error:
            yield Problem(place, str(error), "pass integers; times are whole microseconds")
            continue
        if array.ndim != 1:
            yield Problem(place, f"has the shape {array.shape}", "pass an array with one dimension")
        arrays[field] = array


def _check_channels(events: Any) -> Iterator[Problem]:
    count = events.channel_count
    if not _is_count(count):
        message, remedy = f"is {count!r:.80}", f"pass the number of channels, from 1 to {LARGEST}"
        yield Problem(f"{events.name}: channel_count", message, remedy)
    sensor = events.sensor
    if sensor is not None and not (_is_sensor(sensor) and math.prod(map(int, sensor)) == count):
        yield Problem(
            f"{events.name}: sensor",
            f"is {sensor!r:.80} for {count!r:.80} channels",
            "pass height, width and polarities, whose product they are",
        )
    error = events.time_error
    number = isinstance(error, int | float | np.integer | np.floating) and not isinstance(error, bool)
    if not number or not 0 <= error <= _LATEST:
        remedy = "pass microseconds, 0 for times that are exact"
        yield Problem(f"{events.name}: time_error", f"is {error!s:.80}", remedy)
    if not isinstance(events.name, str):
        yield Problem("name", f"is {events.name!r:.80}", "pass a text")


def _is_count(count: object) -> bool:
    return isinstance(count, int | np.integer) and not isinstance(count, bool) and bool(1 <= count <= LARGEST)


def _is_sensor(sensor: object) -> bool:
    """Whether ``sensor`` is three counts, as a list, a tuple or an array."""
    sizes = sensor.tolist() if isinstance(sensor, np.ndarray) else sensor
    return isinstance(sizes, list | tuple) and len(sizes) == 3 and all(map(_is_count, sizes))


def _check_classes(events: Any) -> Iterator[Problem]:
    place = f"{events.name}: classes"
    single = isinstance(events.classes, str | bytes)
    if single or not isinstance(events.classes, Sequence | np.ndarray):
        message = f"is {'the single string ' if single else ''}{events.classes!r:.80}"
        yield Problem(place, message, "pass a tuple with one name a class")
        return
    names = list(events.classes)
    nameless = [i for i, label in enumerate(names) if not is_text(label) or not label]
    for index in nameless[:_SHOWN]:
        others = f" ({len(nameless)} such names in all)" if nameless[_SHOWN:] else ""
        yield Problem(
            f"{place}[{index}]",
            f"is {names[index]!r:.80}{others}",
            "pass a name in Unicode that is not empty",
        )
    counts = Counter(label for label in names if isinstance(label, str) and label)
    twice = sorted(label for label, count in counts.items() if count > 1)
    if twice:
        shown = ", ".join(map(repr, twice[:_SHOWN])) + (
            f" and {len(twice) - _SHOWN} others" if twice[_SHOWN:] else ""
        )
        yield Problem(place, f"holds {shown} more than once", "give each class its own name")


def _check_lengths(
    name: str, times: Array, channels: Array, offsets: Array, labels: Array, speakers: Array
) -> Iterator[Problem]:
    if len(times) != len(channels):
        yield Problem(
            f"{name}: channels", f"has {len(channels)} entries for {len(times)} times", "pass one a time"
        )
    if len(labels) != len(speakers):
        yield Problem(
            f"{name}: speakers", f"has {len(speakers)} entries for {len(labels)} labels", "pass one a label"
        )
    place = f"{name}: offsets"
    if len(offsets) != len(labels) + 1:
        yield Problem(
            place, f"has {len(offsets)} entries for {len(labels)} labels", "pass one entry more than labels"
        )
    elif offsets[0] != 0 or offsets[-1] != len(times):
        message = f"runs from {offsets[0]} to {offsets[-1]}, but there are {len(times)} events"
        yield Problem(place, message, "start at 0 and end at the number of events")
    falls = np.flatnonzero(offsets[1:] < offsets[:-1])
    if falls.size:
        yield Problem(place, f"falls after sample {falls[0]}", "let each entry be at least the one before it")


def _check_events(
    name: str, count: int, times: Array, channels: Array, offsets: Array, labels: Array, speakers: Array
) -> Iterator[Problem]:
    def first(bad: Array) -> tuple[int, int]:
        """Return the first event that is bad, and its sample."""
        event = int(np.flatnonzero(bad)[0])
        return event, int(np.searchsorted(offsets, event, side="right")) - 1

    outside = (channels < 0) | (channels >= count)
    if outside.any():
        event, sample = first(outside)
        message = f"channel {channels[event]} in sample {sample} is not within 0..{count - 1}"
        others = f" ({outside.sum()} such events in all)"
        yield Problem(
            f"{name}: channels", message + others, "correct the channels or raise the number of channels"
        )
    negative = times < 0
    if negative.any():
        event, sample = first(negative)
        message = f"{times[event]} microseconds in sample {sample} ({negative.sum()} negative times in all)"
        yield Problem(f"{name}: times", message, "let time start at 0 with each sample")
    falls = np.zeros(len(times), bool)
    falls[1:] = times[1:] < times[:-1]
    starts = offsets[:-1]
    falls[starts[starts < len(times)]] = False
    if falls.any():
        event, sample = first(falls)
        message = (
            f"{times[event]} comes after {times[event - 1]} in sample {sample} ({falls.sum()} such steps "
            "in all)"
        )
        yield Problem(f"{name}: times", message, "sort the events of each sample by time")


def _check_labels(name: str, labels: Array, classes: tuple[str, ...]) -> Iterator[Problem]:
    nameless = (labels < 0) | (labels >= len(classes))
    if nameless.any():
        sample = int(np.flatnonzero(nameless)[0])
        message = f"label {labels[sample]} of sample {sample} has no name among the {len(classes)} classes"
        others = f" ({nameless.sum()} such samples in all)"
        yield Problem(f"{name}: labels", message + others, "correct the labels or name every class")


def _check_speakers(name: str, speakers: Array) -> Iterator[Problem]:
    if (speakers < -1).any():
        sample = int(np.flatnonzero(speakers < -1)[0])
        message = f"{speakers[sample]} in sample {sample} ({(speakers < -1).sum()} such samples in all)"
        yield Problem(f"{name}: speakers", message, "number them from 0, with -1 where nobody is known")
