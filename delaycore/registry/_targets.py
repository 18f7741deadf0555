"""Installed backends as their metadata describe them: nothing of them is imported."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from delaycore._distributions import Origin, find_backends
from delaycore._shown import show_line
from delaycore.errors import DelaycoreError

__all__ = ["BackendError", "BackendFault", "Target", "find_installed"]

NAME = re.compile(r"[a-z][a-z0-9_-]*")
"""What a target may be called: it is typed on command lines and stands in file names."""


class BackendError(DelaycoreError):
    """An installed backend that cannot be used; the message names its distribution, version and the
    reason.
    """


class BackendFault(BackendError):  # noqa: N818  # a fault of the backend's, not of the caller's
    """A backend that breaks its interface when it is called: it raises what is no refusal, gives a value of
    another type, hangs, or ends its process.  The message names the call and the place in the backend.
    """


@dataclass(frozen=True)
class Target:
    """An installed backend as its metadata describe it.

    name: by which it is asked for; distribution, version: of the package that brings it; module: the entry
          point's value;
    rivals: other distributions that claim the same name; damage: what is wrong with its metadata, if
            something is.
    """

    name: str
    distribution: str
    version: str
    module: str
    rivals: tuple[str, ...] = ()
    damage: str = ""

    __repr__ = show_line

    @property
    def package(self) -> str:
        """The Python package that the entry point leads into."""
        return self.module.partition(":")[0].partition(".")[0].strip()

    def __str__(self) -> str:
        return f"{self.name} ({self.distribution} {self.version}, module {self.module})"


@cache
def find_installed() -> Mapping[str, Target]:
    """The installed backends by target name; of two distributions that claim one, the first."""
    found: dict[str, list[Target]] = {}
    for origin in find_backends():
        for target in _list_claims(origin):
            found.setdefault(target.name, []).append(target)
    chosen = {}
    for name, claims in sorted(found.items()):
        claims = sorted(set(claims), key=lambda t: t.distribution)
        rivals = tuple(t.distribution for t in claims[1:])
        first = claims[0]
        damage = first.damage or (
            ""
            if NAME.fullmatch(name)
            else f"the name {name!r} is not one of small letters, digits, '_' and '-', a letter first"
        )
        chosen[name] = Target(name, first.distribution, first.version, first.module, rivals, damage)
    return chosen


def _list_claims(origin: Origin) -> Iterator[Target]:
    """Yield the targets of a distribution; one whose entry points cannot be read has one of its own name."""
    name = origin.name or "unknown distribution"
    if origin.damage:
        yield Target(name, name, origin.version, "", damage=origin.damage)
    for point in origin.points:
        yield Target(point.name, name, origin.version, point.value)
