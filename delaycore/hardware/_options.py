"""What a user can choose for a chip: a typed value that a backend declares and the core parses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from pydantic import ValidationError

from delaycore._entry_words import describe_default, describe_type
from delaycore._part import Part
from delaycore._shown import show_line
from delaycore._wording import guess_meant
from delaycore._wrong_entries import wrong_entries
from delaycore.errors import SettingsError

__all__ = ["OptionHelp", "Options"]


@dataclass(frozen=True)
class OptionHelp:
    """One option of a backend, described for a user.

    name, type, default, meaning: as text; an option whose default is left to the backend shows ``""``.
    """

    name: str
    type: str
    default: str
    meaning: str

    __repr__ = show_line


class Options(Part):
    """The options of `Backend.check`, `quantize`, `map` and `price`; by itself, none.

    A backend derives a class of its own, with a type, a default and a description for each option, and names
    it in its class attribute ``options``::

        class Options(delaycore.hardware.Options):
            cores: int | None = Field(None, ge=1, description="cores to use; as few as possible unless given")
            rule: Literal["current", "classic"] = Field("current", description="of delay extension")

    Values are taken as they are: text is no number, True no 1, and 3.0 no whole number.  What several options
    have to do with each other says a method marked `relation`, with a sentence for each contradiction::

        @relation
        def _require_room(self) -> Iterator[str]:
            if self.rule == "classic" and self.cores == 1:
                yield "rule = 'classic' takes cores of at least 2"
    """

    if not TYPE_CHECKING:  # a type checker knows the options of each class

        def __getattr__(self, name: str) -> Any:
            """Name the likely cause where a plan reads an option that the backend's class does not know."""
            try:
                return super().__getattr__(name)
            except AttributeError:
                known = ", ".join(type(self).model_fields) or "none"
                hint = "a backend names its own class of options: options = Options"
                meant = guess_meant(name, type(self).model_fields)
                raise AttributeError(
                    f"there is no option {name!r} (there are {known}); {meant}{hint}"
                ) from None

    @classmethod
    def parse(cls, given: Mapping[str, Any]) -> Self:
        """Options by name.  Raises `SettingsError` with every unknown name, and the nearest that there is,
        and every wrong value, and the default that it could be left out for.
        """
        try:
            return cls.model_validate(dict(given))
        except ValidationError as error:
            problems = wrong_entries(error, cls, given, "", "", "option")
            raise SettingsError(
                *(replace(p, place=f"option {p.place!r}" if p.place else "options") for p in problems)
            ) from None

    def summarize(self) -> Self:
        """Return these options as a program keeps and saves them, which is as they are.

        An option that may hold arrays, such as recorded spikes, puts a number or a text in their place here.
        """
        return self

    @classmethod
    def describe(cls) -> tuple[OptionHelp, ...]:
        """Every option with its type, its default and what it means."""
        return tuple(
            OptionHelp(name, describe_type(f), describe_default(f), f.description or "")
            for name, f in cls.model_fields.items()
        )
