"""Frozen dataclasses as plain values, such as JSON has them, and back without a loss."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from delaycore.errors import HardwareError

__all__ = ["NoOtherFields", "from_plain", "to_plain"]

_Kind = TypeVar("_Kind")

NoOtherFields = ConfigDict(extra="forbid")
"""What a dataclass that is read with `from_plain` has as ``__pydantic_config__``, so that a misspelt field is
an error."""


def to_plain(value: Any) -> Any:
    """``value`` made of dicts, lists, text, numbers, True, False and None alone.

    Dataclasses and models become dicts of their fields, sets sorted lists, numbers of numpy those of Python.
    """
    if isinstance(value, BaseModel):
        return {name: to_plain(getattr(value, name)) for name in type(value).model_fields}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_plain(entry) for key, entry in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(map(to_plain, value))
    if isinstance(value, list | tuple):
        return [to_plain(entry) for entry in value]
    return value.item() if isinstance(value, np.generic) else value


def from_plain(kind: type[_Kind], plain: Any) -> _Kind:
    """The dataclass or model of `to_plain`.  Raises ValueError, in words, with every wrong entry."""
    try:
        value: _Kind = _find_adapter(kind).validate_json(json.dumps(plain))  # type: ignore[arg-type]  # a class is hashable
    except ValidationError as error:
        wrong = (f"{'.'.join(map(str, (kind.__name__, *e['loc'])))}: {e['msg']}" for e in error.errors())
        raise ValueError("; ".join(wrong)) from None
    except HardwareError as error:
        raise ValueError("; ".join(f"{p.place} {p.message}" for p in error.problems)) from None
    return value


@cache
def _find_adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
