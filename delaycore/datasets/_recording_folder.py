"""RecordingFolder: the recordings of a folder, with the class and the speaker of each."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from delaycore._files import guess_path
from delaycore._wording import is_text
from delaycore.datasets._camera_files import CAMERA_SUFFIXES
from delaycore.datasets._name_groups import find_groups
from delaycore.errors import DataError, Problem

__all__ = ["CAMERA", "SOUND", "RecordingFolder", "RecordingKind", "holds_cameras", "read_recording_folder"]

_SHOWN = 5
"""File names that a message holds at most."""


@dataclass(frozen=True)
class RecordingKind:
    """A kind of recordings: what one is called, and several, and how their files' names end."""

    one: str
    name: str
    suffixes: tuple[str, ...]

    def holds(self, path: Path) -> bool:
        """Whether ``path`` is a file of this kind, by its name."""
        return path.suffix.lower() in self.suffixes and not path.is_dir()


SOUND = RecordingKind("WAV file", "WAV files", (".wav",))
CAMERA = RecordingKind("recording of an event camera", "recordings of event cameras", CAMERA_SUFFIXES)


@dataclass(frozen=True)
class RecordingFolder:
    """Recordings of one kind, such as WAV files of spoken words.

    paths: the files; labels, speakers: [files] indices of ``classes`` and ``speaker_names``.
    left_out: files of this kind that belong to no class, since they do not lie directly in the folder of one.
    """

    paths: tuple[Path, ...]
    labels: npt.NDArray[np.int64]
    speakers: npt.NDArray[np.int64]
    classes: tuple[str, ...]
    speaker_names: tuple[str, ...]
    left_out: tuple[Path, ...] = ()


def holds_cameras(folder: str | os.PathLike[str]) -> bool:
    """Whether there are recordings of event cameras in ``folder`` or below, by the names of files.

    Raises `DataError` if there are WAV files, too.
    """
    cameras, sounds = (sum(1 for _ in _list_files(Path(folder), kind)) for kind in (CAMERA, SOUND))
    if cameras and sounds:
        message = f"there are {sounds} {SOUND.name} and {cameras} {CAMERA.name} in it"
        raise DataError.at(folder, message, "put the recordings of each kind into a folder of their own")
    return cameras > 0


def read_recording_folder(
    folder: Path, speaker_pattern: str, class_pattern: str | None = None, kind: RecordingKind = SOUND
) -> RecordingFolder:
    """List the files of ``kind`` in ``folder`` with the class and the speaker of each.

    ``speaker_pattern`` is a regular expression that is looked for in the name of a file; its first group, or
    the one called ``speaker``, is the speaker.  ``class_pattern`` finds the class in the same way, in the
    group called ``class``, in the names of all files, however deep they lie.  Without it, a folder within
    ``folder`` is a class and gives its name, and files in other places are in ``left_out``.

    Classes and speakers are numbered in the order of their names.  Files with other suffixes, and
    anything whose name begins with a dot, are ignored.

    Raises `DataError` with everything that is wrong: no such folder, no files, a class without one, a
    pattern that is not a regular expression or has no group, files that it does not match, fewer than two
    classes by a pattern, fewer than three speakers.
    """
    if not folder.is_dir():
        raise DataError.at(folder, "there is no such folder", f"{guess_path(folder)}check the path")
    problems: list[Problem] = []
    files: dict[Path, str | None] = {}
    if class_pattern is None:
        files = _read_class_folders(folder, kind, problems)
    else:
        paths = list(_list_files(folder, kind))
        if not paths:
            problems.append(Problem(str(folder), f"there are no {kind.name} in it", "check the path"))
        files = _find_names("class", class_pattern, paths, problems)
    speakers = _find_names("speaker", speaker_pattern, list(files), problems)
    classes = sorted({name for name in files.values() if name})
    if class_pattern is not None and len(classes) == 1 and not problems:
        remedy = "check the class pattern"
        problems.append(Problem(str(folder), f"there is only one class, {classes[0]!r}", remedy))
    names = sorted({name for name in speakers.values() if name})
    if speakers and len(names) < 3 and all(speakers.values()):
        message = f"there are only {len(names)} speakers ({', '.join(names)}), but each split needs its own"
        problems.append(Problem(str(folder), message, "add speakers, or check the speaker pattern"))
    DataError.collect(problems)
    return RecordingFolder(
        paths=tuple(files),
        labels=np.array([classes.index(name) for name in files.values() if name], np.int64),
        speakers=np.array([names.index(name) for name in speakers.values() if name], np.int64),
        classes=tuple(classes),
        speaker_names=tuple(names),
        left_out=tuple(path for path in _list_files(folder, kind) if path not in files),
    )


def _read_class_folders(folder: Path, kind: RecordingKind, problems: list[Problem]) -> dict[Path, str | None]:
    """Return the files of ``kind`` in the folders within ``folder`` with their class."""
    folders = sorted(path for path in _list_visible(folder) if path.is_dir())
    if not folders:
        remedy = (
            f"put the {kind.name} of each class into a folder with the name of the class, or say how the "
            "class is found in their names (--class PATTERN, in Python class_pattern)"
        )
        problems.append(Problem(str(folder), "there are no folders of classes in it", remedy))
    files: dict[Path, str | None] = {}
    for path in folders:
        inside = sorted(filter(kind.holds, _list_visible(path)))
        if not inside:
            message, remedy = f"this class has no {kind.one}", "add recordings, or remove the folder"
            problems.append(Problem(str(path), message, remedy))
        if not is_text(path.name):
            message = "the name of this class is no text in UTF-8"
            problems.append(Problem(str(path), message, "rename the folder"))
        files |= dict.fromkeys(inside, path.name)
    return files


def _list_files(folder: Path, kind: RecordingKind) -> Iterator[Path]:
    """List the files of ``kind`` in ``folder`` and below it, except for hidden ones and hidden folders."""
    for path in sorted(folder.rglob("*")):
        if kind.holds(path) and not any(part.startswith(".") for part in path.relative_to(folder).parts):
            yield path


def _find_names(
    what: str, pattern: str, paths: Sequence[Path], problems: list[Problem]
) -> dict[Path, str | None]:
    """Return the speaker or the class that ``pattern`` finds in the name of each file."""
    try:
        found = find_groups(pattern, [path.name for path in paths], what)
    except DataError as error:
        problems[:0] = error.problems
        return {}
    names = dict(zip(paths, found, strict=True))
    lost: dict[Path, list[str]] = defaultdict(list)
    for path, name in names.items():
        if name is None:
            lost[path.parent].append(path.name)
        elif not is_text(name):
            message = f"the name of its {what} is no text in UTF-8"
            problems.append(Problem(str(path), message, "rename the file"))
    for parent, unnamed in lost.items():
        more = f" and {len(unnamed) - _SHOWN} more" if len(unnamed) > _SHOWN else ""
        message = f"the {what} pattern {pattern!r} finds no {what} in {', '.join(unnamed[:_SHOWN])}{more}"
        remedy = "rename the files, or choose a pattern that matches all of them"
        problems.append(Problem(str(parent), message, remedy))
    return names


def _list_visible(folder: Path) -> Iterator[Path]:
    """List what lies in ``folder``, except for hidden files and folders."""
    for path in folder.iterdir():
        if not path.name.startswith("."):
            yield path
