"""Errors that a user can act on: each names the place, what is wrong, and the remedy.

DelaycoreError
  GraphError      a Graph, or a part of one, without a meaning
  DataError       events, spikes or a data set that cannot be used
  FileError       a file that cannot be read or written
  SettingsError   settings or options that are out of range or contradict each other
  HardwareError   a value of the vocabulary of backends that has no meaning
  ForeignError    a network of another framework that no Graph can say
  UnknownName     a population, projection or part that is not in a mapping of such; a KeyError, too
  NotOffered      something that a backend does not do
  OutOfMemory     work that would take more memory than there is
  BackendError    a backend that cannot be loaded or breaks its interface (delaycore.registry)
  BackendFault    a backend that fails when it is called, a BackendError, too (delaycore.registry)
  UnknownTarget   a target without a backend (delaycore.registry)
  TrainingError   a training that diverged (delaycore.training)
  UnforeseenError a fault of delaycore itself, as its commands report it
  DoesNotFit      a graph that a chip cannot hold, with its fit report (delaycore.hardware)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from delaycore._shown import one_line, show_line
from delaycore._wording import escape

__all__ = [
    "DataError",
    "DelaycoreError",
    "FileError",
    "ForeignError",
    "GraphError",
    "HardwareError",
    "NotOffered",
    "OutOfMemory",
    "Problem",
    "SettingsError",
    "UnknownName",
    "UnforeseenError",
]


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a value that was handed over.

    place:   where it lies, such as ``projections['in->h'].weight``.
    message: what is wrong, with the offending value.
    remedy:  what to do about it.

    As text, it is fit for every file and terminal: what Unicode has no characters for is spelt out.
    """

    place: str
    message: str
    remedy: str = ""

    __repr__ = show_line

    def __str__(self) -> str:
        remedy = f" Remedy: {self.remedy}" if self.remedy else ""
        return escape(f"{self.place}: {self.message}.{remedy}")


class DelaycoreError(Exception):
    """Base of every error that delaycore raises on purpose.

    It carries all the problems found in one pass, in ``problems``.
    """

    problems: tuple[Problem, ...]

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__(self._text())

    @one_line
    def __repr__(self) -> str:
        more = f" and {len(self.problems) - 1} more" if len(self.problems) > 1 else ""
        return f"{type(self).__name__}({str(next(iter(self.problems), ''))!r:.150}{more})"

    def _text(self) -> str:
        if len(self.problems) == 1:
            return str(self.problems[0])
        lines = [f"{len(self.problems)} problems"]
        return "\n  - ".join([*lines, *map(str, self.problems)])

    @classmethod
    def at(cls, place: object, message: str, remedy: str = "") -> DelaycoreError:
        """The error for a single problem."""
        return cls(Problem(str(place), message, remedy))

    @classmethod
    def collect(cls, problems: Iterable[Problem]) -> None:
        """Raise one error for all of ``problems``; return if there are none."""
        found = tuple(problems)
        if found:
            raise cls(*found)


class GraphError(DelaycoreError):
    """A Graph, or a part of one, that has no meaning."""


class DataError(DelaycoreError):
    """Events, spikes or a data set that cannot be used as they are."""


class HardwareError(DelaycoreError):
    """A value of the vocabulary of backends that has no meaning, such as a constant without a source."""


class FileError(DelaycoreError):
    """A file that cannot be read or written."""


class SettingsError(DelaycoreError):
    """Settings of a run that contradict each other or are out of range."""


class ForeignError(DelaycoreError):
    """A network of another framework that no Graph can say exactly, or a framework that is not installed."""


class UnknownName(DelaycoreError, KeyError):  # noqa: N818  # reads as the sentence it is
    """A name of a population, projection or part that is not in a mapping of such."""

    __str__ = Exception.__str__  # a KeyError would show the message in quotes


class NotOffered(DelaycoreError):  # noqa: N818  # reads as the sentence it is
    """Something that this backend does not do."""


class OutOfMemory(DelaycoreError):  # noqa: N818  # reads as the sentence it is
    """Work that would take more memory than there is; none of it was begun."""


class UnforeseenError(DelaycoreError):
    """An error that nobody foresaw: a fault of delaycore itself, as its commands report it."""
