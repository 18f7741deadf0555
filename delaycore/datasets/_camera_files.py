"""Files of event cameras: AEDAT 4 of iniVation, RAW (EVT 2 and 3) and DAT of Prophesee."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from delaycore._files import as_path
from delaycore._values import is_whole
from delaycore.datasets._camera_recording import CameraRecording
from delaycore.datasets._camera_words import FORMS, find_word_problems
from delaycore.datasets._decode_camera import FIELDS
from delaycore.datasets._extras import require_package
from delaycore.errors import DataError, FileError, Problem
from delaycore.memory import find_available

__all__ = ["CAMERA_SUFFIXES", "read_camera"]

_KINDS = {".aedat4": "aedat", ".raw": "evt", ".dat": "dat"}

CAMERA_SUFFIXES = tuple(_KINDS)
"""What the names of files that `read_camera` reads end with."""

_PROGRAM = Path(__file__).with_name("_decode_camera.py")

_SECONDS, _RATE = 60.0, 1e6
"""Seconds for any file, and bytes a second for a large one: a hundredth of what decoders do."""

_REMEDY = "record or fetch it anew, or remove it"


def read_camera(path: str | os.PathLike[str], size: tuple[int, int] | None = None) -> CameraRecording:
    """Read a recording of an event camera: AEDAT 4 (.aedat4), EVT 2 or EVT 3 (.raw), or DAT (.dat).

    size: height and width of the sensor, for files whose header does not say; others must agree.

    Decoding, by the package faery, takes place in a process of its own.  Of an AEDAT 4 file with several
    streams of events, the first is read.

    Raises `FileError` for a file that is missing, cut or damaged, of another sensor, or without an event;
    with events outside of the sensor, or with times that go backwards; and `DataError` if faery is missing,
    or for a size that is none.  Nothing tells that EVT and DAT files were cut between two events.
    """
    path = as_path(path)
    kind = _KINDS.get(path.suffix.lower())
    if kind is None:
        known = ", ".join(CAMERA_SUFFIXES)
        message = f"is no recording of an event camera by its name, which ends with none of {known}"
        raise FileError.at(path, message, "give such a file; AEDAT 2 and 3 are to be converted to AEDAT 4")
    if size is not None and not (
        len(size) == 2 and all(is_whole(side) and 0 < side < 2**15 for side in size)
    ):
        raise DataError.at("size", f"is {size!r:.80}", "give height and width of the sensor, in pixels")
    require_package("faery", f"reading {path.name}", extra="cameras")
    about, arrays = _decode(path, kind, size)
    FileError.collect(_find_problems(path, kind, size, about, arrays))
    t, x, y, p = (array.astype(np.int64) for array in arrays)
    width, height = about["size"]
    return CameraRecording(t - t[0], x, y, p, (height, width), path.name)


def _decode(path: Path, kind: str, size: tuple[int, int] | None) -> tuple[dict[str, Any], list[Any]]:
    """Have the file decoded; return what is known of it and the arrays t, x, y and p."""
    try:
        length = path.stat().st_size
        with open(path, "rb"):
            pass
    except OSError as error:
        raise FileError.at(path, f"cannot be read ({error.strerror or error})", "check the path") from error
    if not length:
        raise FileError.at(path, "it is empty", _REMEDY)
    available = find_available()
    given = {
        "path": sys.path,
        "file": str(path.resolve()),
        "kind": kind,
        "size": None if size is None else [int(side) for side in reversed(size)],
        "memory": None if available is None else available.size,
    }
    command = [sys.executable, "-I", "-S", "-W", "ignore", str(_PROGRAM)]
    limit = _SECONDS + length / _RATE
    question = json.dumps(given).encode() + b"\n"
    try:
        run = subprocess.run(command, input=question, capture_output=True, timeout=limit)
    except subprocess.TimeoutExpired:
        raise FileError.at(path, f"is not decoded within {limit:.0f} s", _REMEDY) from None
    except OSError as error:
        raise FileError.at(path, f"cannot be decoded ({error})", _REMEDY) from error
    line, _, values = run.stdout.partition(b"\n")
    if run.returncode or not line:
        memory = " for want of memory" if b"MemoryError" in run.stderr or b"alloc" in run.stderr else ""
        raise FileError.at(path, f"decoding it failed{memory} (exit code {run.returncode})", _REMEDY)
    about = json.loads(line)
    if "missing" in about:
        raise DataError.at(
            f"reading {path.name}", f"faery cannot be loaded ({about['missing']})", "reinstall it"
        )
    arrays, at = [], 0
    for _, dtype in FIELDS:
        arrays.append(np.frombuffer(values, dtype, about["events"], at))
        at += arrays[-1].nbytes
    return about, arrays


def _find_problems(
    path: Path, kind: str, size: tuple[int, int] | None, about: dict[str, Any], arrays: list[Any]
) -> Iterator[Problem]:
    """Find what is wrong with a recording that could be decoded, and why another could not."""
    place = str(path)
    if "wrong" in about:
        remedy = _REMEDY
        if "no size" in about["wrong"]:
            remedy = "say the height and the width of its sensor (--size, in Python size), or " + remedy
        yield Problem(place, about["wrong"], remedy)
        return
    width, height = about["size"]
    if size is not None and tuple(size) != (height, width):
        message = f"its sensor has {width} x {height} pixels, not {size[1]} x {size[0]}"
        yield Problem(place, message, "give the size that it has, or leave it out")
    if not 0 < width * height <= 2**30:
        yield Problem(place, f"its header says {width} x {height} pixels", _REMEDY)
        return
    yield from _find_cut(path, about.get("version", kind), about)
    t, x, y, p = arrays
    if not len(t):
        yield Problem(place, "it holds no event", _REMEDY)
        return
    for axis, values, end in (("x", x, width), ("y", y, height), ("polarity", p, 2)):
        outside = np.flatnonzero(values >= end)
        if outside.size:
            message = f"event {outside[0]} has the {axis} {values[outside[0]]}, not within 0..{end - 1}"
            yield Problem(place, f"{message} ({outside.size} such events in all)", _REMEDY)
    yield from _find_backward(place, t)


def _find_cut(path: Path, form: str, about: dict[str, Any]) -> Iterator[Problem]:
    """Find what the decoder passes over: what is missing at the end, unknown words, and lost events."""
    if form == "aedat":
        listed = about["listed"]
        if listed != about["events"]:
            table = "no table of its packets" if listed is None else f"{listed} in its table"
            message = f"it holds {about['events']} events but {table}, so it was cut or never closed"
            yield Problem(str(path), message, _REMEDY)
    elif form in FORMS:
        yield from find_word_problems(path, form, about["events"], _REMEDY)
    else:
        yield Problem(str(path), f"it is {form}, which is not read", "convert it to EVT 3")


def _find_backward(place: str, t: Any) -> Iterator[Problem]:
    if int(t.max()) >= 2**63:
        yield Problem(place, f"it has the time {t.max()} us", _REMEDY)
        return
    steps = np.diff(t.astype(np.int64))
    wrong = np.flatnonzero(steps < 0)
    if wrong.size:
        first = int(wrong[0])
        message = f"times go backwards from event {first} to {first + 1}, by {-steps[first]} us"
        yield Problem(place, f"{message} ({wrong.size} such places in all)", _REMEDY)
