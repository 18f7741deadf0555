"""Base of the tables that a user writes: frozen, of strict types, without entries that they do not know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from delaycore._contradictions import UNJUDGED, ContradictionError, UnknownEntry, find_contradictions
from delaycore._plain_entries import read_plain
from delaycore._shown import show_line
from delaycore._toml import write_entries
from delaycore._values import MOST, SEEDS
from delaycore._wrong_entries import wrong_entries
from delaycore.errors import SettingsError

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
    """A table of a file, such as a part of the settings.

    Values are taken as they are: text is no number, True no 1, and 3.0 no whole number; a number without a
    fraction is a number, and a number of numpy the one that it equals.  Relations between entries are methods
    marked `relation`.  Making one of wrong arguments is a `SettingsError` with all that is wrong.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    units: ClassVar[Mapping[str, str]] = {}
    """Units of entries, by name, for those who read about them."""

    __repr__ = show_line

    def __str__(self) -> str:
        """The table in TOML, with all entries that have a value."""
        return "\n".join(write_entries(self))

    if not TYPE_CHECKING:  # a type checker knows the entries of each class

        def __init__(self, **values: Any) -> None:
            try:
                super().__init__(**values)
            except ValidationError as error:
                kind = type(self)
                raise SettingsError(*wrong_entries(error, kind, values, kind.__name__, ".")) from None

        __init__.__pydantic_base_init__ = True  # so pydantic makes tables within tables without it

        def __getattr__(self, name: str) -> Any:
            """Tell a relation that an entry is not known."""
            if name in type(self).model_fields:
                raise UnknownEntry(name)
            return super().__getattr__(name)

    @model_validator(mode="before")
    @classmethod
    def _read_plain(cls, given: Any) -> Any:
        return read_plain(cls, given) if isinstance(given, Mapping) else given

    @model_validator(mode="after")
    def _require_consistency(self, info: ValidationInfo) -> Self:
        if info.context is UNJUDGED:
            return self
        if found := tuple(find_contradictions(self)):
            raise ContradictionError(*found)
        return self
