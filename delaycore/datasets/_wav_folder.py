"""WavFolder: the WAV files of a folder, with the class and the speaker of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from delaycore._files import guess_path
from delaycore._wording import is_text
from delaycore.datasets._speaker_names import find_speakers
from delaycore.errors import DataError, Problem

__all__ = ["WavFolder", "read_wav_folder"]

_SHOWN = 5
"""File names that a message holds at most."""


@dataclass(frozen=True)
class WavFolder:
    """WAV files of spoken words.

    paths: the files; labels, speakers: [files] indices of ``classes`` and ``speaker_names``.
    left_out: WAV files that lie elsewhere than directly in the folder of a class.
    """

    paths: tuple[Path, ...]
    labels: npt.NDArray[np.int64]
    speakers: npt.NDArray[np.int64]
    classes: tuple[str, ...]
    speaker_names: tuple[str, ...]
    left_out: tuple[Path, ...] = ()


def read_wav_folder(folder: Path, speaker_pattern: str) -> WavFolder:
    """List the WAV files in the folders within ``folder``; such a folder is a class and gives its name.

    ``speaker_pattern`` is a regular expression that is looked for in the name of a file; its first group, or
    the one called ``speaker``, is the speaker. Classes and speakers are numbered in the order of their names.
    Files that are not called *.wav, and anything whose name begins with a dot, are ignored; WAV files in
    other places are in ``left_out``.

    Raises `DataError` with everything that is wrong: no such folder, no folders of classes, a class without a
    WAV file, a pattern that is not a regular expression or has no group, files that it does not match, fewer
    than three speakers.
    """
    problems: list[Problem] = []
    folders = sorted(path for path in _list_visible(folder) if path.is_dir())
    if not folder.is_dir():
        problems.append(
            Problem(str(folder), "there is no such folder", f"{guess_path(folder)}check the path")
        )
    elif not folders:
        remedy = "put the WAV files of each class into a folder with the name of the class"
        problems.append(Problem(str(folder), "there are no folders of classes in it", remedy))
    files = {
        path: sorted(
            file for file in _list_visible(path) if file.suffix.lower() == ".wav" and not file.is_dir()
        )
        for path in folders
    }
    problems += [
        Problem(str(path), "this class has no WAV file", "add recordings, or remove the folder")
        for path, inside in files.items()
        if not inside
    ]
    problems += [
        Problem(str(path), "the name of this class is no text in UTF-8", "rename the folder")
        for path in files
        if not is_text(path.name)
    ]
    names: dict[Path, str | None] = {}
    paths = [file for inside in files.values() for file in inside]
    try:
        names = dict(zip(paths, find_speakers(speaker_pattern, [path.name for path in paths]), strict=True))
    except DataError as error:
        problems[:0] = error.problems
    problems += _find_speaker_problems(folder, speaker_pattern, names)
    DataError.collect(problems)
    speakers = sorted({name for name in names.values() if name})
    return WavFolder(
        paths=tuple(names),
        labels=np.repeat(np.arange(len(folders)), [len(files[path]) for path in folders]),
        speakers=np.array([speakers.index(name) for name in names.values() if name], np.int64),
        classes=tuple(path.name for path in folders),
        speaker_names=tuple(speakers),
        left_out=tuple(_find_left_out(folder, names)),
    )


def _list_visible(folder: Path) -> Iterator[Path]:
    """List what lies in ``folder``, except for hidden files and folders; nothing if it does not exist."""
    for path in folder.iterdir() if folder.is_dir() else ():
        if not path.name.startswith("."):
            yield path


def _find_left_out(folder: Path, taken: Iterable[Path]) -> Iterator[Path]:
    """Find the WAV files that belong to no class: beside the folders of classes, and deeper in them."""
    own = set(taken)
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.suffix.lower() == ".wav" and path.is_file() and path not in own and not hidden:
            yield path


def _find_speaker_problems(folder: Path, pattern: str, names: dict[Path, str | None]) -> Iterator[Problem]:
    lost: dict[Path, list[str]] = defaultdict(list)
    for path, name in names.items():
        if name is None:
            lost[path.parent].append(path.name)
    for parent, unnamed in lost.items():
        more = f" and {len(unnamed) - _SHOWN} more" if len(unnamed) > _SHOWN else ""
        message = f"the speaker pattern {pattern!r} finds no speaker in {', '.join(unnamed[:_SHOWN])}{more}"
        yield Problem(str(parent), message, "rename the files, or choose a pattern that matches all of them")
    for path, name in names.items():
        if name is not None and not is_text(name):
            yield Problem(str(path), "the name of its speaker is no text in UTF-8", "rename the file")
    speakers = sorted({name for name in names.values() if name})
    if names and not lost and len(speakers) < 3:
        message = (
            f"there are only {len(speakers)} speakers ({', '.join(speakers)}), but each split needs its own"
        )
        yield Problem(str(folder), message, "add speakers, or check the speaker pattern")
