"""The packed file of a data set that ships with delaycore: compressed, and read with numpy alone."""

from __future__ import annotations

import hashlib
import io
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from delaycore._files import write_together
from delaycore.datasets._events import EventSet
from delaycore.errors import FileError, Problem

__all__ = ["read_packed", "write_packed"]

_STEP_US = 500
"""Times are stored in steps of half a millisecond, the step of InnerEar."""


def write_packed(path: Path, sets: Mapping[str, EventSet]) -> None:
    """Write ``sets``, by split; all have the same classes and channels.

    A cell fires at a steady pace, so the gaps between the spikes of one channel repeat and compress better
    than times.  A sample is stored as the number of spikes of each channel [samples, channels], and the gaps
    in steps, the first from 0, channel after channel: [2, events], low bytes and high bytes.

    Its digest goes into a file beside it, in the form of the command ``sha256sum``.
    """
    one = next(iter(sets.values()))
    arrays: dict[str, Any] = {"classes": np.array(one.classes), "channel_count": np.array(one.channel_count)}
    for split, events in sets.items():
        sample = np.repeat(np.arange(len(events)), np.diff(events.offsets))
        row = sample * events.channel_count + events.channels
        order = np.lexsort((events.times, row))
        steps, row = events.times[order] // _STEP_US, row[order]
        starts = np.diff(row, prepend=-1) != 0
        gaps = np.where(starts, steps, np.diff(steps, prepend=0))
        counts = np.bincount(row, minlength=len(events) * events.channel_count)
        arrays[f"{split}_gaps"] = np.stack([gaps % 256, gaps // 256]).astype(np.uint8)
        arrays[f"{split}_counts"] = counts.reshape(len(events), -1).astype(np.uint16)
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
