"""Relations between entries of a table that a user writes, each judged on its own.

A relation is a method with the mark `relation`: it yields a sentence for all that does not go together.
Where an entry that it reads is wrong in itself, nothing can be said, and the others are judged all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from types import FunctionType
from typing import Any, TypeVar

__all__ = [
    "UNJUDGED",
    "ContradictionError",
    "UnknownEntry",
    "find_contradictions",
    "relation",
    "relation_of_each",
]

UNJUDGED = {"relations": False}
"""Context of pydantic in which a table is made of its entries whether or not they go together."""

_Check = TypeVar("_Check", bound=Callable[..., Iterator[str]])

_MARK = "_judged_over"
"""Attribute of a relation: the entry whose items it judges, or an empty text."""


class ContradictionError(ValueError):
    """Entries of a table that contradict each other; raised by validators with a sentence for each
    contradiction.
    """

    def __str__(self) -> str:
        return "; ".join(self.args)


class UnknownEntry(Exception):  # noqa: N818  # ends a relation, and is no error of anybody
    """An entry that is read by a relation and is wrong in itself."""


def relation(check: _Check) -> _Check:
    """Mark a method of a table, without arguments, that yields a sentence for each contradiction."""
    setattr(check, _MARK, "")
    return check


def relation_of_each(entry: str) -> Callable[[_Check], _Check]:
    """Mark a method that takes the number of an item in the list ``entry`` and the item, and yields as a
    `relation` does: a wrong item leaves the others to be judged.
    """

    def mark(check: _Check) -> _Check:
        setattr(check, _MARK, entry)
        return check

    return mark


def find_contradictions(part: object) -> Iterator[str]:
    """Yield the sentences of all relations of a table, as far as they can be judged."""
    for judge in _list_judgements(part):
        try:
            yield from judge()
        except UnknownEntry:
            continue


def _list_judgements(part: object) -> Iterator[Callable[[], Iterator[str]]]:
    checks = {
        name: check
        for kind in reversed(type(part).__mro__)
        for name, check in vars(kind).items()
        if isinstance(check, FunctionType) and hasattr(check, _MARK)
    }
    for check in checks.values():
        entry = getattr(check, _MARK)
        try:
            items: Any = getattr(part, entry) if entry else None
        except UnknownEntry:
            continue
        if entry:
            yield from (partial(check, part, i, item) for i, item in enumerate(items))
        else:
            yield partial(check, part)
