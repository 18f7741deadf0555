"""Finds backends by their entry points, and loads one when it is asked for by name.

Listing reads metadata alone.  A backend that cannot be loaded shows only to who asks for it.
"""

from __future__ import annotations

import importlib
from functools import cache

from delaycore._installing import suggest_backends
from delaycore._requirements import list_known
from delaycore._wording import guess_meant
from delaycore.backend import Backend
from delaycore.errors import DelaycoreError, Problem
from delaycore.registry._loading import load_target, states_version
from delaycore.registry._targets import BackendError, BackendFault, Target, find_installed

__all__ = [
    "BackendError",
    "BackendFault",
    "Target",
    "UnknownTarget",
    "install_hint",
    "list_known",
    "load_backend",
    "refresh",
    "states_version",
    "find_target",
    "targets",
]


class UnknownTarget(DelaycoreError):  # noqa: N818  # reads as the sentence it is
    """No installed backend has this name."""


def targets(strict: bool = False) -> dict[str, Target]:
    """The installed backends by target name, from metadata alone: nothing of them is imported.

    strict: load them all, and raise one `BackendError` with every reason if some cannot be used.
    """
    found = dict(find_installed())
    if strict:
        problems: list[Problem] = []
        for name in found:
            try:
                load_backend(name)
            except BackendError as error:
                problems += error.problems
        BackendError.collect(problems)
    return found


def refresh() -> None:
    """Forget what was found and loaded, so that a backend installed or removed since is seen.

    A module that was imported stays imported: one that was upgraded in place needs a new process.
    """
    importlib.invalidate_caches()
    find_installed.cache_clear()
    _loaded.cache_clear()


def install_hint() -> str:
    """How to get a backend: the ones that the core's own metadata name as extras."""
    known = list_known().values()
    return suggest_backends(*known) if known else "install the package of one"


def load_backend(name: str) -> Backend:
    """The backend of target ``name``, loaded now if it was not yet.

    Raises `UnknownTarget` with the installed names and the nearest, or `BackendError` if the one that there
    is cannot be used.
    """
    return _loaded(find_target(name).name)


@cache
def _loaded(name: str) -> Backend:
    target = find_target(name)
    if target.damage:
        raise BackendError.at(target, target.damage, f"report it to the authors of {target.distribution}")
    if target.rivals:
        also = ", ".join(target.rivals)
        raise BackendError.at(target, f"the name is also claimed by {also}", "uninstall all but one of them")
    return load_target(target)


def find_target(name: str) -> Target:
    """The installed backend of this name.  Raises `UnknownTarget` with the installed names, the nearest, and
    how to get one.
    """
    installed = find_installed()
    if not isinstance(name, str):
        raise UnknownTarget.at(
            "target",
            f"must be a name, not {type(name).__name__}",
            f"installed targets: {', '.join(installed) or 'none'}",
        )
    if name not in installed:
        have = ", ".join(installed) or "none"
        how = (
            suggest_backends(list_known()[name])
            if name in list_known()
            else f"{guess_meant(name, [*installed, *list_known()])}a backend is a package: {install_hint()}"
        )
        raise UnknownTarget.at(f"target {name!r}", f"is not installed; installed targets: {have}", how)
    return installed[name]
