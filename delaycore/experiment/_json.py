"""Results as JSON files, which people read, and from which an interrupted run goes on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

from delaycore._files import write_text
from delaycore.hardware import from_plain, to_plain

__all__ = ["read_json", "write_json"]

T = TypeVar("T")


def write_json(path: Path, value: Any) -> None:
    """Write dataclasses, mappings and plain values as indented JSON, the file whole or not at all."""
    write_text(path, json.dumps(to_plain(value), indent=2) + "\n")


def read_json(path: Path, kind: type[T]) -> T:
    """Read a value of the type ``kind`` that `write_json` wrote."""
    return from_plain(kind, json.loads(path.read_text(encoding="utf-8")))
