"""Encoding of a folder of recordings, of sound or of event cameras, into the three files of a data set."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from delaycore._shown import show_line
from delaycore._wording import guess_meant, pluralize
from delaycore.datasets._camera_files import read_camera
from delaycore.datasets._camera_recording import CameraRecording
from delaycore.datasets._cochlea import InnerEar
from delaycore.datasets._events import EventSet
from delaycore.datasets._recording_folder import (
    CAMERA,
    SOUND,
    RecordingFolder,
    RecordingKind,
    read_recording_folder,
)
from delaycore.datasets._shd import write_event_files
from delaycore.datasets._speaker_splits import deal_speakers
from delaycore.datasets._wav import read_wav
from delaycore.errors import DataError, FileError, Problem

__all__ = ["EncodeReport", "encode_camera_folder", "encode_folder"]

_SHOWN = 5
"""File names that a line holds at most."""


@dataclass(frozen=True)
class EncodeReport:
    """Results of ``encode_folder`` and ``encode_camera_folder``.

    files:    the file of each split; samples: how many recordings it holds; speakers: the names of its
              speakers.
    classes:  the names of the classes; channels: of the inner ear or the sensor; spikes: in all
              files together.
    silent:   recordings that gave no spike.
    left_out: files that lie elsewhere than directly in the folder of a class, and were not read.
    duration: the latest spike, seconds.
    sensor:   height, width and polarities that are left of the sensor of an event camera; None of sound.
    dropped, merged: events of the camera that cropping and downscaling took away; see `CameraRecording`.
    """

    files: dict[str, Path]
    samples: dict[str, int]
    speakers: dict[str, tuple[str, ...]]
    classes: tuple[str, ...]
    channels: int
    spikes: int
    silent: tuple[Path, ...]
    duration: float
    left_out: tuple[Path, ...] = ()
    sensor: tuple[int, int, int] | None = None
    dropped: int = 0
    merged: int = 0

    __repr__ = show_line

    def __str__(self) -> str:
        total = sum(self.samples.values())
        lines = [
            f"{path}: {self.samples[split]} samples, speakers {', '.join(self.speakers[split])}"
            for split, path in self.files.items()
        ]
        lines.append(
            f"{total} samples of {len(self.classes)} classes ({', '.join(self.classes)}), "
            f"{self._describe_channels()}, "
            f"{self.spikes / total:.0f} spikes a sample, at most {self.duration:.2f} s"
        )
        if len(self.speakers["test"]) < 3:
            lines.append(
                f"{pluralize(len(self.speakers['test']), 'speaker')} for testing: too few for an interval; "
                "choose more, or test every speaker once with `delaycore run --folds`"
            )
        if self.dropped or self.merged:
            taken = self.spikes + self.dropped + self.merged
            lines.append(
                f"of {taken} events, {self.dropped} were dropped, since they lay outside, and {self.merged} "
                "were merged, since one of the same time fell on the same pixel"
            )
        if self.silent:
            lines.append(f"no spike in {', '.join(map(str, self.silent))}")
        if self.left_out:
            shown = ", ".join(map(str, self.left_out[:_SHOWN])) + (
                ", ..." if len(self.left_out) > _SHOWN else ""
            )
            kind = (SOUND if self.sensor is None else CAMERA).name
            lines.append(
                f"{len(self.left_out)} {kind} left out, since they do not lie directly in the "
                f"folder of a class: {shown}"
            )
        return "\n".join(lines)

    def _describe_channels(self) -> str:
        if self.sensor is None:
            return f"{self.channels} channels"
        height, width, polarities = self.sensor
        return f"{width} x {height} pixels with {polarities} polarities"


def encode_folder(
    folder: str | os.PathLike[str],
    speaker_pattern: str,
    out: str | os.PathLike[str],
    inner_ear: InnerEar | None = None,
    fractions: Sequence[float] = (0.7, 0.15, 0.15),
    seed: int = 0,
    test_speakers: Sequence[str] = (),
    valid_speakers: Sequence[str] = (),
    progress: Callable[[int, int], None] | None = None,
    overwrite: bool = False,
    class_pattern: str | None = None,
) -> EncodeReport:
    """Encode the WAV files of ``folder`` into OUT_train.h5, OUT_valid.h5 and OUT_test.h5, on all processors.

    A folder in ``folder`` is a class, or ``class_pattern`` finds the class in the name of a file, as
    ``speaker_pattern`` finds the speaker (see ``read_recording_folder``).  No speaker is in two splits;
    ``seed`` draws which speaker is in which split.

    out:       folder and name of the files, such as data/words; for an existing folder, the files get the
               name of ``folder``.
    inner_ear: how sound becomes spikes; by default InnerEar().
    fractions: the shares of the speakers for training, validation and testing.
    test_speakers, valid_speakers: all speakers for testing and for validation, instead of drawn ones.
    progress:  called with the number of recordings encoded so far, and of all.
    overwrite: replace files that are there already.
    class_pattern: a regular expression whose first group, or the one called ``class``, is the class.

    Raises DataError with everything that is wrong with the recordings, files that are no sound included, and
    with files that are there already, before anything is written, and FileError if a file cannot be written;
    then none of the three is.
    """
    ear = inner_ear or InnerEar()
    return _encode(
        folder,
        out,
        SOUND,
        (speaker_pattern, class_pattern),
        (fractions, seed, {"valid": valid_speakers, "test": test_speakers}),
        lambda path: _hear(path, ear),
        progress,
        overwrite,
    )


def encode_camera_folder(
    folder: str | os.PathLike[str],
    speaker_pattern: str,
    out: str | os.PathLike[str],
    size: tuple[int, int] | None = None,
    crop: tuple[int, int, int, int] | None = None,
    downscale: int = 1,
    fractions: Sequence[float] = (0.7, 0.15, 0.15),
    seed: int = 0,
    test_speakers: Sequence[str] = (),
    valid_speakers: Sequence[str] = (),
    progress: Callable[[int, int], None] | None = None,
    overwrite: bool = False,
    class_pattern: str | None = None,
) -> EncodeReport:
    """Write the recordings of event cameras in ``folder``, of the formats that `read_camera` reads, into
    OUT_train.h5, OUT_valid.h5 and OUT_test.h5, with classes, speakers and splits as in `encode_folder`.

    A speaker is whoever, or whatever, must not be in two splits: the person before the camera, or the
    session.

    size:      height and width of the sensor, for files whose header does not say.
    crop:      left, top, width and height of what is kept of the sensor.
    downscale: this many pixels become one in both directions, after cropping.

    Raises what `encode_folder` raises; recordings of several sensors are refused, too, unless they agree once
    they are cropped.
    """

    def look(path: Path) -> _Encoded:
        recording = read_camera(path, size)
        if crop is not None:
            recording = recording.crop(*crop)
        return _see(recording if downscale == 1 else recording.downscale(downscale))

    return _encode(
        folder,
        out,
        CAMERA,
        (speaker_pattern, class_pattern),
        (fractions, seed, {"valid": valid_speakers, "test": test_speakers}),
        look,
        progress,
        overwrite,
    )


@dataclass(frozen=True)
class _Encoded:
    """Events of a recording, the sensor that they come from, and how many of it were taken away."""

    times: npt.NDArray[np.int64]
    channels: npt.NDArray[np.int32]
    channel_count: int
    sensor: tuple[int, int, int] | None = None
    dropped: int = 0
    merged: int = 0


def _hear(path: Path, ear: InnerEar) -> _Encoded:
    return _Encoded(*ear.encode(*read_wav(path)), ear.channels)


def _see(recording: CameraRecording) -> _Encoded:
    height, width, polarities = sensor = recording.sensor
    return _Encoded(
        recording.times,
        recording.channels,
        height * width * polarities,
        sensor,
        recording.dropped,
        recording.merged,
    )


def _encode(
    folder: str | os.PathLike[str],
    out: str | os.PathLike[str],
    kind: RecordingKind,
    patterns: tuple[str, str | None],
    dealing: tuple[Sequence[float], int, Mapping[str, Sequence[str]]],
    encode: Callable[[Path], _Encoded],
    progress: Callable[[int, int], None] | None,
    overwrite: bool,
) -> EncodeReport:
    """Do what `encode_folder` and `encode_camera_folder` share.

    patterns: of the speaker and of the class; dealing: the shares of the splits, the seed, and who is chosen.
    encode:   gives the events of a file, or raises DelaycoreError.
    """
    folder, out = Path(folder), Path(out)
    if out.is_dir():
        out = out / folder.resolve().name
    recordings = read_recording_folder(folder, *patterns, kind)
    fractions, seed, chosen = dealing
    DataError.collect(_find_unknown(recordings, chosen))
    numbers = {
        split: [recordings.speaker_names.index(name) for name in names] for split, names in chosen.items()
    }
    speakers = deal_speakers(len(recordings.speaker_names), fractions, seed, numbers)
    files = {split: out.with_name(f"{out.name}_{split}.h5") for split in speakers}
    DataError.collect(
        [
            *_find_missing_folder(out.parent),
            *([] if overwrite else _find_existing(files.values())),
            *_find_unlearnable(recordings, speakers["train"]),
            *(_find_unreadable(recordings) if kind is SOUND else ()),
        ]
    )
    encoded = _encode_all(recordings.paths, encode, progress or (lambda done, of: None))
    DataError.collect(_find_other_sensors(recordings, encoded))
    members = {
        split: np.flatnonzero(np.isin(recordings.speakers, chosen)) for split, chosen in speakers.items()
    }
    if not overwrite:  # files that came to be while this encoded
        DataError.collect(_find_existing(files.values()))
    write_event_files(
        {path: _join(path.stem, recordings, encoded, members[split]) for split, path in files.items()}
    )
    return EncodeReport(
        files=files,
        samples={split: len(chosen) for split, chosen in members.items()},
        speakers={
            split: tuple(recordings.speaker_names[i] for i in chosen) for split, chosen in speakers.items()
        },
        classes=recordings.classes,
        channels=encoded[0].channel_count,
        spikes=sum(len(one.times) for one in encoded),
        silent=tuple(path for path, one in zip(recordings.paths, encoded, strict=True) if not len(one.times)),
        left_out=recordings.left_out,
        duration=float(max(one.times.max(initial=0) for one in encoded)) / 1e6,
        sensor=encoded[0].sensor,
        dropped=sum(one.dropped for one in encoded),
        merged=sum(one.merged for one in encoded),
    )


def _encode_all(
    paths: Sequence[Path], encode: Callable[[Path], _Encoded], progress: Callable[[int, int], None]
) -> list[_Encoded]:
    """Encode recordings in their order, as many at once as there are processors: filters and decoders, which
    take most of the time, run without Python's lock.

    Raises `DataError` with what is wrong with any of them.
    """
    encoded: list[_Encoded] = []
    problems: list[Problem] = []

    def attempt(path: Path) -> _Encoded | tuple[Problem, ...]:
        try:
            return encode(path)
        except (DataError, FileError) as error:
            return error.problems

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        try:
            for done, one in enumerate(pool.map(attempt, paths), 1):
                if isinstance(one, _Encoded):
                    encoded.append(one)
                else:
                    problems += one
                progress(done, len(paths))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    DataError.collect(dict.fromkeys(problems))  # what is missing for one file is missing for all
    return encoded


def _find_missing_folder(folder: Path) -> Iterator[Problem]:
    if not folder.is_dir():
        yield Problem(f"{folder} (out)", "there is no such folder", "make it, or choose another")


def _find_existing(files: Iterable[Path]) -> Iterator[Problem]:
    for path in files:
        if path.exists():
            remedy = "give another place, or replace what is there (--overwrite, in Python overwrite=True)"
            yield Problem(f"{path} (out)", "is there already", remedy)


def _find_unknown(recordings: RecordingFolder, chosen: Mapping[str, Sequence[str]]) -> Iterator[Problem]:
    """Find the names of speakers that the recordings do not have."""
    known = recordings.speaker_names
    for split, names in chosen.items():
        for name in sorted(set(names) - set(known)):
            message = f"there is no speaker {name!r}"
            remedy = f"{guess_meant(name, known)}they are {', '.join(known)}"
            yield Problem(f"speakers for {split}", message, remedy)


def _find_unlearnable(recordings: RecordingFolder, speakers: npt.NDArray[np.int64]) -> Iterator[Problem]:
    """Find the classes that none of ``speakers``, those for training, says."""
    spoken = recordings.labels[np.isin(recordings.speakers, speakers)]
    for label in np.setdiff1d(np.arange(len(recordings.classes)), spoken):
        message = "none of the speakers drawn for training says it"
        yield Problem(
            f"class {recordings.classes[label]!r}",
            message,
            "draw with another seed, choose other speakers for the other splits, or add speakers",
        )


def _find_unreadable(recordings: RecordingFolder) -> Iterator[Problem]:
    for path in recordings.paths:
        try:
            read_wav(path)
        except FileError as error:
            yield from error.problems


def _find_other_sensors(recordings: RecordingFolder, encoded: Sequence[_Encoded]) -> Iterator[Problem]:
    """Find the recordings of another sensor than that of the first."""
    for path, one in zip(recordings.paths, encoded, strict=True):
        if one.sensor != encoded[0].sensor:
            message = f"has the sensor {one.sensor}, but {recordings.paths[0].name} has {encoded[0].sensor}"
            remedy = "encode recordings of each sensor by themselves, or crop all to what they share"
            yield Problem(str(path), message, remedy)


def _join(
    name: str, recordings: RecordingFolder, encoded: Sequence[_Encoded], members: npt.NDArray[np.int64]
) -> EventSet:
    """Make an EventSet of the recordings with the numbers ``members``."""
    chosen = [encoded[i] for i in members]
    return EventSet(
        times=np.concatenate([one.times for one in chosen]),
        channels=np.concatenate([one.channels for one in chosen]),
        offsets=np.cumsum([0, *(len(one.times) for one in chosen)]),
        labels=recordings.labels[members],
        speakers=recordings.speakers[members],
        classes=recordings.classes,
        channel_count=encoded[0].channel_count,
        name=name,
        sensor=encoded[0].sensor,
    )
