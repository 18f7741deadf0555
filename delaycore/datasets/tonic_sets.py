"""Data sets of tonic: the real SHD and SSC, and any other of sound."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from delaycore.datasets._extras import require_package
from delaycore.datasets.events import EventSet
from delaycore.datasets.splits import Splits, read_splits
from delaycore.errors import DataError, Problem

__all__ = ["load_tonic", "tonic_events"]


def tonic_events(dataset: Any, name: str | None = None) -> EventSet:
    """All samples of a data set of tonic whose sensor is one row of channels, such as tonic.datasets.SHD or SSC.

    Speakers come from its attribute ``speaker``; where there is none, all samples count as those of speaker 0.
    Raises DataError if it has no classes, its sensor is no row of channels, or a sample is no array of events with
    ``t`` in microseconds and ``x``.
    """
    name = name or type(dataset).__name__
    channels = _channel_count(dataset, name)
    classes = tuple(key.decode() if isinstance(key, bytes) else str(key) for key in dataset.classes)
    samples = [dataset[i] for i in range(len(dataset))]
    DataError.collect(
        Problem(
            f"{name}[{i}]",
            f"is {type(events).__name__}, not a structured array with t and x",
            "make the data set without a transform, and one of events rather than frames",
        )
        for i, (events, _) in enumerate(samples)
        if not {"t", "x"} <= set(getattr(getattr(events, "dtype", None), "names", None) or ())
    )
    speakers = getattr(dataset, "speaker", None)
    return EventSet(
        times=np.concatenate([np.zeros(0, np.int64), *(np.rint(e["t"]).astype(np.int64) for e, _ in samples)]),
        channels=np.concatenate([np.zeros(0, np.int64), *(e["x"].astype(np.int64) for e, _ in samples)]),
        offsets=np.cumsum([0, *(len(e) for e, _ in samples)]),
        labels=np.array([int(label) for _, label in samples], np.int64),
        speakers=np.zeros(len(samples), np.int64) if speakers is None else np.asarray(speakers, np.int64),
        classes=classes,
        channel_count=channels,
        name=name,
    )


def load_tonic(name: str, folder: str | os.PathLike[str]) -> Splits:
    """SHD or SSC, fetched by tonic into ``folder`` unless it is there already.

    SHD has no validation split, so speakers of its training split are held out for it (see ``Splits.of``). Raises
    DataError if ``name`` is neither, tonic is missing, or the files cannot be fetched.
    """
    if name not in ("SHD", "SSC"):
        raise DataError(Problem("load_tonic: name", f"there is no {name!r}", "pass 'SHD' or 'SSC'"))
    require_package("tonic", f"load_tonic({name!r})")
    from tonic.datasets import SHD, SSC

    try:
        if name == "SHD":
            parts = {"train": SHD(str(folder), train=True), "test": SHD(str(folder), train=False)}
        else:
            parts = {split: SSC(str(folder), split=split) for split in ("train", "valid", "test")}
    except (OSError, RuntimeError) as error:
        remedy = (
            f"check the network and delete what lies in {Path(folder) / name}; or put the files of "
            "zenkelab.org/datasets into a folder and call `load_splits` on it; or use SpokenDigits, which needs none"
        )
        raise DataError(Problem(f"load_tonic({name!r})", f"tonic cannot fetch it ({error})", remedy)) from error
    # tonic opens the file anew for each sample, so the files it has fetched are read in one go instead.
    paths = {split: Path(part.location_on_system, part.data_filename) for split, part in parts.items()}
    return read_splits(paths["train"], paths["test"], paths.get("valid"))


def _channel_count(dataset: Any, name: str) -> int:
    """The channels of a sensor (channels, 1, 1)."""
    size = tuple(getattr(dataset, "sensor_size", ()))
    row = "pass a data set of sound: its sensor_size is (channels, 1, polarities) and it has `classes`"
    if len(size) != 3 or size[1] != 1 or not hasattr(dataset, "classes"):
        raise DataError(Problem(name, f"has the sensor_size {size or None}, or no classes", row))
    return int(size[0])
