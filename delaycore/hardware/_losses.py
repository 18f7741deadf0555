"""What was altered on the way to a chip: nothing in silence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import ConfigDict

from delaycore._shown import one_line, show_line
from delaycore._wording import make_plural
from delaycore.graph import Format
from delaycore.hardware._checked_fields import (
    require_choice,
    require_text,
    take_amount,
    take_count,
    take_tuple,
)
from delaycore.hardware._plain import NoOtherFields, from_plain, to_plain

__all__ = ["Loss", "Losses"]

What = Literal[
    "weight", "delay", "retain", "threshold", "tie", "bias", "refractory", "parameter", "kind", "reset",
    "unit", "synapse", "neuron", "event",
]  # fmt: skip
Change = Literal["rounded", "clipped", "pruned", "dropped", "merged", "late", "outside", "added", "converted"]


@dataclass(frozen=True, kw_only=True)
class Loss:
    """One kind of alteration at one place.

    what, change: such as a ``weight`` that was ``rounded``, or a ``kind`` of neurons, a ``reset`` or a
                  ``unit`` that was ``converted`` into another.
    place:        where, such as ``projections['in->h']``.
    count, of:    how many were altered, of how many.
    largest:      the largest absolute error, in ``unit``; 0 where things were removed.
    relative:     the largest error as a fraction of the largest magnitude there.
    """

    what: What
    change: Change
    place: str
    count: int
    of: int
    largest: float = 0.0
    relative: float = 0.0
    unit: str = ""
    detail: str = ""
    __pydantic_config__: ClassVar[ConfigDict] = NoOtherFields

    __repr__ = show_line

    def __post_init__(self) -> None:
        require_choice("Loss.what", self.what, get_args(What))
        require_choice("Loss.change", self.change, get_args(Change))
        for name in ("place", "unit", "detail"):
            require_text(f"Loss.{name}", getattr(self, name))
        for name in ("count", "of"):
            object.__setattr__(self, name, take_count(f"Loss.{name}", getattr(self, name)))
        for name in ("largest", "relative"):
            object.__setattr__(self, name, take_amount(f"Loss.{name}", getattr(self, name)))

    def __str__(self) -> str:
        fraction = f"{self.relative:.2%}" if self.relative >= 1e-4 else "less than 0.01%"
        share = f" ({fraction} of the largest)" if self.relative else ""
        size = (
            f", {'largest error' if self.relative else 'the largest'} {self.largest:.3g} {self.unit}".rstrip()
            + share
            if self.largest
            else ""
        )
        detail = f" ({self.detail})" if self.detail else ""
        return f"{self.place}: {self.count} of {self.of} {make_plural(self.what)} {self.change}{size}{detail}"


@dataclass(frozen=True)
class Losses:
    """Every alteration between two values.  Adding two of these joins them."""

    entries: tuple[Loss, ...] = ()
    __pydantic_config__: ClassVar[ConfigDict] = NoOtherFields

    def __post_init__(self) -> None:
        object.__setattr__(self, "entries", take_tuple("Losses.entries", self.entries, Loss))

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
                f"{place}: {a.shape} values became {b.shape}; use Losses.counted for what is gone"
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
    def of_rounding(
        cls,
        what: What,
        place: str,
        before: NDArray[np.float64],
        after: NDArray[np.float64],
        number: Format,
        detail: str = "",
    ) -> Losses:
        """The loss of bringing ``before`` into the format ``number``: what was clipped to its range, and what
        was rounded.
        """
        outside = number.overflows(before)
        clipped = cls.of(what, "clipped", place, before[outside], after[outside], detail=detail)
        rounded = cls.of(what, "rounded", place, before[~outside], after[~outside], detail=detail)
        return cls(tuple(replace(entry, of=before.size) for entry in (clipped + rounded).entries))

    @classmethod
    def counted(
        cls,
        what: What,
        change: Change,
        place: str,
        count: int,
        of: int,
        detail: str = "",
        largest: float = 0.0,
        unit: str = "",
    ) -> Losses:
        """Return the loss of ``count`` of ``of`` things, such as synapses that were pruned or added; none if
        count is 0.

        largest: the largest magnitude among the things that the loss is about, in ``unit``.
        """
        if not count:
            return cls()
        entry = Loss(
            what=what,
            change=change,
            place=place,
            count=count,
            of=of,
            detail=detail,
            largest=largest,
            unit=unit,
        )
        return cls(entries=(entry,))

    @classmethod
    def converted(
        cls, what: Literal["kind", "reset", "unit"], place: str, before: str, after: str, count: int, of: int
    ) -> Losses:
        """``count`` of ``of`` neurons or numbers have another kind, reset or unit than they had; none if
        count is 0 or both are the same.

        before, after: their names, such as ``subtract`` and ``zero``.
        """
        if before == after:
            return cls()
        return cls.counted(what, "converted", place, count, of, f"{before} became {after}")

    @classmethod
    def join(cls, parts: Iterable[Losses]) -> Losses:
        """All entries of ``parts``, in their order."""
        return cls(tuple(entry for losses in parts for entry in losses))

    def __add__(self, other: Losses) -> Losses:
        return Losses(entries=(*self.entries, *other.entries))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        plain: dict[str, Any] = to_plain(self)
        return plain

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Losses:
        """The losses of `to_dict`.  Raises ValueError, in words, for anything else."""
        return from_plain(cls, plain)

    @one_line
    def __repr__(self) -> str:
        kinds = dict.fromkeys(f"{entry.what} {entry.change}" for entry in self.entries)
        return f"<Losses: {', '.join(kinds) or 'none'}>"

    def __iter__(self) -> Iterator[Loss]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def __bool__(self) -> bool:
        return bool(self.entries)

    def __str__(self) -> str:
        return "\n".join(map(str, self.entries)) or "no number was altered"
