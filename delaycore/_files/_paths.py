"""Paths that a user gives, and what lies there."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from delaycore._wording import find_nearest
from delaycore.errors import FileError

__all__ = ["as_path", "guess_path", "make_folder", "read_bytes", "require_file"]

_SEARCHED = 5_000
"""Names of a folder among which a misspelt one is looked for."""


def as_path(value: str | os.PathLike[str]) -> Path:
    """``value`` as a path.  Raises `FileError` for what is none."""
    try:
        path = Path(value)
    except TypeError:
        message = f"must be text or a pathlib.Path, not {type(value).__name__}"
        raise FileError.at("path", message, "give the path of a file") from None
    try:
        wrong = "holds a zero byte" if b"\0" in os.fsencode(path) else ""
    except UnicodeEncodeError:
        wrong = "holds a character that no path can have"
    if wrong:
        raise FileError.at(f"path {str(path)!r:.80}", wrong, "give the path of a file")
    return path


def guess_path(path: Path) -> str:
    """The beginning of a remedy for a path that leads nowhere: a question for the nearest that there is, with
    a space at its end; empty if none is near.
    """
    missing = path
    try:
        while missing.parent != missing and not missing.parent.exists():
            missing = missing.parent
        names = [entry.name for entry in islice(missing.parent.iterdir(), _SEARCHED)]
    except OSError:
        names = []
    near = find_nearest(missing.name, names)
    return "" if near is None else f"did you mean {str(missing.parent / near)!r}? "


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
    try:
        mode = path.stat().st_mode
    except OSError as error:
        gone = isinstance(error, FileNotFoundError | NotADirectoryError)
        message = "no such file" if gone else f"cannot be read ({error.strerror or error})"
        raise FileError.at(path, message, f"{guess_path(path) if gone else ''}check the path") from None
    if S_ISDIR(mode):
        raise FileError.at(path, "is a folder", f"give the file that holds {content}")
    if not S_ISREG(mode):
        raise FileError.at(path, "is no regular file", f"give the file that holds {content}")


def read_bytes(path: Path, content: str) -> bytes:
    """Read a regular file.  Raises `FileError` as `require_file` does, and for a file that cannot be read."""
    require_file(path, content)
    try:
        return path.read_bytes()
    except OSError as error:
        message = f"cannot be read ({error.strerror or error})"
        raise FileError.at(path, message, "check that you may read it") from error
