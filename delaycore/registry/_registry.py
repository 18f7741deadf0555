"""Finds backends by their entry points, and loads one when it is asked for by name.

Listing reads metadata alone.  A backend that cannot be loaded shows only to who asks for it.
"""

from __future__ import annotations

import difflib
import importlib
import os
import re
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from typing import NoReturn

import pluggy

from delaycore._foreign_parts import BACKENDS
from delaycore.backend import API_VERSION, PROJECT, Backend, HookSpecification
from delaycore.errors import DelaycoreError, Problem
from delaycore.hardware import HardwareSpec

__all__ = [
    "BackendError",
    "Target",
    "UnknownTarget",
    "install_hint",
    "known",
    "load_backend",
    "refresh",
    "states_version",
    "target_named",
    "targets",
]

NAME = re.compile(r"[a-z][a-z0-9_-]*")
"""What a target may be called: it is typed on command lines and stands in file names."""


class UnknownTarget(DelaycoreError):  # noqa: N818  # reads as the sentence it is
    """No installed backend has this name."""


class BackendError(DelaycoreError):
    """An installed backend that cannot be used; the message names its distribution, version and the
    reason.
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

    def __str__(self) -> str:
        return f"{self.name} ({self.distribution} {self.version}, module {self.module})"


@cache
def _installed() -> Mapping[str, Target]:
    found: dict[str, list[Target]] = {}
    for target in _claims():
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


def _claims() -> Iterator[Target]:
    try:
        points = metadata.entry_points(group=BACKENDS)
    except Exception:  # the entry points of one distribution cannot be read, and so none are given
        yield from _claims_one_by_one()
        return
    for point in points:
        yield Target(point.name, *_origin(point.dist), point.value)


def _claims_one_by_one() -> Iterator[Target]:
    """The claims of each distribution, read on its own, so that a damaged one harms no other."""
    for dist in metadata.distributions():
        try:
            points = [p for p in dist.entry_points if p.group == BACKENDS]
        except Exception as error:
            if BACKENDS in (dist.read_text("entry_points.txt") or ""):
                name, version = _origin(dist)
                yield Target(
                    name,
                    name,
                    version,
                    "",
                    damage=f"its entry points cannot be read ({type(error).__name__}: {error})",
                )
            continue
        for point in points:
            yield Target(point.name, *_origin(dist), point.value)


def _origin(dist: metadata.Distribution | None) -> tuple[str, str]:
    """Name and version of a distribution, as far as its metadata tell."""
    try:
        return str(dist.metadata["Name"] or "unknown distribution"), str(dist.version)  # type: ignore[union-attr]
    except Exception:
        return "unknown distribution", ""


def targets(strict: bool = False) -> dict[str, Target]:
    """The installed backends by target name, from metadata alone: nothing of them is imported.

    strict: load them all, and raise one `BackendError` with every reason if some cannot be used.
    """
    found = dict(_installed())
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
    _installed.cache_clear()
    _loaded.cache_clear()


def known() -> dict[str, str]:
    """The backends that the core's own metadata name as extras: target and distribution, installed or not."""
    try:
        requirements = metadata.requires(PROJECT) or []
    except metadata.PackageNotFoundError:
        requirements = []
    names = sorted({m[0] for r in requirements if (m := re.match(rf"{PROJECT}-[\w-]+", r))})
    return {name.removeprefix(f"{PROJECT}-"): name for name in names}


def install_hint() -> str:
    """How to get a backend: the ones that the core's own metadata name as extras."""
    return f"pip install {' '.join(known().values()) or f'{PROJECT}-<target>'}"


def load_backend(name: str) -> Backend:
    """The backend of target ``name``, loaded now if it was not yet.

    Raises `UnknownTarget` with the installed names and the nearest, or `BackendError` if the one that there
    is cannot be used.
    """
    return _loaded(target_named(name).name)


@cache
def _loaded(name: str) -> Backend:
    target = target_named(name)
    if target.damage:
        raise BackendError.at(target, target.damage, f"report it to the authors of {target.distribution}")
    if target.rivals:
        also = ", ".join(target.rivals)
        raise BackendError.at(target, f"the name is also claimed by {also}", "uninstall all but one of them")
    return _load(target)


def target_named(name: str) -> Target:
    """The installed backend of this name.  Raises `UnknownTarget` with the installed names, the nearest, and
    how to get one.
    """
    installed = _installed()
    if not isinstance(name, str):
        raise UnknownTarget.at(
            "target",
            f"must be a name, not {type(name).__name__}",
            f"installed targets: {', '.join(installed) or 'none'}",
        )
    if name not in installed:
        near = difflib.get_close_matches(name, installed, n=1)
        guess = f"did you mean {near[0]!r}? " if near else ""
        have = ", ".join(installed) or "none"
        how = (
            f"pip install {known()[name]}"
            if name in known()
            else f"{guess}a backend is a package: {install_hint()}"
        )
        raise UnknownTarget.at(f"target {name!r}", f"is not installed; installed targets: {have}", how)
    return installed[name]


def _load(target: Target) -> Backend:
    point = metadata.EntryPoint(target.name, target.module, BACKENDS)
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(HookSpecification)
    try:
        with _the_process_goes_on():
            manager.register(point.load(), name=target.name)
            manager.check_pending()
            made = manager.hook.delaycore_backend()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a plugin may raise anything
        _refuse_other_versions(target, _find_stated_versions(target))
        raise BackendError.at(
            target,
            f"cannot be loaded: {type(error).__name__}: {error}",
            f"upgrade or reinstall {target.distribution}",
        ) from error
    if not isinstance(made, Backend):
        gave = f"its hook delaycore_backend gave {type(made).__name__}, not a delaycore.Backend"
        raise BackendError.at(target, gave, f"report it to the authors of {target.distribution}")
    _agree(target, made)
    return made


@contextmanager
def _the_process_goes_on() -> Iterator[None]:
    """While a plugin loads, `os._exit` raises SystemExit, as `sys.exit` does: a command that ends with 0
    would pass for a yes.

    A plugin that hangs makes its caller wait, and one that crashes the
    interpreter ends it, with a status that is not 0; `delaycore.registry.verify` tries a plugin in a process
    of its own.
    """
    real, loading = os._exit, (os.getpid(), threading.get_ident())

    def leave(status: int) -> NoReturn:
        if os._exit is leave and (os.getpid(), threading.get_ident()) == loading:
            raise SystemExit(status)
        real(status)  # in a child, in another thread, or kept by the plugin for later

    os._exit = leave
    try:
        yield
    finally:
        os._exit = real


def _agree(target: Target, made: Backend) -> None:
    """Raise `BackendError` if a backend was written for another API, or calls itself something else than its
    entry point.
    """
    report = f"report it to the authors of {target.distribution}"
    if not states_version(made):
        raise BackendError.at(
            target,
            "does not state the API version that it was written for",
            f"{report}: api_version = {API_VERSION} in its class",
        )
    if not isinstance(made.api_version, int):
        raise BackendError.at(target, f"its api_version is {made.api_version!r}, not a whole number", report)
    _refuse_other_versions(target, {made.api_version})
    try:
        spec = made.spec
    except Exception as error:
        raise BackendError.at(
            target, f"its spec cannot be made: {type(error).__name__}: {error}", report
        ) from error
    if not isinstance(spec, HardwareSpec):
        raise BackendError.at(target, f"its spec is {type(spec).__name__}, not a HardwareSpec", report)
    if spec.name != target.name:
        raise BackendError.at(
            target, f"its spec is that of {spec.name!r}", f"{report}: entry point and spec need the same name"
        )


def _refuse_other_versions(target: Target, versions: Iterable[int]) -> None:
    """Raise `BackendError` if a backend was written for another version of the API than this one."""
    for version in versions:
        if version != API_VERSION:
            newer = target.distribution if version < API_VERSION else PROJECT
            wrong = f"was written for API version {version}, this delaycore has {API_VERSION}"
            raise BackendError.at(target, wrong, f"pip install --upgrade {newer}")


def _find_stated_versions(target: Target) -> set[int]:
    """The API versions that backend classes of a target's package state, where none of them can be made."""
    package = target.module.partition(":")[0].partition(".")[0]
    return {
        version
        for c in Backend.__subclasses__()
        if c.__module__.partition(".")[0] == package
        and getattr(sys.modules.get(c.__module__), c.__name__, None)
        is c  # not one of a module that was replaced
        and isinstance(version := vars(c).get("api_version"), int)
    }


def states_version(backend: Backend) -> bool:
    """Whether a backend says itself for which API version it was written, rather than inheriting the present
    one.
    """
    own = [
        vars(backend),
        *(vars(c) for c in type(backend).__mro__ if c is not Backend and issubclass(c, Backend)),
    ]
    return any("api_version" in names for names in own)
