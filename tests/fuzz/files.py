"""Kinds of files: bytes of small ones, each read before it is changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tests.fuzz.judging import Kind, Outcome, Trial
from tests.fuzz.mutated_bytes import Rng
from tests.fuzz.spelling import spell

__all__ = ["GUARDED", "OPEN", "Mutate", "make_file_kind"]

Mutate = Callable[[Rng, bytes], bytes]

GUARDED = frozenset({Outcome.REFUSED, Outcome.SAME})
"""Of a file with a checksum: it is read as it was written, or not at all."""

OPEN = GUARDED | {Outcome.CHANGED}
"""Of a file that may say anything: whoever wrote it meant it."""


def make_file_kind(
    name: str,
    place: Path,
    originals: Sequence[bytes],
    mutate: Mutate,
    read: Callable[[Path], Any],
    allowed: frozenset[Outcome],
) -> Kind:
    """Make a kind of files.

    place:     of the file that is read, in each trial another one.
    originals: sound files, which ``read`` takes.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    before = []
    for original in originals:
        place.write_bytes(original)
        before.append(spell(read(place)))

    def draw(rng: Rng) -> Trial:
        number = int(rng.integers(len(originals)))
        place.write_bytes(mutate(rng, originals[number]))
        return Trial(partial(read, place), before[number])

    return Kind(name, draw, allowed)
