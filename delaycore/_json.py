"""Reading of JSON that somebody else may have written: whatever is wrong with it is a ValueError in words."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["DEEPEST", "parse_json", "require_shallow"]

DEEPEST = 100
"""Levels of tables and lists within each other; what delaycore writes has less than ten."""


def parse_json(text: str | bytes) -> Any:
    """Parse one JSON document.

    Raises ValueError for text that is no JSON or not in UTF-8, for tables with one entry twice, and for more
    than `DEEPEST` levels, of which Python's stack would not show the end.
    """
    try:
        value = json.loads(text, object_pairs_hook=_build_table)
    except RecursionError:
        raise ValueError(f"it has more than {DEEPEST} levels") from None
    require_shallow(value)
    return value


def require_shallow(value: Any) -> None:
    """Raise ValueError for tables and lists of more than `DEEPEST` levels."""
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for outer in level for inner in _list_inner(outer)]
        if not level:
            return
    if any(isinstance(inner, dict | list) for inner in level):
        raise ValueError(f"it has more than {DEEPEST} levels")


def _list_inner(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _build_table(entries: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(entries)
    if len(table) < len(entries):
        twice = next(name for name in table if sum(name == other for other, _ in entries) > 1)
        raise ValueError(f"a table has the entry {twice!r:.80} twice")
    return table
