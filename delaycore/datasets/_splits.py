"""Splits: the three parts of a data set, for training, validation and testing."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from delaycore._shown import show_line
from delaycore.datasets._classes import have_same_names
from delaycore.datasets._event_problems import find_channel_mismatch
from delaycore.datasets._events import EventSet
from delaycore.datasets._shd import read_events
from delaycore.datasets._split_files import find_splits
from delaycore.errors import DataError, Problem

__all__ = ["Splits", "load_splits", "read_splits"]

_HELD_OUT = 0.15
"""Share of the speakers of the training split that become the validation split if a data set has none."""


@dataclass(frozen=True)
class Splits:
    """A data set in three parts, which have the same classes and channels (DataError if not).

    Labels of all parts are indices of the classes of ``train``; a part that lists the same names in another
    order is brought into that order.

    train: for training; valid: for the choice of epochs and settings; test: read once, for the final figure.
    notes: what a reader of that figure should know, such as speakers that two parts share.
    """

    train: EventSet
    valid: EventSet
    test: EventSet
    notes: tuple[str, ...] = ()

    __repr__ = show_line

    def __str__(self) -> str:
        parts = (f"{split}: {getattr(self, split)!r}" for split in ("train", "valid", "test"))
        return "\n".join([*parts, *self.notes])

    def __post_init__(self) -> None:
        DataError.collect(self._find_problems())
        for name in ("valid", "test"):
            object.__setattr__(self, name, getattr(self, name).with_classes(self.train.classes))

    def _find_problems(self) -> Iterator[Problem]:
        for name, part in (("valid", self.valid), ("test", self.test)):
            if not have_same_names(part.classes, self.train.classes):
                message = (
                    f"has the classes {', '.join(part.classes)}, but train has "
                    f"{', '.join(self.train.classes)}"
                )
                yield Problem(f"{name} ({part.name})", message, "use the same class names")
            yield from find_channel_mismatch(f"{name} ({part.name})", part, self.train, "train")

    @classmethod
    def of(cls, train: EventSet, test: EventSet, valid: EventSet | None = None) -> Splits:
        """Make splits of these parts, with their own notes and notes on speakers that they share.

        Without ``valid``, whole speakers of ``train`` are held out for it: 15 % of them, at least 2, evenly
        spaced in the order of their numbers, so always the same. Raises DataError if ``train`` has fewer than
        3 speakers.
        """
        notes = list(_join_notes(part for part in (train, valid, test) if part is not None))
        if valid is None:
            held = _choose_held_out(train)
            chosen = np.isin(train.speakers, held)
            notes.append(f"no validation split: speakers {_list(held)} of {train.name} are held out for it")
            train, valid = train.select(~chosen), train.select(chosen)
        for name, part in (("valid", valid), ("test", test)):
            shared = np.intersect1d(part.known_speakers, train.known_speakers)
            if shared.size:
                notes.append(
                    f"{name} shares speakers with train, so it says less about new ones: {_list(shared)}"
                )
        return cls(train, valid, test, tuple(notes))


def load_splits(place: str | os.PathLike[str], channels: int | None = None) -> Splits:
    """Read the data set in the files that ``find_splits`` finds at ``place``; see ``read_splits``."""
    return read_splits(**find_splits(place), channels=channels)


def read_splits(train: Path, test: Path, valid: Path | None = None, channels: int | None = None) -> Splits:
    """Read the data set in these files of SHD layout; without ``valid``, see ``Splits.of``.

    ``channels`` is the number of channels where the files do not tell it (see ``read_events``). Raises
    DataError and FileError like ``read_events``, and DataError if the files do not belong together.
    """
    sets = {n: read_events(p, channels) for n, p in (("train", train), ("valid", valid), ("test", test)) if p}
    return Splits.of(sets["train"], sets["test"], sets.get("valid"))


def _join_notes(parts: Iterable[EventSet]) -> Iterator[str]:
    """Yield each note of ``parts`` once, with the names of those that have it."""
    names: dict[str, list[str]] = {}
    for part in parts:
        for note in part.notes:
            names.setdefault(note, []).append(part.name)
    for note, having in names.items():
        yield f"{', '.join(having)}: {note}"


def _choose_held_out(train: EventSet) -> npt.NDArray[np.int64]:
    speakers = train.known_speakers
    if len(train) and not len(speakers):
        message = "does not say who speaks, so that no speakers can be held out for validation"
        raise DataError(Problem(train.name, message, "give a validation file"))
    count = max(2, round(_HELD_OUT * len(speakers)))
    if len(speakers) <= count:
        message = f"has {len(speakers)} speakers: too few to hold some out for validation"
        raise DataError(Problem(train.name, message, "give a validation file, or at least 3 speakers"))
    evenly = (np.arange(count) + 0.5) * len(speakers) / count
    return np.asarray(speakers[evenly.astype(int)])


def _list(speakers: npt.NDArray[np.int64]) -> str:
    return ", ".join(map(str, speakers.tolist()))
