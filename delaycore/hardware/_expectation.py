"""What a mapper expected of a run, beside what the run showed."""

from __future__ import annotations

from dataclasses import dataclass

from delaycore._shown import show_line
from delaycore.hardware._checked_fields import take_amount

__all__ = ["Expectation"]


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """An amount that was predicted before the run, and what it came to.

    place:    where on the chip, such as ``core 3``; what: which amount, such as ``peak words of the delay
              queue``.
    expected: what the mapper predicted; seen: what the run showed, both in ``unit``.
    source:   what the prediction was made from, such as an assumed activity.
    """

    place: str
    what: str
    unit: str
    expected: float
    seen: float
    source: str

    __repr__ = show_line

    def __post_init__(self) -> None:
        for name in ("expected", "seen"):
            object.__setattr__(self, name, take_amount(f"Expectation.{name}", getattr(self, name)))

    def __str__(self) -> str:
        ratio = f", {self.seen / self.expected:.0%} of what was expected" if self.expected else ""
        return (
            f"{self.place}: {self.what} {self.seen:.4g} {self.unit}{ratio} ({self.expected:.4g}, from "
            f"{self.source})"
        )
