"""Base of the tables in files that a user writes: frozen, without entries that they do not know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from delaycore._values import MOST, SEEDS
from delaycore._wrong_entries import ContradictionError

__all__ = ["Count", "CountOrNone", "NonNegative", "Part", "Positive", "Seed", "SpikeCount"]

Count = Annotated[int, Field(ge=1, le=MOST)]
CountOrNone = Annotated[int, Field(ge=0, le=MOST)]
SpikeCount = Annotated[int, Field(ge=0, le=MOST**2)]
"""Spikes of a population in a sample: at most one for each neuron and step."""
Seed = Annotated[int, Field(ge=0, lt=SEEDS)]


def _require_exact(given: object) -> object:
    """Refuse a whole number that would be rounded where it becomes one in floating point."""
    if isinstance(given, int) and not isinstance(given, bool):
        try:
            exact = int(float(given)) == given
        except OverflowError:
            exact = False
        if not exact:
            raise ValueError("must be a number that float64 holds")
    return given


_Exact = BeforeValidator(_require_exact)
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False), _Exact]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False), _Exact]


class Part(BaseModel):
    """A table of a file, such as a part of the settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def contradictions(self) -> Iterator[str]:
        """Yield a sentence for every relation between entries that does not hold."""
        yield from ()

    @model_validator(mode="after")
    def _require_consistency(self) -> Self:
        if found := tuple(self.contradictions()):
            raise ContradictionError(*found)
        return self
