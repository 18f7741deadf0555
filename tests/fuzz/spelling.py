"""Values spelt out, so that two are equal only if all numbers in them have the same types and bits."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date, time
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel

__all__ = ["spell"]


def spell(value: Any) -> Any:
    """Return ``value`` made of tuples, text and bytes alone."""
    if value is None or isinstance(value, str | bytes | bool | int | Path):
        return type(value).__name__, str(value) if isinstance(value, Path) else value
    if isinstance(value, float):
        return "float", value.hex()
    if isinstance(value, date | time):  # a datetime is a date
        return type(value).__name__, value.isoformat()
    if isinstance(value, np.ndarray):
        return _spell_array(value)
    if isinstance(value, np.generic):
        return spell(value.item())
    if isinstance(value, Mapping):
        return "mapping", tuple((spell(key), spell(entry)) for key, entry in value.items())
    if isinstance(value, list | tuple):
        return "sequence", tuple(map(spell, value))
    if isinstance(value, set | frozenset):
        return "set", tuple(sorted(map(spell, value)))
    if isinstance(value, BaseModel):
        return type(value).__name__, spell({name: getattr(value, name) for name in type(value).model_fields})
    if dataclasses.is_dataclass(value):
        entries = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
        return type(value).__name__, spell(entries)
    if hasattr(value, "detach"):  # a tensor of torch, which not every process has loaded
        return _spell_array(value.detach().numpy())
    raise TypeError(f"nothing says how a {type(value).__name__} is spelt")


def _spell_array(array: np.ndarray) -> Any:
    if array.dtype.hasobject:
        return spell(array.tolist())
    return array.dtype.str, array.shape, array.tobytes()
