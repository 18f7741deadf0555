"""Data sets of tonic: the real SHD and SSC, NMNIST and DVSGesture, and any other of sound or of an event
camera.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from delaycore._wording import guess_meant
from delaycore.datasets._coordinates import join_coordinates
from delaycore.datasets._event_times import find_time_error, to_microseconds
from delaycore.datasets._events import EventSet
from delaycore.datasets._extras import require_package
from delaycore.datasets._splits import Splits, read_splits
from delaycore.errors import DataError, Problem

__all__ = ["load_tonic", "from_tonic"]


def from_tonic(dataset: Any, name: str | None = None) -> EventSet:
    """Load all samples of a data set of tonic into memory.

    Its sensor is one row of channels, such as that of tonic.datasets.SHD or SSC, whose ``x`` is the channel;
    or it has pixels or several polarities, such as that of NMNIST or DVSGesture, whose ``x``, ``y`` and ``p``
    make the channel ``(y * width + x) * polarities + p``.  Speakers come from its attribute ``speaker``, or
    ``users``; where there is none, nobody is known.

    Raises `DataError` if it has no classes or no sensor, if a sample is no array of events with ``t`` in
    microseconds and these fields, and for every time, coordinate and label that makes no sense.
    """
    name = name or type(dataset).__name__
    height, width, polarities = sensor = _get_sensor(dataset, name)
    in_a_row = height == polarities == 1
    needed = ("t", "x") if in_a_row else ("t", "x", "y", "p")
    classes = tuple(_decode(key) for key in dataset.classes)
    samples = [dataset[i] for i in range(len(dataset))]
    DataError.collect(_find_sample_problems(name, samples, needed))
    offsets = np.cumsum([0, *(len(events) for events, _ in samples)])
    fields = {
        # of no samples, whole numbers; otherwise nothing is added that would change their type
        field: np.concatenate([events[field] for events, _ in samples] or [np.zeros(0, np.int64)])
        for field in ("t", "x", "y", "p")
        if field in needed or all(field in events.dtype.names for events, _ in samples)
    }
    DataError.collect(_find_problems(name, fields["t"], offsets, [label for _, label in samples]))
    times = fields["t"]
    counted = times.dtype.kind in "iu"
    speakers = getattr(dataset, "speaker", getattr(dataset, "users", None))
    return EventSet(
        times=times if counted else to_microseconds(times, 1.0),
        channels=join_coordinates(name, fields, offsets, sensor),
        offsets=offsets,
        labels=np.array([int(label) for _, label in samples]),
        speakers=np.full(len(samples), -1) if speakers is None else np.asarray(speakers),
        classes=classes,
        channel_count=height * width * polarities,
        name=name,
        sensor=None if in_a_row else sensor,
        time_error=0.0 if counted else find_time_error(times, 1.0),
    )


def _decode(key: Any) -> Any:
    """The name of a class as text; bytes that are none stay, to be refused."""
    if not isinstance(key, bytes):
        return str(key)
    with suppress(UnicodeDecodeError):
        return key.decode()
    return key


def _find_sample_problems(name: str, samples: list[Any], needed: tuple[str, ...]) -> Iterator[Problem]:
    """Find samples that are no events with a label, and those whose fields are of other types than the
    first's, which joining them would convert.
    """
    remedy = "make the data set without a transform, and one of events rather than frames"
    types: dict[str, tuple[int, Any]] = {}
    for i, sample in enumerate(samples):
        if not isinstance(sample, tuple | list) or len(sample) != 2:
            yield Problem(f"{name}[{i}]", f"is {type(sample).__name__}, not events and a label", remedy)
            continue
        events = sample[0]
        names = getattr(getattr(events, "dtype", None), "names", None) or ()
        if not set(needed) <= set(names):
            fields = ", ".join(sorted(needed))
            message = f"is {type(events).__name__}, not a structured array with {fields}"
            yield Problem(f"{name}[{i}]", message, remedy)
            continue
        for field in needed:
            first, kind = types.setdefault(field, (i, events.dtype[field]))
            if events.dtype[field] != kind:
                message = f"has {events.dtype[field]} as {field}, sample {first} has {kind}"
                yield Problem(f"{name}[{i}]", message, "give all samples the same type")


def _find_problems(
    name: str, times: npt.NDArray[Any], offsets: npt.NDArray[np.int64], labels: list[Any]
) -> Iterator[Problem]:
    """Find times and labels that are no numbers; an EventSet validates the rest."""
    if times.dtype.kind not in "iuf":
        yield Problem(f"{name}: t", f"has the type {times.dtype}", "pass numbers of microseconds")
        return
    lost = np.flatnonzero(~np.isfinite(times) | (times >= 2.0**63))
    if lost.size:
        sample = int(np.searchsorted(offsets, lost[0], side="right")) - 1
        message = f"{times[lost[0]]} in sample {sample} ({lost.size} such times in all)"
        yield Problem(f"{name}: t", message, "give every event a time in microseconds, in the range of int64")
    unlike = [
        i for i, label in enumerate(labels) if np.ndim(label) or np.asarray(label).dtype.kind not in "iu"
    ]
    if unlike:
        message = f"{labels[unlike[0]]!r} of sample {unlike[0]} is no index of `classes`"
        remedy = "make the data set without a target_transform"
        yield Problem(f"{name}: label", f"{message} ({len(unlike)} such samples in all)", remedy)


def load_tonic(name: str, folder: str | os.PathLike[str]) -> Splits:
    """Load SHD, SSC, NMNIST or DVSGesture, which tonic fetches into ``folder`` unless it is there already.

    All but SSC have no validation split: speakers (of gestures, users) of the training split are held out for
    it (see ``Splits.of``), and every seventh sample of NMNIST, which does not say who wrote it. Raises
    DataError if ``name`` is none of these, tonic is missing, or the files cannot be fetched.
    """
    if name not in _NAMES:
        remedy = f"{guess_meant(name, _NAMES)}pass {', '.join(map(repr, _NAMES))}"
        raise DataError(Problem("load_tonic: name", f"there is no {name!r}", remedy))
    require_package("tonic", f"load_tonic({name!r})", extra="tonic")
    import tonic.datasets

    make = getattr(tonic.datasets, name)
    try:
        if name == "SSC":
            parts = {split: make(str(folder), split=split) for split in ("train", "valid", "test")}
        else:
            parts = {"train": make(str(folder), train=True), "test": make(str(folder), train=False)}
    except (OSError, RuntimeError) as error:
        own = (
            "put the files of zenkelab.org/datasets into a folder and call `load_splits` on it; or "
            if name in ("SHD", "SSC")
            else ""
        )
        remedy = (
            f"check the network and delete what lies in {Path(folder) / name}; or {own}use SpokenDigits, "
            "which needs none"
        )
        raise DataError(
            Problem(f"load_tonic({name!r})", f"tonic cannot fetch it ({error})", remedy)
        ) from error
    if name in ("NMNIST", "DVSGesture"):
        return _hold_out(*(from_tonic(parts[split], f"{name} {split}") for split in ("train", "test")))
    # tonic opens the file anew for each sample, so the files it has fetched are read in one go instead.
    paths = {split: Path(part.location_on_system, part.data_filename) for split, part in parts.items()}
    return read_splits(paths["train"], paths["test"], paths.get("valid"))


_NAMES = ("SHD", "SSC", "NMNIST", "DVSGesture")


def _hold_out(train: EventSet, test: EventSet) -> Splits:
    """Make splits of a data set of pixels, with a validation split taken from ``train``."""
    if len(train.known_speakers):
        return Splits.of(train, test)
    chosen = np.arange(len(train)) % 7 == 3
    note = (
        f"no validation split, and nobody is named: every seventh sample of {train.name} is held out for it"
    )
    return Splits(train.select(~chosen), train.select(chosen), test, (note,))


def _get_sensor(dataset: Any, name: str) -> tuple[int, int, int]:
    """Return height, width and polarities, which tonic orders otherwise; of a row of channels the height is
    1.
    """
    given = getattr(dataset, "sensor_size", None)
    size = tuple(given) if isinstance(given, tuple | list | np.ndarray) else ()
    remedy = (
        "pass a data set of events: its sensor_size is (width, height, polarities), of sound (channels, "
        "1, polarities), and it has `classes`"
    )
    classes = getattr(dataset, "classes", None)
    if len(size) != 3 or isinstance(classes, str | bytes) or not isinstance(classes, Sequence | np.ndarray):
        raise DataError(Problem(name, f"has the sensor_size {given!r:.80}, or no classes", remedy))
    if not all(isinstance(n, int | np.integer) and not isinstance(n, bool) for n in size):
        raise DataError(Problem(name, f"has the sensor_size {size}, which are not whole numbers", remedy))
    width, height, polarities = map(int, size)
    return height, width, polarities
