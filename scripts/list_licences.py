"""Write docs/licences.md: the licences of all that is installed with delaycore, from the packages' metadata.

    python scripts/list_licences.py > docs/licences.md

Each part of an installation lists what it adds to those above it, with all that its packages need in turn.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]

INTRODUCTION = """\
# Licences of what is installed

delaycore and its backends are under the Apache License 2.0, and what they and `delaycore[training]` need
is listed below. tonic is under GPL-3.0-only, and another package that it needs is under the GPL, too: it is
an extra of its own, which only the data sets of tonic (`load_tonic`, `--tonic`) need. faery is under
LGPL-3.0, as the licence file of its package says, and an extra of its own, too, which only recordings of
event cameras need. `make` installs both, and tools for tests and documentation, which no user needs.

Licences are as the packages' own metadata name them, of the versions in `constraints.txt`;
`python scripts/list_licences.py > docs/licences.md` writes this page. It lists a build of torch for
processors: on Linux, the one that pip fetches unless told otherwise brings NVIDIA's libraries, too, under
licences of their own.
"""


def main() -> None:
    """Print the page."""
    print(INTRODUCTION)
    listed: set[str] = set()
    for part, (heading, asked) in read_parts().items():
        names = sorted(set(find_needed(asked)) - listed)
        listed.update(names)
        print(f"## {heading}\n\n| package | licence |\n|---|---|", *map(make_row, names), sep="\n")
        print(end="" if part == "tools" else "\n")


def read_parts() -> dict[str, tuple[str, list[str]]]:
    """Return the parts of an installation: a heading for each, and what it asks for of others."""
    document = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project, groups = document["project"], document["dependency-groups"]
    extras = project["optional-dependencies"]
    tools = [need for group in ("dev", "test", "light") for need in groups[group] if isinstance(need, str)]
    return {
        "core": ("delaycore", project["dependencies"]),
        "training": ("delaycore[training] adds", extras["training"]),
        "cameras": ("delaycore[cameras] adds", extras["cameras"]),
        "tonic": ("delaycore[tonic] adds", extras["tonic"]),
        "tools": ("make adds, for tests and documentation", tools),
    }


def find_needed(asked: list[str]) -> Iterator[str]:
    """Yield all packages that ``asked`` names, and those that they need here, each once or more."""
    seen: set[tuple[str, str]] = set()
    waiting = [(Requirement(need), "") for need in asked]
    while waiting:
        need, extra = waiting.pop()
        name = canonicalize_name(need.name)
        if need.marker is not None and not need.marker.evaluate({"extra": extra}):
            continue
        for own in {"", *need.extras} - {e for n, e in seen if n == name}:
            seen.add((name, own))
            yield name
            waiting += [(Requirement(r), own) for r in metadata.requires(name) or []]


def find_licence(name: str) -> str:
    """Return the licence of an installed package: its SPDX expression, or else what older metadata say."""
    said = metadata.metadata(name)
    classifiers = [c.rpartition(" :: ")[2] for c in said.get_all("Classifier") or [] if "License" in c]
    written = "".join(said.get_all("License") or []).strip().splitlines()
    if "License-Expression" in said:
        return str(said["License-Expression"])
    if len(written) == 1 and len(written[0]) < 60:
        return str(written[0])
    return ", ".join(classifiers) or "not named in its metadata"


def make_row(name: str) -> str:
    """Make the line of the table for one package."""
    return f"| {name} | {find_licence(name)} |"


if __name__ == "__main__":
    main()
