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

_WORDS = {"evt2": 4, "evt3": 2, "dat": 8}
"""Bytes of what a file consists of, behind its header."""

_TYPES = {"evt2": (0, 1, 8, 0xA, 0xE, 0xF), "evt3": (0, *range(2, 9), 0xA, 0xE, 0xF)}
"""What the first four bits of a word may be (docs.prophesee.ai, "EVT 2.0 Format" and "EVT 3.0 Format")."""

_WRAPS = {"evt2": 2**34, "evt3": 2**24, "dat": 2**32}
"""Microseconds after which the times of a format begin anew: one that goes back looks as if they did."""

_REMEDY = "record or fetch it anew, or remove it"


def read_camera(path: str | os.PathLike[str], size: tuple[int, int] | None = None) -> CameraRecording:
    """Read a recording of an event camera: AEDAT 4 (.aedat4), EVT 2 or EVT 3 (.raw), or DAT (.dat).

    size: height and width of the sensor, for files whose header does not say; others must agree.

    Decoding, by the package faery, takes place in a process of its own.  Of an AEDAT 4 file with several
    streams of events, the first is read.

    Raises `FileError` for a file that is missing, cut or damaged, of another sensor, or without an event;
    with events outside of the sensor, or with times that go backwards, as which a gap counts that is longer
    than half of what the clock of the format counts (8 seconds of EVT 3); and `DataError` if faery is
    missing, or for a size that is none.  Nothing tells that EVT and DAT files were cut between two events.
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
    for dtype in ("<u8", "<u2", "<u2", "u1"):
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
    yield from _find_backward(place, t, _WRAPS.get(about.get("version", kind), 2**64))


def _find_cut(path: Path, form: str, about: dict[str, Any]) -> Iterator[Problem]:
    if form == "aedat":
        if about["listed"] != about["events"]:
            listed = (
                "no table of its packets" if about["listed"] is None else f"{about['listed']} in its table"
            )
            message = f"it holds {about['events']} events but {listed}, so it was cut or never closed"
            yield Problem(str(path), message, _REMEDY)
        return
    word = _WORDS.get(form)
    if word is None:
        yield Problem(str(path), f"it is {form}, which is not read", "convert it to EVT 3")
        return
    begin = _find_body(path)
    rest = (path.stat().st_size - begin - 2 * (form == "dat")) % word
    if rest:
        message = f"it ends within an event: {rest} of {word} bytes are there"
        yield Problem(str(path), message, f"it was cut: {_REMEDY}")
    elif form in _TYPES:  # the decoder passes over words of other types
        types = np.fromfile(path, f"<u{word}", offset=begin) >> (8 * word - 4)
        unknown = np.flatnonzero(~np.isin(types, _TYPES[form]))
        if unknown.size:
            message = f"word {unknown[0]} has the type {types[unknown[0]]:#x}, which {form} does not have"
            yield Problem(str(path), f"{message} ({unknown.size} such words in all)", _REMEDY)


def _find_body(path: Path) -> int:
    """Find where the header ends: lines that begin with ``%``, up to one that says ``end``."""
    with open(path, "rb") as file:
        at = 0
        while file.read(1) == b"%":
            line = file.readline()
            at = file.tell()
            if line.strip().lower() == b"end":
                break
    return at


def _find_backward(place: str, t: Any, wrap: int) -> Iterator[Problem]:
    latest = int(t.max())
    if latest >= 2**63:
        yield Problem(place, f"it has the time {latest} us", _REMEDY)
        return
    steps = np.diff(t.astype(np.int64))
    wrong = np.flatnonzero((steps < 0) | (steps > wrap // 2))
    if wrong.size:
        first = int(wrong[0])
        message = f"times go backwards from event {first} to {first + 1}, by {steps[first]} us"
        if steps[first] > 0:
            message = (
                f"between event {first} and {first + 1} lie {steps[first] / 1e6:.1f} s: times go backwards, "
                f"or the gap is more than half of the {wrap / 1e6:.0f} s that its clock counts"
            )
        yield Problem(place, f"{message} ({wrong.size} such places in all)", _REMEDY)
