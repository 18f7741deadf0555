"""From the coordinates of events, x, y and polarity, to channels: no event lands on another pixel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from delaycore.errors import DataError, Problem

__all__ = ["join_coordinates"]

Array = npt.NDArray[Any]


def join_coordinates(
    name: str, events: Mapping[str, Array], offsets: npt.NDArray[np.int64], sensor: tuple[int, int, int]
) -> npt.NDArray[np.int32]:
    """Return the channel ``(y * width + x) * polarities + p`` of each event, [events].

    name:    of the data set in messages.
    events:  ``x``, and ``y`` and ``p`` where they are known, each [events].
    offsets: where each sample starts, and the end of the last, [samples + 1].
    sensor:  height, width and polarities.  Of one with a single polarity, ``p`` may be any number, the same
             for all events: some data sets count it as 1.

    Raises `DataError` for every coordinate that lies outside of the sensor or is no whole number, with the
    first event and how many there are.
    """
    DataError.collect(_find_problems(name, events, offsets, sensor))
    _, width, polarities = sensor
    nothing = np.zeros(int(offsets[-1]), np.int64)
    y, x, p = (events.get(axis, nothing).astype(np.int64) for axis in "yxp")
    return np.asarray((y * width + x) * polarities + (p if polarities > 1 else 0), np.int32)


def _find_problems(
    name: str, events: Mapping[str, Array], offsets: npt.NDArray[np.int64], sensor: tuple[int, int, int]
) -> Iterator[Problem]:
    remedy = "correct these events, or the sensor's size"
    for axis, size in zip("yxp", sensor, strict=True):
        values = events.get(axis)
        if values is None:
            continue
        if values.dtype.kind not in "buif":
            yield Problem(f"{name}: {axis}", f"has the type {values.dtype}", "pass whole numbers")
            continue
        if axis == "p" and size == 1:
            outside, allowed = values != values[:1], "that of the first, and the sensor has one polarity"
        else:
            outside = ~((values >= 0) & (values < size) & (values == np.floor(values)))
            allowed = f"a whole number within 0..{size - 1}"
        if outside.any():
            event = int(np.flatnonzero(outside)[0])
            sample = int(np.searchsorted(offsets, event, side="right")) - 1
            place = f"{name}: {axis}"
            message = (
                f"{values[event]} of event {event - offsets[sample]} in sample {sample} is not {allowed}"
            )
            yield Problem(place, f"{message} ({outside.sum()} such events in all)", remedy)
