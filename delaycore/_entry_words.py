"""What an entry of a table, or an option, may be, and what it is unless given, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

__all__ = ["describe_default", "describe_type"]

_NAMES: dict[Any, str] = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}

_BOUNDS = (("ge", "from"), ("gt", "above"), ("le", "up to"), ("lt", "below"))


def describe_default(f: FieldInfo) -> str:
    """The default as a file would have it; empty where there is none, and of a table."""
    if f.is_required() or f.default is None or isinstance(f.default, BaseModel):
        return ""
    if isinstance(f.default, tuple | list):
        return f"[{', '.join(map(str, f.default))}]"
    return str(f.default).lower() if isinstance(f.default, bool) else str(f.default)


def describe_type(f: FieldInfo) -> str:
    """The type with its bounds, alternatives with "or" between them."""
    return " or ".join(dict.fromkeys(_describe(f.annotation, f.metadata)))


def _describe(hint: Any, metadata: Sequence[Any] = ()) -> Iterator[str]:
    if get_origin(hint) is Annotated:
        inner, *more = get_args(hint)
        more = [m for given in more for m in (given.metadata if isinstance(given, FieldInfo) else (given,))]
        yield from _describe(inner, [*metadata, *more])
    elif get_origin(hint) in (Union, UnionType):
        for part in get_args(hint):
            if part is not NoneType:
                yield from _describe(part, metadata)
    elif get_origin(hint) is Literal:
        yield from map(str, get_args(hint))
    elif get_origin(hint) is tuple:
        first, *others = get_args(hint)
        count = "" if others == [...] else f" of {len(others) + 1}"
        yield f"a list{count}, each {' or '.join(_describe(first, metadata))}"
    elif _is_table(hint) or _is_table(get_origin(hint)):
        yield "a table"
    else:
        name = _NAMES.get(hint, getattr(hint, "__name__", str(hint)))
        yield " ".join([name, *_describe_bounds(metadata if hint in (int, float) else ())])


def _is_table(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, BaseModel | Mapping)


def _describe_bounds(metadata: Sequence[Any]) -> Iterator[str]:
    for name, words in _BOUNDS:
        for m in metadata:
            bound = getattr(m, name, None)
            if bound is not None:
                yield f"{words} {bound:,}" if isinstance(bound, int) else f"{words} {bound:g}"
