"""The packed file of a data set that ships with delaycore: compressed, and read with numpy alone."""

from __future__ import annotations

import hashlib
import io
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from delaycore._files import write_together
from delaycore.datasets._events import EventSet
from delaycore.errors import DataError, FileError, Problem

__all__ = ["read_packed", "write_packed"]

_BYTE, _TWO_BYTES = 2**8 - 1, 2**16 - 1
"""The largest numbers in one byte and in two."""

_STEP_US = 500
"""Times are stored in steps of half a millisecond, the step of InnerEar."""


def write_packed(path: Path, sets: Mapping[str, EventSet]) -> None:
    """Write ``sets``, by split; all have the same classes and channels, which lie in a row.

    A cell fires at a steady pace, so the gaps between the spikes of one channel repeat and compress better
    than times.  A sample is stored as the number of spikes of each channel [samples, channels], and the gaps
    in steps, the first from 0, channel after channel: [2, events], low bytes and high bytes.

    Its digest goes into a file beside it, in the form of the command ``sha256sum``.

    Raises `DataError`, with everything that is wrong, for sets that the file would not give back: times
    between two steps, numbers that are too large for it, other classes or channels, a sensor with pixels.
    """
    DataError.collect(problem for events in sets.values() for problem in _find_lost(events, sets))
    one = next(iter(sets.values()))
    arrays: dict[str, Any] = {"classes": np.array(one.classes), "channel_count": np.array(one.channel_count)}
    for split, events in sets.items():
        gaps, counts = _count_gaps(events)
        arrays[f"{split}_gaps"] = np.stack([gaps % 256, gaps // 256]).astype(np.uint8)
        arrays[f"{split}_counts"] = counts.astype(np.uint16)
        arrays[f"{split}_labels"] = events.labels.astype(np.uint8)
        arrays[f"{split}_speakers"] = events.speakers.astype(np.uint8)
    packed = io.BytesIO()
    # numpy dates every entry 1980, so equal arrays give equal bytes.
    np.savez_compressed(packed, **arrays)
    digest = f"{hashlib.sha256(packed.getbuffer()).hexdigest()}  {path.name}\n"
    write_together(
        {
            path: lambda file: file.write(packed.getbuffer()),
            _find_digest(path): lambda file: file.write(digest.encode()),
        }
    )


def _count_gaps(events: EventSet) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the gaps in steps, [events], and the number of spikes of each channel, [samples, channels]."""
    sample = np.repeat(np.arange(len(events)), np.diff(events.offsets))
    row = sample * events.channel_count + events.channels
    order = np.lexsort((events.times, row))
    steps, row = events.times[order] // _STEP_US, row[order]
    starts = np.diff(row, prepend=-1) != 0
    gaps = np.where(starts, steps, np.diff(steps, prepend=0))
    counts = np.bincount(row, minlength=len(events) * events.channel_count)
    return gaps, counts.reshape(len(events), -1)


def _find_lost(events: EventSet, sets: Mapping[str, EventSet]) -> Iterator[Problem]:
    """Find what the packed file would not give back of ``events``, one of ``sets``."""
    one = next(iter(sets.values()))
    if (events.classes, events.channel_count) != (one.classes, one.channel_count):
        message = f"has other classes or channels than {one.name}"
        yield Problem(events.name, message, "pack sets of one data set")
    if events.sensor is not None or events.time_error:
        message = "has a sensor with pixels, or times that are not exact"
        yield Problem(events.name, message, "write it with `write_events`")
    between = np.flatnonzero(events.times % _STEP_US)
    if between.size:
        message = f"{events.times[between[0]]} microseconds, and {between.size} such times in all"
        yield Problem(f"{events.name}: times", message, f"give multiples of {_STEP_US} microseconds")
    gaps, counts = _count_gaps(events)
    largest = {
        "labels": (events.labels, _BYTE),
        "speakers": (events.speakers, _BYTE),
        "gaps in steps": (gaps, _TWO_BYTES),
        "spikes of a channel": (counts, _TWO_BYTES),
    }
    for what, (values, most) in largest.items():
        wrong = values[(values < 0) | (values > most)]
        if wrong.size:
            yield Problem(f"{events.name}: {what}", f"hold {wrong[0]}", f"give numbers from 0 to {most}")


def read_packed(path: Path, split: str, name: str) -> EventSet:
    """Read the events of ``split`` from a file of ``write_packed``.

    Raises `FileError` if it cannot be read, or was changed after it was written.
    """
    try:
        data = path.read_bytes()
        if _find_digest(path).read_text(encoding="ascii").split()[:1] != [hashlib.sha256(data).hexdigest()]:
            raise ValueError("its digest does not match")
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            classes = tuple(map(str, file["classes"]))
            channels = int(file["channel_count"])
            low, high = file[f"{split}_gaps"].astype(np.int64)
            counts = file[f"{split}_counts"].astype(np.int64)
            labels, speakers = file[f"{split}_labels"], file[f"{split}_speakers"]
    except (OSError, ValueError, KeyError, EOFError, BadZipFile, zlib.error) as error:
        remedy = "the installation of delaycore is damaged: install it anew"
        raise FileError(Problem(str(path), f"it cannot be read ({error})", remedy)) from error
    rows = np.repeat(np.arange(counts.size), counts.ravel())
    total = np.cumsum(low + 256 * high)
    # The sum over the gaps of all rows before this one is subtracted, so that each row starts at 0.
    before = np.concatenate([[0], total])[np.cumsum(counts.ravel()) - counts.ravel()]
    steps = total - before[rows]
    # One number that sorts by sample, then time, then channel.
    samples, row_channels = np.divmod(rows, channels)
    span = (steps.max(initial=0) + 1) * channels
    key = np.sort(samples * span + steps * channels + row_channels)
    return EventSet(
        times=key % span // channels * _STEP_US,
        channels=key % channels,
        offsets=np.concatenate([[0], np.cumsum(counts.sum(axis=1))]),
        labels=labels,
        speakers=speakers,
        classes=classes,
        channel_count=channels,
        name=name,
    )


def _find_digest(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")
