"""TOML: files that a user wrote, and tables as they would stand in one."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from delaycore._files import as_path, guess_path
from delaycore._json import require_shallow
from delaycore._shown import show_value
from delaycore.errors import SettingsError

__all__ = ["parse_toml", "read_toml", "write_entries"]

LONGEST = 10_000_000
"""Characters of a file: no person writes more, and /dev/zero has no end."""


def read_toml(path: str | os.PathLike[str], page: str) -> dict[str, Any]:
    """Read a TOML file.

    page: of the documentation, with an example.

    Raises `SettingsError` for a file that cannot be read or is not TOML.
    """
    path, example = as_path(path), f"see {page} for an example"
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read(LONGEST + 1)
        if len(text) > LONGEST:
            raise SettingsError.at(path, f"has more than {LONGEST:,} characters", example)
        return parse_toml(text)
    except OSError as error:
        remedy = "check the path" if path.exists() else f"{guess_path(path)}check the path"
        raise SettingsError.at(path, f"cannot be read ({error.strerror})", remedy) from error
    except ValueError as error:  # bytes that are no text among them
        raise SettingsError.at(path, f"is not TOML ({error})", example) from error


def parse_toml(text: str) -> dict[str, Any]:
    """Parse a TOML document.  Raises ValueError, in words, for any other text, and for tables and lists that
    are nested too deeply to be meant.
    """
    try:
        values = tomllib.loads(text)
    except RecursionError:
        raise ValueError("tables or lists lie too deep within each other") from None
    require_shallow(values)
    return values


def write_entries(table: BaseModel) -> Iterator[str]:
    """Yield a line in TOML for each entry of ``table`` that has a value, tables in it by dotted names."""
    for name in type(table).model_fields:
        value = getattr(table, name)
        if isinstance(value, BaseModel):
            yield from (f"{name}.{line}" for line in write_entries(value))
        elif value is not None:
            yield f"{name} = {_write_value(value)}"


def _write_value(value: Any) -> str:
    if isinstance(value, BaseModel):
        return f"{{ {', '.join(write_entries(value))} }}"
    if isinstance(value, Mapping):
        entries = (f"{json.dumps(str(key))} = {_write_value(held)}" for key, held in value.items())
        return f"{{ {', '.join(entries)} }}" if value else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_write_value, value))}]"
    if isinstance(value, bool | str):
        return json.dumps(value, ensure_ascii=False)
    return repr(value) if isinstance(value, int | float) else json.dumps(show_value(value))
