"""Reading of TOML files that a user wrote."""

from __future__ import annotations

import os
import tomllib
from typing import Any

from delaycore._files import as_path
from delaycore._json import require_shallow
from delaycore.errors import SettingsError

__all__ = ["parse_toml", "read_toml"]

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
        raise SettingsError.at(path, f"cannot be read ({error.strerror})", "check the path") from error
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
