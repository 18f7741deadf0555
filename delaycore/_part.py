"""Base of the tables in files that a user writes: frozen, without entries that they do not know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from delaycore._wrong_entries import ContradictionError

__all__ = ["Count", "NonNegative", "Part", "Positive"]

Count = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0)]
NonNegative = Annotated[float, Field(ge=0)]


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
