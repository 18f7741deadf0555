"""Parts of a network that packages bring: kinds of population and families of arithmetics.

A file names the package of every part that the core does not bring itself.  What reads files lies below the
registry and loads no backend; the search for one is handed in from above, by `delaycore` itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from delaycore._distributions import find_backends
from delaycore.errors import Problem

__all__ = ["ForeignPart", "describe_part", "find_distribution", "search_part", "set_part_search"]


@dataclass(frozen=True)
class ForeignPart:
    """A kind of population, or a family of arithmetics, as a file names it.

    package:      the Python package whose class it was when the file was written.
    distribution: what installs that package.  Both are empty where nobody knows.
    """

    what: Literal["kind", "family"]
    name: str
    package: str = ""
    distribution: str = ""


def describe_part(what: Literal["kind", "family"], name: str, part: type) -> ForeignPart:
    """The part ``name`` with the package that brings its class ``part``."""
    package = part.__module__.partition(".")[0]
    return ForeignPart(what, name, package, find_distribution(package))


def find_distribution(package: str) -> str:
    """The name of the installed distribution that has a backend in ``package``; empty if there is none."""
    found = (o.name for o in find_backends() if any(_get_package(p.value) == package for p in o.points))
    return next(found, "")


def _get_package(entry_point: str) -> str:
    return entry_point.partition(":")[0].partition(".")[0].strip()


Search = Callable[[ForeignPart], Problem]
"""Loads the backends that may bring a part, and says what is wrong if the part is unknown afterwards."""

_search: list[Search] = []


def set_part_search(search: Search) -> None:
    """Have `search_part` ask ``search``."""
    _search[:] = [search]


def search_part(part: ForeignPart) -> Problem:
    """Try to make ``part`` known.  The problem is what to report if it is still unknown."""
    return _search[0](part)
