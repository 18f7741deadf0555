"""Encoding of a folder of WAV files into the three files of a data set."""

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
from delaycore.datasets._cochlea import InnerEar
from delaycore.datasets._events import EventSet
from delaycore.datasets._shd import write_event_files
from delaycore.datasets._speaker_splits import deal_speakers
from delaycore.datasets._wav import read_wav
from delaycore.datasets._wav_folder import WavFolder, read_wav_folder
from delaycore.errors import DataError, FileError, Problem

__all__ = ["EncodeReport", "encode_folder"]

_SHOWN = 5
"""File names that a line holds at most."""

Spikes = tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]


@dataclass(frozen=True)
class EncodeReport:
    """Results of ``encode_folder``.

    files:    the file of each split; samples: how many recordings it holds; speakers: the names of its
              speakers.
    classes:  the names of the classes; channels: of the inner ear; spikes: in all files together.
    silent:   recordings that gave no spike.
    left_out: WAV files that lie elsewhere than directly in the folder of a class, and were not read.
    duration: the latest spike, seconds.
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

    __repr__ = show_line

    def __str__(self) -> str:
        total = sum(self.samples.values())
        lines = [
            f"{path}: {self.samples[split]} samples, speakers {', '.join(self.speakers[split])}"
            for split, path in self.files.items()
        ]
        lines.append(
            f"{total} samples of {len(self.classes)} classes ({', '.join(self.classes)}), "
            f"{self.channels} channels, "
            f"{self.spikes / total:.0f} spikes a sample, at most {self.duration:.2f} s"
        )
        if len(self.speakers["test"]) < 3:
            lines.append(
                f"{pluralize(len(self.speakers['test']), 'speaker')} for testing: too few for an interval; "
                "choose more, or test every speaker once with `delaycore run --folds`"
            )
        if self.silent:
            lines.append(f"no spike in {', '.join(map(str, self.silent))}")
        if self.left_out:
            shown = ", ".join(map(str, self.left_out[:_SHOWN])) + (
                ", ..." if len(self.left_out) > _SHOWN else ""
            )
            lines.append(
                f"{len(self.left_out)} WAV files left out, since they do not lie directly in the "
                f"folder of a class: {shown}"
            )
        return "\n".join(lines)


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
    ``speaker_pattern`` finds the speaker (see ``read_wav_folder``).  No speaker is in two splits; ``seed``
    draws which speaker is in which split.

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
    folder, out, ear = Path(folder), Path(out), inner_ear or InnerEar()
    if out.is_dir():
        out = out / folder.resolve().name
    recordings = read_wav_folder(folder, speaker_pattern, class_pattern)
    chosen = {"valid": valid_speakers, "test": test_speakers}
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
            *_find_unreadable(recordings),
        ]
    )
    spikes = _encode_all(recordings.paths, ear, progress or (lambda done, of: None))
    members = {
        split: np.flatnonzero(np.isin(recordings.speakers, chosen)) for split, chosen in speakers.items()
    }
    if not overwrite:  # files that came to be while this encoded
        DataError.collect(_find_existing(files.values()))
    write_event_files(
        {
            path: _join(path.stem, recordings, spikes, members[split], ear.channels)
            for split, path in files.items()
        }
    )
    return EncodeReport(
        files=files,
        samples={split: len(chosen) for split, chosen in members.items()},
        speakers={
            split: tuple(recordings.speaker_names[i] for i in chosen) for split, chosen in speakers.items()
        },
        classes=recordings.classes,
        channels=ear.channels,
        spikes=sum(len(times) for times, _ in spikes),
        silent=tuple(
            path for path, (times, _) in zip(recordings.paths, spikes, strict=True) if not len(times)
        ),
        left_out=recordings.left_out,
        duration=float(max(times.max(initial=0) for times, _ in spikes)) / 1e6,
    )


def _encode_all(paths: Sequence[Path], ear: InnerEar, progress: Callable[[int, int], None]) -> list[Spikes]:
    """Encode recordings in their order, as many at once as there are processors: the filters, which take most
    of the time, run without Python's lock.
    """
    spikes: list[Spikes] = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        try:
            for encoded in pool.map(lambda path: ear.encode(*read_wav(path)), paths):
                spikes.append(encoded)
                progress(len(spikes), len(paths))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return spikes


def _find_missing_folder(folder: Path) -> Iterator[Problem]:
    if not folder.is_dir():
        yield Problem(f"{folder} (out)", "there is no such folder", "make it, or choose another")


def _find_existing(files: Iterable[Path]) -> Iterator[Problem]:
    for path in files:
        if path.exists():
            remedy = "give another place, or replace what is there (--overwrite, in Python overwrite=True)"
            yield Problem(f"{path} (out)", "is there already", remedy)


def _find_unknown(recordings: WavFolder, chosen: Mapping[str, Sequence[str]]) -> Iterator[Problem]:
    """Find the names of speakers that the recordings do not have."""
    known = recordings.speaker_names
    for split, names in chosen.items():
        for name in sorted(set(names) - set(known)):
            message = f"there is no speaker {name!r}"
            remedy = f"{guess_meant(name, known)}they are {', '.join(known)}"
            yield Problem(f"speakers for {split}", message, remedy)


def _find_unlearnable(recordings: WavFolder, speakers: npt.NDArray[np.int64]) -> Iterator[Problem]:
    """Find the classes that none of ``speakers``, those for training, says."""
    spoken = recordings.labels[np.isin(recordings.speakers, speakers)]
    for label in np.setdiff1d(np.arange(len(recordings.classes)), spoken):
        message = "none of the speakers drawn for training says it"
        yield Problem(
            f"class {recordings.classes[label]!r}",
            message,
            "draw with another seed, choose other speakers for the other splits, or add speakers",
        )


def _find_unreadable(recordings: WavFolder) -> Iterator[Problem]:
    for path in recordings.paths:
        try:
            read_wav(path)
        except FileError as error:
            yield from error.problems


def _join(
    name: str, recordings: WavFolder, spikes: list[Spikes], members: npt.NDArray[np.int64], channels: int
) -> EventSet:
    """Make an EventSet of the recordings with the numbers ``members``."""
    chosen = [spikes[i] for i in members]
    return EventSet(
        times=np.concatenate([times for times, _ in chosen]),
        channels=np.concatenate([channel for _, channel in chosen]),
        offsets=np.cumsum([0, *(len(times) for times, _ in chosen)]),
        labels=recordings.labels[members],
        speakers=recordings.speakers[members],
        classes=recordings.classes,
        channel_count=channels,
        name=name,
    )
