"""Files in the layout of the Spiking Heidelberg Digits (SHD): HDF5 with one list of spikes per sample."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from delaycore._files import as_path, write_together
from delaycore._hdf5 import Hdf5Reader, open_hdf5, prepare_hdf5
from delaycore._wording import escape
from delaycore.datasets._event_times import choose_time_type, find_time_error, to_microseconds
from delaycore.datasets._events import EventSet
from delaycore.errors import DataError, FileError, Problem

if TYPE_CHECKING:
    import h5py

__all__ = ["read_events", "write_event_files", "write_events"]

_DATASETS = ("spikes/times", "spikes/units", "labels", "extra/speaker", "extra/keys")

_SHD_CHANNELS = 700

_SECOND = 1e6
"""Microseconds."""

_LONGEST = 1e9
"""Seconds; a longer time is an error in the file, and might not fit into 64 bits as microseconds."""

_REMEDY = "it is damaged or no HDF5 file of recordings: fetch or make it anew"

_UNSEALED = "not written by delaycore, so nothing tells whether it is whole"

_LAYOUT = f"write the layout of the Spiking Heidelberg Digits, which has {', '.join(_DATASETS)}"


def read_events(path: str | os.PathLike[str], channels: int | None = None) -> EventSet:
    """Read the samples of an HDF5 file in SHD layout (Cramer et al. 2020, zenkelab.org/datasets).

    ``spikes/times`` (seconds) and ``spikes/units`` (channels) hold one array a sample; ``labels`` and
    ``extra/speaker`` one number a sample; ``extra/keys`` the names of the classes. Times are rounded to
    microseconds; what was made in a step, or at a whole microsecond, and then rounded to single precision
    keeps its step, or its microsecond, below 8 seconds.  Where the file's numbers hold no microseconds,
    `EventSet.time_error` says how well times are known, and so does the attribute ``time_error`` of a file
    that was written from such an EventSet.

    The number of channels is the attribute ``channels`` that ``write_events`` leaves, which ``channels`` must
    agree with; without the attribute it is ``channels`` if given, else 700 as in SHD. The attribute
    ``sensor`` (height, width, polarities) is there if the sensor has pixels.

    A file that ``write_events`` wrote is verified; of any other, the notes of the EventSet say that nothing
    tells whether it is whole.

    Raises FileError if the file is missing, damaged, changed after it was written or lays its data out
    otherwise, and DataError, naming the
    samples, if a time is not a number or negative, times are not ascending within a sample, a channel is out
    of range, a label has no name, or the file's number of channels is none or another than ``channels``.
    """
    path = as_path(path)
    with open_hdf5(path, _REMEDY) as file:
        FileError.collect(_find_layout_problems(path, file))
        rows = {name: file.read(file.find_dataset(name)) for name in _DATASETS}
        own = file.read_attribute("channels")
        sensor = _read_sensor(path, file.read_attribute("sensor"))
        time_error = file.read_attribute("time_error")
        notes = () if file.sealed else (_UNSEALED,)
    given = channels if own is None else _read_channel_count(path, own, channels)
    times, offsets = _join(rows["spikes/times"])
    units, unit_offsets = _join(rows["spikes/units"])
    DataError.collect(_find_row_problems(path, rows, times.astype(np.float64), offsets, unit_offsets))
    try:
        return EventSet(
            times=to_microseconds(times, _SECOND),
            channels=units,
            offsets=offsets,
            labels=rows["labels"],
            speakers=rows["extra/speaker"],
            classes=tuple(_decode(key) for key in rows["extra/keys"]),
            channel_count=_infer_channel_count(path, units) if given is None else given,
            name=escape(path.stem),
            sensor=sensor,
            time_error=find_time_error(times, _SECOND) if time_error is None else time_error,
            notes=notes,
        )
    except DataError as error:
        raise DataError(
            *(Problem(f"{path}: {p.place}", p.message, p.remedy) for p in error.problems)
        ) from None


def write_events(path: str | os.PathLike[str], events: EventSet) -> None:
    """Write ``events`` in SHD layout, so that SHD's readers and ``read_events`` take the file.

    The file appears under its name only when it is whole; a file of that name is replaced.  A digest of all
    its bytes, in the user block that HDF5 leaves to its users, lets ``read_events`` refuse a file that was
    changed since.  Raises `FileError` if it cannot be written, and then leaves nothing behind, and
    `DataError` for times beyond those that are read back.
    """
    if not isinstance(events, EventSet):
        remedy = "delaycore.datasets.read_events and from_tonic make one"
        raise DataError.at("events", f"must be an EventSet, not {type(events).__name__}", remedy)
    write_event_files({as_path(path): events})


def write_event_files(files: Mapping[Path, EventSet]) -> None:
    """Write the event sets of several files: all of them, or none, as `write_events` writes one."""
    DataError.collect(
        Problem(
            f"{path}: spikes/times",
            f"{events.times.max()} microseconds is later than the {_LONGEST:g} s that files hold",
            "let time start at 0 with each sample",
        )
        for path, events in files.items()
        if events.times.max(initial=0) > _LONGEST * _SECOND
    )
    write_together(
        {path: prepare_hdf5("events", partial(_fill, events=events)) for path, events in files.items()}
    )


def _fill(file: h5py.File, events: EventSet) -> None:
    """Put ``events`` into an empty file."""
    import h5py

    file.attrs["channels"] = events.channel_count
    if events.sensor is not None:
        file.attrs["sensor"] = events.sensor
    if events.time_error:
        file.attrs["time_error"] = events.time_error
    for name, values in (
        ("spikes/times", (events.times / 1e6).astype(choose_time_type(events.times))),
        ("spikes/units", events.channels.astype(np.uint16 if events.channel_count <= 2**16 else np.uint32)),
    ):
        rows = file.create_dataset(name, (len(events),), h5py.vlen_dtype(values.dtype))
        # One by one, since h5py takes rows of equal length for a table and refuses them.
        for sample in range(len(events)):
            rows[sample] = values[events.offsets[sample] : events.offsets[sample + 1]]
    file["labels"] = events.labels
    file["extra/speaker"] = events.speakers
    file.create_dataset("extra/keys", data=list(events.classes), dtype=h5py.string_dtype())


def _find_layout_problems(path: Path, file: Hdf5Reader) -> Iterator[Problem]:
    import h5py

    for name in _DATASETS:
        found = file.find_dataset(name)
        if found is None:
            yield Problem(f"{path}: {name}", "there is no such dataset in the file", _LAYOUT)
        elif found.ndim != 1:
            yield Problem(f"{path}: {name}", f"has the shape {found.shape}, not one entry a sample", _LAYOUT)
        elif name.startswith("spikes/"):
            kind = h5py.check_vlen_dtype(found.dtype)
            if not isinstance(kind, np.dtype):  # none for plain numbers, a type of Python for texts
                holds = "numbers" if kind is None else "text"
                yield Problem(f"{path}: {name}", f"holds {holds}, not one array of numbers a sample", _LAYOUT)
            elif kind.kind not in "iuf":
                yield Problem(f"{path}: {name}", f"holds {kind}, not real numbers", _LAYOUT)
            elif not kind.isnative:  # h5py takes their bytes for those of other numbers
                message = f"holds {kind} in the byte order of other machines, which h5py misreads"
                yield Problem(f"{path}: {name}", message, f"write {kind.newbyteorder('=')} instead")
        elif isinstance(h5py.check_vlen_dtype(found.dtype), np.dtype):
            yield Problem(f"{path}: {name}", "holds arrays, not one value a sample or class", _LAYOUT)


def _join(rows: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
    """Join the arrays of all samples; return them, and where each sample starts."""
    lengths = np.fromiter(map(len, rows), np.int64, len(rows))
    return (
        np.concatenate(list(rows)) if lengths.sum() else np.zeros(0, np.int64),
        np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)]),
    )


def _find_row_problems(
    path: Path,
    rows: dict[str, npt.NDArray[Any]],
    times: npt.NDArray[np.float64],
    offsets: npt.NDArray[np.int64],
    unit_offsets: npt.NDArray[np.int64],
) -> Iterator[Problem]:
    """Find what keeps the rows of the file from becoming an EventSet, which validates the rest."""
    samples = len(rows["labels"])
    for name in ("spikes/times", "spikes/units", "extra/speaker"):
        if len(rows[name]) != samples:
            message = f"has {len(rows[name])} samples, but `labels` has {samples}"
            yield Problem(f"{path}: {name}", message, "write one entry a sample to each")
    if len(offsets) == len(unit_offsets):
        unlike = np.flatnonzero(np.diff(offsets) != np.diff(unit_offsets))
        if unlike.size:
            sample = unlike[0]
            message = (
                f"sample {sample} has {np.diff(offsets)[sample]} times but "
                f"{np.diff(unit_offsets)[sample]} units"
            )
            yield Problem(
                f"{path}: spikes", message + f" ({unlike.size} such samples)", "write one unit a time"
            )
    broken = np.flatnonzero(~(np.abs(times) <= _LONGEST))
    if broken.size:
        sample = np.searchsorted(offsets, broken[0], side="right") - 1
        message = f"{times[broken[0]]} in sample {sample} ({broken.size} such times in all)"
        yield Problem(f"{path}: spikes/times", message, "remove these spikes or correct their times")


def _read_channel_count(path: Path, own: Any, wanted: int | None) -> int:
    """Return the number of channels that the file itself gives."""
    place, value = f"{path}: attribute 'channels'", np.asarray(own)
    if (
        value.size != 1
        or value.dtype.kind not in "iuf"
        or not (value.item() > 0 and float(value.item()).is_integer())
    ):
        remedy = (
            "set it to the number of channels that the recordings were made with, or write the file with "
            "`write_events`"
        )
        raise DataError(
            Problem(place, f"must be a whole number of at least 1, not {_decode(own)!r:.80}", remedy)
        )
    count = int(value.item())
    if wanted is not None and count != wanted:
        remedy = f"give recordings of {wanted} channels, or correct the attribute if it is wrong"
        raise DataError(Problem(place, f"is {count}, but {wanted} channels are expected", remedy))
    return count


def _read_sensor(path: Path, own: Any) -> tuple[int, int, int] | None:
    """Return height, width and polarities that the file itself gives; None if it gives none."""
    if own is None:
        return None
    sizes = np.ravel(own)
    if sizes.size != 3 or sizes.dtype.kind not in "iu":
        message, remedy = f"must be three whole numbers, not {own!r:.80}", "give height, width and polarities"
        raise DataError(Problem(f"{path}: attribute 'sensor'", message, remedy))
    height, width, polarities = sizes.tolist()
    return height, width, polarities


def _infer_channel_count(path: Path, units: npt.NDArray[Any]) -> int:
    if units.max(initial=0) < _SHD_CHANNELS:
        return _SHD_CHANNELS
    message = (
        f"the highest channel is {units.max()}, so this is not SHD, and the file does not say how many "
        "there are"
    )
    raise DataError(
        Problem(f"{path}: spikes/units", message, "pass `channels`, or set the attribute `channels`")
    )


def _decode(key: Any) -> Any:
    """Return ``key`` as text; bytes that are none stay, to be refused."""
    if not isinstance(key, bytes):
        return str(key)
    with suppress(UnicodeDecodeError):
        return key.decode()
    return key
