"""The files of a data set: one for training, one for validation, one for testing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from delaycore._files import as_path, guess_path
from delaycore._wording import find_nearest
from delaycore.errors import DataError, Problem

__all__ = ["SPLITS", "find_splits"]

SPLITS = ("train", "valid", "test")

_REMEDY = "name the files one by one, with --train, --valid and --test (in Python: `read_splits`)"


def find_splits(place: str | os.PathLike[str]) -> dict[str, Path]:
    """Find the files of the data set at ``place``, by split: "train" and "test", and "valid" if there is one.

    ``place`` is a folder with files NAME_train.h5, NAME_valid.h5 and NAME_test.h5, or, where the folder holds
    several data sets, the folder and NAME. Raises DataError, saying what was found, if a file is missing or
    the folder holds files of several names.
    """
    place = as_path(place)
    found = _list_files(place)
    DataError.collect(_find_problems(place, found))
    (files,) = found.values()
    return files


def _list_files(place: Path) -> dict[str, dict[str, Path]]:
    """List the files at ``place`` by name and split."""
    folder, wanted = (place, None) if place.is_dir() else (place.parent, place.name)
    found: dict[str, dict[str, Path]] = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        name, _, split = path.name.removesuffix(".h5").rpartition("_")
        if path.suffix == ".h5" and split in SPLITS and path.is_file() and wanted in (None, name):
            found.setdefault(name, {})[split] = path
    return found


def _find_misspelt(place: Path, found: dict[str, dict[str, Path]]) -> Iterator[Problem]:
    """Find files whose names are nearly those of splits that are missing."""
    folder = place if place.is_dir() else place.parent
    for path in sorted(folder.glob("*.h5")) if folder.is_dir() else ():
        name, _, ending = path.stem.rpartition("_")
        split = find_nearest(ending, SPLITS)
        belongs = name in found if found else place.is_dir() or name == place.name
        if belongs and ending not in SPLITS and split is not None and split not in found.get(name, ()):
            remedy = f"did you mean {name}_{split}.h5? rename it, or {_REMEDY}"
            yield Problem(str(path), "its name ends with no split", remedy)


def _find_problems(place: Path, found: dict[str, dict[str, Path]]) -> Iterator[Problem]:
    names = ", ".join(path.name for files in found.values() for path in files.values())
    if not found:
        pattern = (
            "*_train.h5 and *_test.h5"
            if place.is_dir()
            else f"{place.name}_train.h5 and {place.name}_test.h5"
        )
        meant = "" if place.is_dir() else _guess_data_set(place)
        yield Problem(str(place), f"there are no files {pattern}", f"{meant}check the path, or {_REMEDY}")
    elif len(found) > 1:
        remedy = f"add the name to the path, as in {place / next(iter(found))}, or {_REMEDY}"
        yield Problem(str(place), f"holds files of several names: {names}", remedy)
    else:
        (files,) = found.values()
        for split in ("train", "test"):
            if split not in files:
                yield Problem(str(place), f"there is no file *_{split}.h5, only {names}", _REMEDY)
    yield from _find_misspelt(place, found)


def _guess_data_set(place: Path) -> str:
    """As `guess_path`, for a folder or the beginning of the names of files."""
    files = (path.stem.rpartition("_") for path in place.parent.glob("*.h5"))
    near = find_nearest(place.name, {name for name, _, split in files if split in SPLITS})
    return guess_path(place) if near is None else f"did you mean {str(place.parent / near)!r}? "
