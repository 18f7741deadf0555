"""Taking the JSON description of a file apart, with errors that say in words what is missing or wrong."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import MISSING, fields, replace
from types import MappingProxyType
from typing import Any, TypeVar

from delaycore.errors import FileError, GraphError, HardwareError, Problem

__all__ = ["UnknownPart", "build_entry", "get_entry", "name_damaged_file"]

_Kind = TypeVar("_Kind")

_NOUNS: dict[type, str] = {dict: "a table", list: "a list", int: "a whole number", str: "text"}


class UnknownPart(ValueError):  # noqa: N818  # becomes a FileError before anybody sees it
    """A kind of population or a family of arithmetics that no package at hand brings."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(f"{problem.place}, {problem.message}")


def get_entry(place: str, table: Any, key: str, *types: type) -> Any:
    """Look up ``table[key]``.  Raises ValueError, in words, if there is none or it is of no such type."""
    if not isinstance(table, Mapping):
        raise ValueError(f"{place} is {table!r:.80}, not a table")
    if key not in table:
        raise ValueError(f"{place} has no {key!r}")
    if types and not isinstance(table[key], types):
        raise ValueError(f"{key!r} of {place} is {table[key]!r:.80}, not {_NOUNS[types[0]]}")
    return table[key]


def build_entry(
    place: str, kind: type[_Kind], given: Any, arrays: Mapping[str, Any] = MappingProxyType({})
) -> _Kind:
    """Make an instance of the data class ``kind`` of the entries ``given``, and of ``arrays``.

    Raises ValueError, in words, for missing and for unknown entries.
    """
    known = {f.name: f for f in fields(kind) if f.init}  # type: ignore[arg-type]
    if not isinstance(given, Mapping):
        raise ValueError(f"{place} is {given!r:.80}, not a table")
    for name in given:
        if name not in known or name in arrays:
            raise ValueError(f"{place} has an entry {name!r}, which does not belong there")
    values = {**given, **arrays}
    for name, f in known.items():
        if f.default is MISSING and f.default_factory is MISSING:
            get_entry(place, values, name)
    return kind(**values)


@contextmanager
def name_damaged_file(path: str | os.PathLike[str], remedy: str) -> Iterator[None]:
    """Turn what goes wrong while a description is taken apart into a `FileError` for ``path``, and have a
    graph that makes no sense say where it lies.
    """
    try:
        yield
    except GraphError as error:
        raise GraphError(*(replace(p, place=f"{path}: {p.place}") for p in error.problems)) from error
    except HardwareError as error:
        message = "; ".join(f"{p.place} {p.message}" for p in error.problems)
        raise FileError.at(path, f"is damaged: {message}", remedy) from error
    except UnknownPart as error:
        raise FileError.at(path, str(error), error.problem.remedy) from error
    except KeyError as error:
        raise FileError.at(path, f"its description has no {error}", remedy) from error
    except (AttributeError, OverflowError, TypeError, ValueError) as error:
        raise FileError.at(path, f"is damaged: {error}", remedy) from error
