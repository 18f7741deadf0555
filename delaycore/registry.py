"""Finds backends by their entry points, and loads one when it is asked for by name.

Listing reads metadata alone.  A backend that cannot be loaded shows only to who asks for it.
"""

from __future__ import annotations

import difflib
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib import metadata
from typing import Any

import pluggy

from delaycore.backend import API_VERSION, PROJECT, Backend, HookSpecification
from delaycore.errors import DelaycoreError

__all__ = ["BackendError", "Target", "UnknownTarget", "Verified", "install_hint", "load_backend", "refresh", "targets", "verify"]

GROUP = "delaycore.backends"


class UnknownTarget(DelaycoreError):  # noqa: N818  # reads as the sentence it is
    """No installed backend has this name."""


class BackendError(DelaycoreError):
    """An installed backend that cannot be used; the message names its distribution, version and the reason."""


@dataclass(frozen=True)
class Target:
    """An installed backend as its metadata describe it.

    name: by which it is asked for; distribution, version: of the package that brings it; module: the entry point's value;
    rivals: other distributions that claim the same name.
    """

    name: str
    distribution: str
    version: str
    module: str
    rivals: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name} ({self.distribution} {self.version}, module {self.module})"


@dataclass(frozen=True)
class Verified:
    """Whether a backend loads, tried in a process of its own."""

    target: Target
    ok: bool
    title: str = ""
    api_version: int | None = None
    reason: str = ""


@cache
def _installed() -> Mapping[str, Target]:
    found: dict[str, list[Target]] = {}
    for point in metadata.entry_points(group=GROUP):
        dist = point.dist
        name = dist.metadata["Name"] if dist else "unknown distribution"
        found.setdefault(point.name, []).append(Target(point.name, name, dist.version if dist else "", point.value))
    chosen = {}
    for name, claims in sorted(found.items()):
        claims = sorted(set(claims), key=lambda t: t.distribution)
        rivals = tuple(t.distribution for t in claims[1:])
        chosen[name] = Target(name, claims[0].distribution, claims[0].version, claims[0].module, rivals)
    return chosen


def targets() -> dict[str, Target]:
    """The installed backends by target name, from metadata alone: nothing of them is imported."""
    return dict(_installed())


def refresh() -> None:
    """Forget what was found and loaded, so that a backend installed or removed since is seen."""
    _installed.cache_clear()
    load_backend.cache_clear()


def install_hint() -> str:
    """How to get a backend: the ones that the core's own metadata name as extras."""
    try:
        requirements = metadata.requires(PROJECT) or []
    except metadata.PackageNotFoundError:
        requirements = []
    known = sorted({m[0] for r in requirements if (m := re.match(rf"{PROJECT}-[\w-]+", r))})
    return f"pip install {' '.join(known) or f'{PROJECT}-<target>'}"


@cache
def load_backend(name: str) -> Backend:
    """The backend of target ``name``, loaded now if it was not yet.

    Raises `UnknownTarget` with the installed names and the nearest, or `BackendError` if the one that there is cannot be used.
    """
    target = _found(name)
    if target.rivals:
        also = ", ".join(target.rivals)
        raise BackendError.at(target, f"the name is also claimed by {also}", "uninstall all but one of them")
    return _load(target)


def _found(name: str) -> Target:
    installed = _installed()
    if name not in installed:
        near = difflib.get_close_matches(str(name), installed, n=1)
        guess = f"did you mean {near[0]!r}? " if near else ""
        have = ", ".join(installed) or "none"
        raise UnknownTarget.at(f"target {name!r}", f"is not installed; installed targets: {have}", f"{guess}a backend is a package: {install_hint()}")
    return installed[name]


def _load(target: Target) -> Backend:
    (point,) = [p for p in metadata.entry_points(group=GROUP, name=target.name) if p.value == target.module][:1]
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(HookSpecification)
    try:
        manager.register(point.load(), name=target.name)
        manager.check_pending()
        made = manager.hook.delaycore_backend()
    except (Exception, SystemExit) as error:  # a plugin may raise anything
        raise BackendError.at(target, f"cannot be loaded: {type(error).__name__}: {error}", f"upgrade or reinstall {target.distribution}") from error
    if not isinstance(made, Backend):
        gave = f"its hook delaycore_backend gave {type(made).__name__}, not a delaycore.Backend"
        raise BackendError.at(target, gave, f"report it to the authors of {target.distribution}")
    if not isinstance(made.api_version, int):
        wrong = f"its api_version is {made.api_version!r}, not a whole number"
        raise BackendError.at(target, wrong, f"report it to the authors of {target.distribution}")
    if made.api_version != API_VERSION:
        newer = target.distribution if made.api_version < API_VERSION else PROJECT
        wrong = f"was written for API version {made.api_version}, this delaycore has {API_VERSION}"
        raise BackendError.at(target, wrong, f"pip install --upgrade {newer}")
    return made


def verify(name: str, timeout: float = 60.0) -> Verified:
    """Load a backend in a child process, which may crash or hang without harm.  Raises `UnknownTarget`."""
    target = _found(name)
    command = [sys.executable, "-m", "delaycore.registry", name]
    try:
        child = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired:
        return Verified(target, False, reason=f"still loading after {timeout:g} s")
    try:
        answer: dict[str, Any] = json.loads(child.stdout.rstrip().splitlines()[-1])
        return Verified(target, answer["ok"], answer["title"], answer["api_version"], answer["reason"])
    except (IndexError, KeyError, TypeError, ValueError):
        last = (child.stderr.strip().splitlines() or ["nothing was printed"])[-1]
        return Verified(target, False, reason=f"the process that loaded it ended with status {child.returncode}: {last}")


def _report(name: str) -> dict[str, Any]:
    try:
        made = load_backend(name)
        return asdict(Verified(targets()[name], True, made.spec.title, made.api_version))
    except Exception as error:  # whatever it is, the parent wants to know
        return asdict(Verified(targets()[name], False, reason=str(error)))


if __name__ == "__main__":
    print(json.dumps(_report(sys.argv[1])))
