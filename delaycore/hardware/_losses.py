"""What was altered on the way to a chip: nothing in silence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import BaseModel, ConfigDict

__all__ = ["Loss", "Losses"]

What = Literal[
    "weight", "delay", "retain", "threshold", "bias", "refractory", "synapse", "neuron", "event", "parameter"
]
Change = Literal["rounded", "clipped", "pruned", "dropped", "merged", "late", "outside", "added"]


class Loss(BaseModel):
    """One kind of alteration at one place.

    what, change: such as a ``weight`` that was ``rounded``.
    place:        where, such as ``projections['in->h']``.
    count, of:    how many were altered, of how many.
    largest:      the largest absolute error, in ``unit``; 0 where things were removed.
    relative:     the largest error as a fraction of the largest magnitude there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    what: What
    change: Change
    place: str
    count: int
    of: int
    largest: float = 0.0
    relative: float = 0.0
    unit: str = ""
    detail: str = ""

    def __str__(self) -> str:
        share = f" ({self.relative:.2%} of the largest)" if self.relative else ""
        size = (
            f", {'largest error' if self.relative else 'the largest'} {self.largest:.3g} {self.unit}".rstrip()
            + share
            if self.largest
            else ""
        )
        detail = f" ({self.detail})" if self.detail else ""
        return f"{self.place}: {self.count} of {self.of} {self.what}s {self.change}{size}{detail}"


class Losses(BaseModel):
    """Every alteration between two values.  Adding two of these joins them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    entries: tuple[Loss, ...] = ()

    @classmethod
    def of(
        cls,
        what: What,
        change: Change,
        place: str,
        before: ArrayLike,
        after: ArrayLike,
        unit: str = "",
        detail: str = "",
    ) -> Losses:
        """The loss of turning ``before`` into ``after``, arrays of one shape in the same unit; none if they
        are equal.
        """
        a, b = (
            np.atleast_1d(np.asarray(before, dtype=np.float64)),
            np.atleast_1d(np.asarray(after, dtype=np.float64)),
        )
        if a.shape != b.shape:
            raise ValueError(
                f"{place}: {a.shape} values became {b.shape}; use Losses.removed for what is gone"
            )
        error = np.abs(a - b)
        count = int(np.count_nonzero(error > 0))
        if not count:
            return cls()
        biggest = float(np.abs(a).max())
        largest = float(error.max())
        return cls(
            entries=(
                Loss(
                    what=what,
                    change=change,
                    place=place,
                    count=count,
                    of=a.size,
                    largest=largest,
                    relative=largest / biggest if biggest else float("inf"),
                    unit=unit,
                    detail=detail,
                ),
            )
        )

    @classmethod
    def removed(
        cls,
        what: What,
        change: Change,
        place: str,
        count: int,
        of: int,
        detail: str = "",
        largest: float = 0.0,
    ) -> Losses:
        """``count`` of ``of`` things are gone, of which ``largest`` was the largest magnitude; none if count
        is 0.
        """
        if not count:
            return cls()
        return cls(
            entries=(
                Loss(
                    what=what, change=change, place=place, count=count, of=of, detail=detail, largest=largest
                ),
            )
        )

    def __add__(self, other: Losses) -> Losses:
        return Losses(entries=(*self.entries, *other.entries))

    def __iter__(self) -> Iterator[Loss]:  # type: ignore[override]  # a collection of entries, not of fields
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def __bool__(self) -> bool:
        return bool(self.entries)

    def __str__(self) -> str:
        return "\n".join(map(str, self.entries)) or "nothing was altered"
