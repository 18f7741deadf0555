"""Entries of a table that a user writes, in Python's own types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import numpy as np
from pydantic import BaseModel

__all__ = ["read_plain"]


def read_plain(table: type[BaseModel], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries ``given`` for a table in Python's own types, as far as they say the same."""
    hints = {name: field.annotation for name, field in table.model_fields.items()}
    return {name: _read_value(value, hints.get(name)) for name, value in given.items()}


def _read_value(value: Any, hint: Any) -> Any:
    """``value`` with a tuple for each list where ``hint`` has tuples, and Python's numbers for numpy's."""
    if isinstance(value, np.generic):
        return value.item()
    for option in _list_options(hint):
        inner = [argument for argument in get_args(option) if argument is not ...]
        if isinstance(value, list | tuple) and get_origin(option) is tuple:
            hints = inner if len(inner) == len(value) else (inner[:1] or [None]) * len(value)
            return tuple(map(_read_value, value, hints))
        if isinstance(value, Mapping) and len(inner) == 2:
            return {key: _read_value(entry, inner[1]) for key, entry in value.items()}
    return value


def _list_options(hint: Any) -> Iterator[Any]:
    """The types of a union, without what annotates them."""
    if get_origin(hint) is Annotated:
        yield from _list_options(get_args(hint)[0])
    elif get_origin(hint) in (Union, UnionType):
        for option in get_args(hint):
            yield from _list_options(option)
    else:
        yield hint
