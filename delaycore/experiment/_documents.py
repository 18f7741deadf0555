"""Documents of a run: what it found, for people to read, and for an interrupted run to go on from."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from delaycore._files import read_document, write_document
from delaycore.errors import FileError
from delaycore.hardware import from_plain, to_plain

__all__ = ["load_value", "save_value"]

T = TypeVar("T")

VERSION = 1


def save_value(path: Path, kind: str, value: Any) -> None:
    """Write dataclasses, mappings and plain values as a document of this ``kind``, such as a stage."""
    write_document(path, kind, VERSION, to_plain(value))


def load_value(path: Path, kind: str, form: type[T], remedy: str) -> T:
    """Read a value of the type ``form`` from a document that `save_value` wrote.

    remedy: what to do about a file that is another or was changed.

    Raises `FileError` for any other file, and for one that was changed since.
    """
    content = read_document(path, kind, VERSION, remedy)
    try:
        return from_plain(form, content)
    except ValueError as error:
        raise FileError.at(path, f"was written by another version of delaycore ({error})", remedy) from error
