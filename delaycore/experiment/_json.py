"""Results as JSON files, which go on where a run was interrupted and which people read."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter
from pydantic_core import to_json

from delaycore._files import write_text

__all__ = ["read_json", "write_json"]

T = TypeVar("T")


def write_json(path: Path, value: Any) -> None:
    """Write dataclasses, mappings and plain values as indented JSON, the file whole or not at all."""
    write_text(path, to_json(value, indent=2).decode() + "\n")


def read_json(path: Path, kind: type[T]) -> T:
    """Read a value of the type ``kind`` that `write_json` wrote."""
    return TypeAdapter(kind).validate_json(path.read_bytes())
