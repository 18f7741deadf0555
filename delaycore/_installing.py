"""How to install what is missing: the commands in remedies.

They follow from where the core itself came from.  Only a core from an index sends its user to an index for
other parts of the project: elsewhere their names may belong to anyone.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from delaycore._requirements import PROJECT, find_requirement, list_known, list_requirements
from delaycore._sources import Source, find_source, find_tool, is_installed
from delaycore.errors import Problem

__all__ = [
    "describe_missing",
    "suggest_backends",
    "suggest_core",
    "suggest_folder",
    "suggest_packages",
    "suggest_upgrade",
]

DISTRIBUTIONS = {"sklearn": "scikit-learn"}
"""Packages whose distributions have another name."""


def suggest_packages(*packages: str) -> str:
    """The command that installs packages of others, which are on an index."""
    return _command(PROJECT, packages)


def suggest_core(extra: str = "") -> str:
    """The command that installs what an extra of the core asks for, or the core itself."""
    source = find_source(PROJECT)
    found = source.locate(PROJECT, extra) or [r.asked for r in list_requirements() if r.extra == extra]
    return _command(PROJECT, found) if found else _explain(PROJECT, source)


def suggest_backends(*distributions: str) -> str:
    """How to install backends: a command for those that lie where the core came from, words for others."""
    source = find_source(PROJECT)
    found = {name: source.locate(name) for name in distributions}
    arguments = [argument for those in found.values() for argument in those]
    words = [_explain(name, source) for name, those in found.items() if not those]
    return "; ".join([*([_command(PROJECT, [*_core(), *arguments])] if arguments else []), *words])


def suggest_folder(folder: Path, extra: str = "") -> str:
    """The command that installs the backend in ``folder``, with an extra of it, for one who works on it."""
    return _command(PROJECT, [*_core(), "-e", f"{folder}[{extra}]" if extra else str(folder)])


def suggest_upgrade(distribution: str) -> str:
    """How to get a newer version of an installed distribution, from where that came from."""
    first, arguments = find_source(distribution).renew(distribution)
    command = [_command(distribution, arguments)] if arguments else []
    return ", then: ".join([*([first] if first else []), *command])


def describe_missing(error: ModuleNotFoundError) -> Problem | None:
    """What to tell a user whose installation lacks a package that the core, or an extra of it, asks for;
    None if ``error`` is of another kind.
    """
    package = (error.name or "").partition(".")[0]
    needed = find_requirement(DISTRIBUTIONS.get(package, package))
    if needed is None or find_spec(package) is not None:
        return None
    return Problem(f"package {package}", "is not installed", suggest_core(needed.extra))


def _core() -> tuple[str, ...]:
    """What to install first: the core where it runs from a clone without being installed."""
    return () if is_installed(PROJECT) else find_source(PROJECT).locate(PROJECT)


def _command(beside: str, arguments: Iterable[str]) -> str:
    """The command with these arguments, of the program that installed the distribution ``beside``."""
    return f"{find_tool(beside)} {shlex.join(arguments)}"


def _explain(name: str, source: Source) -> str:
    place = f" ({source})" if str(source) else ""
    if name in {PROJECT, *list_known().values()}:
        return f"install {name} from where {PROJECT} came from{place}"
    return f"install {name} from where its authors offer it"
