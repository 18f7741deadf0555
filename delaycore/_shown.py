"""How values show themselves: in a line of at most `WIDTH` characters whatever they hold, and as a table."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from enum import Enum
from functools import wraps
from numbers import Number
from os import PathLike, fspath
from types import FunctionType
from typing import Any, TypeVar

__all__ = ["WIDTH", "align", "one_line", "show_line", "show_value"]

WIDTH = 200
"""Characters of the longest line."""

_ROOM = 70
"""Characters of an entry within a line."""

_Value = TypeVar("_Value")


def one_line(write: Callable[[_Value], str]) -> Callable[[_Value], str]:
    """Make a ``__repr__`` keep to one line of at most `WIDTH` characters; it ends as it would have ended."""

    @wraps(write)
    def repr_in_a_line(self: _Value) -> str:
        return _fit(write(self), WIDTH)

    return repr_in_a_line


def show_line(value: Any) -> str:
    """Write a dataclass, a model or a named tuple as ``Name(entry=value, ...)``; a class has it as its
    ``__repr__``.

    Arrays are shown as type and shape, and long entries are cut.  Where all do not fit, those that have their
    default are the first to be left out.
    """
    name = type(value).__name__
    entries = [(n, _show(v, _ROOM), is_default) for n, v, is_default in _list_entries(value)]
    if len(name) + sum(len(n) + len(shown) + 3 for n, shown, _ in entries) > WIDTH:
        entries.sort(key=lambda entry: entry[2])
    inside = _join((f"{n}={shown}" for n, shown, _ in entries), WIDTH - len(name) - 2)
    return _fit(f"{name}({inside})", WIDTH)


def show_value(value: object, room: int = _ROOM) -> str:
    """Write any value in one line of about ``room`` characters."""
    return _fit(_show(value, room), room + 10)


def align(rows: Iterable[Sequence[object]], indent: str = "") -> Iterator[str]:
    """Yield a line for each of ``rows`` of equal length, with their cells below each other: numbers end, and
    texts begin, in the same column.
    """
    table = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        cells = [
            cell.rjust(w) if _is_amount(cell) else cell.ljust(w) for cell, w in zip(row, widths, strict=True)
        ]
        yield (indent + "  ".join(cells)).rstrip()


def _is_amount(cell: str) -> bool:
    return bool(re.fullmatch(r"[-+]?[\d.,]+(e[-+]?\d+)?( ?%)?", cell))


def _list_entries(value: Any) -> Iterator[tuple[str, Any, bool]]:
    """Yield name, value, and whether that is the default, of each entry of a value."""
    if dataclasses.is_dataclass(value):
        defaults = {
            f.name: f.default if f.default_factory is dataclasses.MISSING else f.default_factory()
            for f in dataclasses.fields(value)
        }
    elif hasattr(type(value), "model_fields"):
        defaults = {n: f.get_default(call_default_factory=True) for n, f in type(value).model_fields.items()}
    else:
        defaults = dict.fromkeys(value._fields, dataclasses.MISSING)
    for name, default in defaults.items():
        held = getattr(value, name, dataclasses.MISSING)
        yield name, held, _show(held, _ROOM) == _show(default, _ROOM)


def _show(value: Any, room: int) -> str:
    """``value`` in at most about ``room`` characters, without its contents where there are many."""
    if isinstance(value, Enum):
        return str(value)
    if isinstance(value, str | bytes):
        return _fit(repr(value[:room]), room) if len(value) <= room else repr(value[: room - 5]) + "..."
    if isinstance(value, FunctionType | type):
        return value.__qualname__
    if isinstance(value, PathLike):
        return _show(fspath(value), room)
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return _show_array(value)
    if isinstance(value, Mapping):
        items = (f"{_show(key, 30)}: {_show(held, room // 2)}" for key, held in value.items())
        return f"{{{_join(items, room, len(value))}}}"
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        comma = "," if len(value) == 1 else ""
        return f"({_join((_show(v, room // 2) for v in value), room, len(value))}{comma})"
    if isinstance(value, list):
        return f"[{_join((_show(v, room // 2) for v in value), room, len(value))}]"
    if isinstance(value, Set):
        return f"{{{_join(sorted(_show(v, room // 2) for v in value), room, len(value))}}}"
    if value is None or isinstance(value, Number):
        return _fit(repr(value), room)
    try:
        shown = repr(value)
    except Exception:  # of somebody else's class
        shown = ""
    return shown if 0 < len(shown) <= room and shown.isprintable() else f"{type(value).__name__}(...)"


def _show_array(array: Any) -> str:
    dtype = str(array.dtype).removeprefix("torch.")
    return f"{dtype}[{', '.join(map(str, array.shape))}]" if array.shape else repr(array.item())


def _join(items: Iterable[str], room: int, count: int | None = None) -> str:
    """The first of ``items`` that fit with commas between them, and of how many others, if that is known."""
    shown: list[str] = []
    for item in items:
        if sum(map(len, shown)) + 2 * len(shown) + len(item) > room - 14 and shown:
            more = f"... {count - len(shown):,} more" if count is not None else "..."
            return ", ".join([*shown, more])
        shown.append(item)
    return ", ".join(shown)


def _fit(text: str, room: int) -> str:
    """``text`` in one line, cut before its last character where it is too long."""
    line = text if text.isprintable() else " ".join(re.sub(r"[^\S ]|\x00", " ", text).split())
    line = "".join(c if c.isprintable() else "?" for c in line)
    return line if len(line) <= room else f"{line[: room - 4]}...{line[-1]}"
