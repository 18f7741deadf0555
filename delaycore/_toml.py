"""Reading of TOML files that a user wrote."""

from __future__ import annotations

import os
import tomllib
from typing import Any

from delaycore._files import as_path
from delaycore.errors import SettingsError

__all__ = ["read_toml"]


def read_toml(path: str | os.PathLike[str], page: str) -> dict[str, Any]:
    """Read a TOML file.

    page: of the documentation, with an example.

    Raises `SettingsError` for a file that cannot be read or is not TOML.
    """
    path = as_path(path)
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError.at(path, f"cannot be read ({error.strerror})", "check the path") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        reason = "it is too deep" if isinstance(error, RecursionError) else error
        raise SettingsError.at(path, f"is not TOML ({reason})", f"see {page} for an example") from error
