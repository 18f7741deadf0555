"""The words of which EVT and DAT files consist, as far as it takes to see that none of them is lost.

The formats are those of docs.prophesee.ai: "EVT 2.0 Format", "EVT 3.0 Format" and "DAT File Format".
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from delaycore.errors import Problem

__all__ = ["FORMS", "find_word_problems"]

FORMS = ("evt2", "evt3", "dat")

_SIZES = {"evt2": 4, "evt3": 2, "dat": 8}
"""Bytes of a word, of DAT of an event."""

_WRAPS = {"evt2": 2**34, "evt3": 2**24, "dat": 2**32}
"""Microseconds after which the clock begins anew."""

_TYPES = {"evt2": (0, 1, 8, 0xA, 0xE, 0xF), "evt3": (0, *range(2, 9), 0xA, 0xE, 0xF), "dat": tuple(range(16))}
"""What the first four bits of a word may be."""

Words = npt.NDArray[Any]


def find_word_problems(path: Path, form: str, events: int, remedy: str) -> Iterator[Problem]:
    """Find a word that is cut, words of no known type, events that are not among the ``events`` decoded
    ones, and times that go backwards.
    """
    place, size, begin = str(path), _SIZES[form], _find_body(path) + 2 * (form == "dat")
    rest = (path.stat().st_size - begin) % size
    if rest:
        yield Problem(place, f"it ends within an event: {rest} of {size} bytes are there", remedy)
        return
    words = np.fromfile(path, f"<u{size}", offset=begin)
    types = words >> (8 * size - 4)
    unknown = np.flatnonzero(~np.isin(types, _TYPES[form]))
    if unknown.size:
        message = f"word {unknown[0]} has the type {int(types[unknown[0]]):#x}, which {form} does not have"
        yield Problem(place, f"{message} ({unknown.size} such words in all)", remedy)
    held = _count_events(form, words, types)
    if held != events:
        yield Problem(place, f"it holds {held} events, of which {events} can be decoded", remedy)
    steps = np.diff(_read_clock(form, words, types))
    wrong = np.flatnonzero((steps < 0) & (steps > -_WRAPS[form] // 2))
    if wrong.size:
        message = f"times go backwards by {-steps[wrong[0]]} us ({wrong.size} such places in all)"
        yield Problem(place, message, remedy)


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


def _count_events(form: str, words: Words, types: Words) -> int:
    if form == "dat":
        return len(words)
    if form == "evt2":
        return int(np.count_nonzero(types <= 1))
    vectors = np.where(types == 4, words & 0xFFF, np.where(types == 5, words & 0xFF, 0))
    return int(np.count_nonzero(types == 2) + np.bitwise_count(vectors).sum())


def _read_clock(form: str, words: Words, types: Words) -> npt.NDArray[np.int64]:
    """Return the times of events, or of EVT 3 the times that are said, as the clock counts them."""
    if form == "dat":
        return (words & 0xFFFFFFFF).astype(np.int64)
    high = np.maximum.accumulate(np.where(types == 8, np.arange(len(words)), -1))
    timed = (types <= 1 if form == "evt2" else types == 6) & (high >= 0)
    wide = words.astype(np.int64)
    if form == "evt2":
        return (wide[high[timed]] & 0xFFFFFFF) << 6 | wide[timed] >> 22 & 63
    return (wide[high[timed]] & 0xFFF) << 12 | wide[timed] & 0xFFF
