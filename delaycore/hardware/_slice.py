"""A part of a population on a core."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from delaycore._shown import show_line
from delaycore._values import is_whole
from delaycore.errors import HardwareError, Problem

__all__ = ["Slice"]


@dataclass(frozen=True)
class Slice:
    """Neurons ``start`` to ``stop`` of a population, on one core.  Inputs have core None: they come from
    outside.  Raises `HardwareError` for fields of a wrong type.
    """

    population: str
    start: int
    stop: int
    core: int | None

    __repr__ = show_line

    def __post_init__(self) -> None:
        HardwareError.collect(self._find_type_problems())

    @property
    def size(self) -> int:
        """Neurons of the slice."""
        return self.stop - self.start

    @property
    def name(self) -> str:
        """The name of the slice as a population of the placed graph."""
        return f"{self.population}[{self.start}:{self.stop}]"

    def _find_type_problems(self) -> Iterator[Problem]:
        if not isinstance(self.population, str):
            yield Problem("Slice.population", f"must be a name, not {self.population!r:.80}")
        for name in ("start", "stop", "core"):
            value = getattr(self, name)
            if not (is_whole(value) or (name == "core" and value is None)):
                yield Problem(f"Slice.{name}", f"must be a whole number, not {value!r:.80}")
