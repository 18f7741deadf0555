"""Installed distributions with backends, read one by one, so that a damaged one harms no other."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from delaycore._shown import show_line

__all__ = [
    "BACKENDS",
    "PASS_OVER",
    "DamagedDistribution",
    "Origin",
    "find_backends",
    "find_damaged",
    "find_issues_page",
    "pass_over_damaged",
    "pass_over_if_asked",
]

BACKENDS = "delaycore.backends"
"""The group of entry points in which a distribution names its backends."""

PASS_OVER = "DELAYCORE_PASS_OVER_DAMAGED"
"""Environment variable that commands set to 1 for the processes that they start."""

_ISSUES = {"issues", "bugs", "issue", "tracker", "issuetracker", "bugtracker"}

_UNGUARDED = metadata.Distribution.entry_points
_list_installed = metadata.distributions


@dataclass(frozen=True)
class Origin:
    """A distribution that names backends.

    name, version: as its metadata have them; empty where they cannot be read.
    points:        its entry points in the group of backends.
    damage:        why these cannot be read, if they cannot.
    """

    name: str
    version: str
    points: tuple[metadata.EntryPoint, ...]
    damage: str = ""


@dataclass(frozen=True)
class DamagedDistribution:
    """An installed distribution whose metadata cannot be read: its folder or name, and the reason."""

    place: str
    reason: str

    __repr__ = show_line


def find_backends() -> Iterator[Origin]:
    """Yield the distributions that name backends; of two of one name the first on the path."""
    seen: set[str] = set()
    for dist in metadata.distributions():
        try:
            points, damage = _read_points(dist), ""
        except Exception as error:  # a text that is no text, lines that are no entry points, no permission
            if not _mentions_backends(dist, error):
                continue
            points, damage = (), f"its entry points cannot be read ({type(error).__name__}: {error})"
        if not points and not damage:
            continue
        name, version = _read_name(dist)
        key = re.sub(r"[-_.]+", "-", name).lower()
        if not name or key not in seen:
            seen.add(key)
            yield Origin(name, version, points, damage)


def find_damaged() -> list[DamagedDistribution]:
    """Return the installed distributions, of backends or not, whose metadata cannot be read."""
    found = []
    every = _list_installed if metadata.distributions is _list_named else metadata.distributions
    for dist in every():
        try:
            _read_points(dist)
            reason = "" if _get(dist, "Name") else "it has no METADATA with a name"
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
        if reason:
            # The standard library tells the folder of a distribution nowhere else.
            place = getattr(dist, "_path", None) or _read_name(dist)[0] or "unknown distribution"
            found.append(DamagedDistribution(str(place), reason))
    return sorted(found, key=lambda one: one.place)


def find_issues_page(distribution: str) -> str:
    """Return the address at which a distribution wants to hear of faults; empty if its metadata name none.

    The labels are those of https://packaging.python.org/en/latest/specifications/well-known-project-urls/.
    """
    try:
        addresses = metadata.metadata(distribution).get_all("Project-URL") or []
    except Exception:  # not installed, or its metadata cannot be read
        return ""
    for entry in addresses:
        label, _, address = str(entry).partition(",")
        if re.sub(r"[\W_]", "", label).lower() in _ISSUES:
            return address.strip()
    return ""


def pass_over_damaged() -> None:
    """Have this process, and those that it starts, take a distribution whose entry points cannot be read for
    one without any, and one without a name for none.

    pydantic, networkx, numba and torch ask every installed distribution for plugins, and raise what they
    meet. This is for commands, whose process is ours; who imports delaycore keeps the standard library as
    it is.
    """
    metadata.Distribution.entry_points = property(_read_or_none)  # type: ignore[assignment,method-assign]  # all ask this
    metadata.distributions = _list_named  # which asks for the names, to list each once
    os.environ[PASS_OVER] = "1"


def pass_over_if_asked() -> None:
    """Do as `pass_over_damaged` if a command of delaycore started this process."""
    if os.environ.get(PASS_OVER):
        pass_over_damaged()


def _list_named(**context: Any) -> Iterator[metadata.Distribution]:
    """Yield the distributions whose name the standard library can find out, as it does in `entry_points`."""
    for dist in _list_installed(**context):
        with suppress(Exception):
            if getattr(dist, "_normalized_name", "unknown") is not None:
                yield dist


def _read_or_none(dist: metadata.Distribution) -> metadata.EntryPoints:
    try:
        return _UNGUARDED.fget(dist)  # type: ignore[attr-defined,no-any-return]  # a property
    except Exception:
        return metadata.EntryPoints(())


def _read_points(dist: metadata.Distribution) -> tuple[metadata.EntryPoint, ...]:
    """Read a distribution's entry points of backends; raise whatever the standard library raises."""
    every = _UNGUARDED.fget(dist)  # type: ignore[attr-defined]  # a property
    return tuple(point for point in every if point.group == BACKENDS)


def _mentions_backends(dist: metadata.Distribution, error: Exception) -> bool:
    """Tell whether entry points that raised ``error`` are about backends."""
    if isinstance(error, UnicodeDecodeError):  # the text cannot be read again
        return BACKENDS.encode() in error.object
    try:
        return BACKENDS in (dist.read_text("entry_points.txt") or "")
    except Exception:
        return False


def _read_name(dist: metadata.Distribution) -> tuple[str, str]:
    """Name and version of a distribution, as far as its metadata tell."""
    try:
        return _get(dist, "Name"), _get(dist, "Version")
    except Exception:
        return "", ""


def _get(dist: metadata.Distribution, key: str) -> str:
    """Return an entry of the metadata; empty if there is none."""
    return str(dist.metadata[key] or "") if key in dist.metadata else ""
