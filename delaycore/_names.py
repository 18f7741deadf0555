"""Mappings by names that people type: a misspelt one is met with the nearest that there is."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NoReturn, TypeVar

from delaycore._shown import WIDTH, one_line, show_value
from delaycore._wording import guess_meant, list_some
from delaycore.errors import UnknownName

__all__ = ["Named", "by_name"]

_Value = TypeVar("_Value")


class Named(dict[str, _Value]):
    """A dict whose `UnknownName`, a KeyError, says what there is.

    place: what the mapping is called in messages, such as ``spikes``.
    """

    place: str

    def __init__(self, place: str, entries: Mapping[str, _Value]) -> None:
        super().__init__(entries)
        self.place = place

    @one_line
    def __repr__(self) -> str:
        return show_value(dict(self), WIDTH)

    def __missing__(self, name: object) -> NoReturn:
        have = list_some(self) or "nothing"
        raise UnknownName.at(
            f"{self.place}[{name!r}]", "is not there", f"{guess_meant(name, self)}there is {have}"
        )


def by_name(place: str, entries: Mapping[str, _Value]) -> Mapping[str, _Value]:
    """``entries`` as a `Named` mapping that nobody can change."""
    return MappingProxyType(Named(place, entries))
