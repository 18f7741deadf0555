"""What the core's own metadata ask for: packages, and backends as extras."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata

__all__ = ["PROJECT", "Requirement", "find_requirement", "list_known", "list_requirements", "normalize"]

PROJECT = "delaycore"
"""The core's distribution."""


@dataclass(frozen=True)
class Requirement:
    """A package that the core asks for.

    name:  normalized; asked: with its bounds, as pip takes it;
    extra: of the core that asks for it, empty if the core itself does.
    """

    name: str
    asked: str
    extra: str


def list_requirements() -> list[Requirement]:
    """What the core and its extras ask for; nothing where its metadata are missing or cannot be read."""
    try:
        lines = metadata.requires(PROJECT) or []
    except Exception:
        lines = []
    return list(_parse(lines))


def find_requirement(package: str) -> Requirement | None:
    """The first of what the core asks for that is ``package``."""
    return next((r for r in list_requirements() if r.name == normalize(package)), None)


def list_known() -> dict[str, str]:
    """The backends that the core's own metadata name as extras: target and distribution, installed or not."""
    names = sorted({r.name for r in list_requirements() if r.name.startswith(f"{PROJECT}-")})
    return {name.removeprefix(f"{PROJECT}-"): name for name in names}


def normalize(name: str) -> str:
    """A distribution's name as those are compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _parse(lines: list[str]) -> Iterator[Requirement]:
    for line in lines:
        asked, _, marker = line.partition(";")
        if name := re.match(r"[\w.-]+", asked):
            extra = re.search(r"extra\s*==\s*['\"]([^'\"]+)", marker)
            yield Requirement(normalize(name[0]), asked.strip(), extra[1] if extra else "")
