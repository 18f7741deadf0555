"""Paths that a user gives, and what lies there."""

from __future__ import annotations

import os
from pathlib import Path

from delaycore.errors import FileError

__all__ = ["as_path", "make_folder", "read_bytes", "require_file"]


def as_path(value: str | os.PathLike[str]) -> Path:
    """``value`` as a path.  Raises `FileError` for what is none."""
    try:
        path = Path(value)
    except TypeError:
        message = f"must be text or a pathlib.Path, not {type(value).__name__}"
        raise FileError.at("path", message, "give the path of a file") from None
    if "\0" in str(path):
        raise FileError.at(f"path {str(path)!r:.80}", "holds a zero byte", "give the path of a file")
    return path


def make_folder(path: str | os.PathLike[str]) -> Path:
    """Make a folder, and those above it, unless it is there.  Raises `FileError` if it cannot be made."""
    path = as_path(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"cannot be made a folder ({error.strerror or error})"
        raise FileError.at(path, message, "give a folder that you may write to") from error
    return path


def require_file(path: Path, content: str) -> None:
    """Raise `FileError` for a path that leads to no regular file.

    content: what the file should hold, with its article.
    """
    if path.is_dir():
        raise FileError.at(path, "is a folder", f"give the file that holds {content}")
    if path.exists() and not path.is_file():
        raise FileError.at(path, "is no regular file", f"give the file that holds {content}")
    if not path.is_file():
        raise FileError.at(path, "no such file", "check the path")


def read_bytes(path: Path, content: str) -> bytes:
    """Read a regular file.  Raises `FileError` as `require_file` does, and for a file that cannot be read."""
    require_file(path, content)
    try:
        return path.read_bytes()
    except OSError as error:
        message = f"cannot be read ({error.strerror or error})"
        raise FileError.at(path, message, "check that you may read it") from error
