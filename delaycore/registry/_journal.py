"""What a process that works for another one writes, line by line, for that one to follow.

{"begins": "check"}, {"ends": "check"}   a call of a backend
{"told": ...}                            a value on the way
{"answer": ...}                          the value in the end
{"fault": [...]}                         problems: the backend broke its interface
{"error": [...]}                         problems of a file that could not be written or read

It is a file, opened anew for each line: a plugin may close all that is open, and print what it likes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any

__all__ = ["Journal", "tell"]


class Journal:
    """A journal in the file ``path``."""

    def __init__(self, path: Path) -> None:
        self._path, self._read = path, 0

    def write(self, **entry: Any) -> None:
        """Append one entry."""
        with open(self._path, "ab") as out:
            out.write(json.dumps(entry).encode() + b"\n")

    def read(self) -> Iterator[tuple[str, Any]]:
        """Yield name and value of each whole entry that was appended since the last time.

        Raises ValueError for what is no entry.
        """
        if not self._path.exists():
            return
        with open(self._path, "rb") as file:
            file.seek(self._read)
            whole, newline, _ = file.read().rpartition(b"\n")
        self._read += len(whole) + len(newline)
        for line in whole.splitlines():
            entry = json.loads(line)
            if not isinstance(entry, dict) or len(entry) != 1:
                raise ValueError(f"{line[:80]!r} is no entry")
            yield from entry.items()


journal: ContextVar[Journal | None] = ContextVar("journal of this process", default=None)


def tell(value: Any) -> None:
    """Tell a plain value to the process that waits for this one, if one does."""
    own = journal.get()
    if own is not None:
        own.write(told=value)
