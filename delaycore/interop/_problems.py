"""Problems of a foreign network, gathered while the rest of it is read, so that all are named at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from delaycore.errors import ForeignError, Problem

__all__ = ["ProblemList"]


class ProblemList:
    """Problems in the order in which they were found, each once."""

    def __init__(self) -> None:
        self._found: dict[Problem, None] = {}

    def add(self, place: str, message: str, remedy: str = "") -> None:
        """Note a problem."""
        self._found[Problem(place, message, remedy)] = None

    def extend(self, problems: Iterable[Problem]) -> None:
        """Note several problems."""
        self._found.update(dict.fromkeys(problems))

    @contextmanager
    def gather(self) -> Iterator[None]:
        """Note the problems of a `ForeignError` that is raised within, and go on after the block."""
        try:
            yield
        except ForeignError as error:
            self.extend(error.problems)

    def raise_any(self) -> None:
        """Raise one `ForeignError` with all problems; return if there are none."""
        ForeignError.collect(self._found)
