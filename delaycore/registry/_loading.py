"""Loads one backend, or says what keeps it from being loaded: what, where in the plugin, and what to do."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable
from importlib import metadata
from types import ModuleType
from typing import Any, NoReturn

import pluggy

from delaycore._distributions import BACKENDS
from delaycore._installing import suggest_upgrade
from delaycore.backend import API_VERSION, PROJECT, Backend, HookSpecification
from delaycore.errors import DelaycoreError, Problem
from delaycore.hardware import HardwareSpec
from delaycore.registry._calls import LOADING_CALL, announce_call
from delaycore.registry._failures import is_nobodys_fault
from delaycore.registry._keep_process import keep_process
from delaycore.registry._last_resort import watch
from delaycore.registry._places import describe_function_place, describe_place, describe_running_place
from delaycore.registry._sayings import quote_error
from delaycore.registry._targets import BackendError, Target
from delaycore.registry._time_limit import LOADING, OutOfTime, call_within

__all__ = ["give_up", "load_target", "states_version"]

HOOK = HookSpecification.delaycore_backend.__name__


def load_target(target: Target) -> Backend:
    """The backend of an installed target, loaded now.

    Raises `BackendError` if it cannot be loaded, takes longer than the time limit for it, was written for
    another API version, or is not what its entry point says.
    """
    limit, thread = LOADING.read(), threading.get_ident()
    try:
        with (
            announce_call(LOADING_CALL),
            watch(limit, lambda: give_up(target, limit, describe_running_place(target, thread))),
        ):
            return call_within(limit, lambda: _load(target))
    except OutOfTime as error:
        raise give_up(target, limit, describe_place(target, error)) from error


def give_up(target: Target, limit: float, place: str) -> BackendError:
    """The error about a backend that is still loading, at ``place``, after ``limit`` seconds."""
    remedy = f"uninstall {target.distribution} if it never loads"
    more = f"{LOADING.variable}=SECONDS allows it more time"
    return BackendError(
        Problem(str(target), f"is still loading after {limit:g} s{place}", f"{remedy}; {more}")
    )


def _load(target: Target) -> Backend:
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(HookSpecification)
    named = _attempt(target, metadata.EntryPoint(target.name, target.module, BACKENDS).load)

    def register() -> Any:
        manager.register(named, name=target.name)
        manager.check_pending()
        hooks = manager.hook.delaycore_backend
        return hooks() if hooks.get_hookimpls() else _refuse_without_hook(target, named)

    made = _attempt(target, register)
    if not isinstance(made, Backend):
        _refuse_other_value(target, named, made)
    _require_agreement(target, made)
    return made


def _attempt(target: Target, call: Callable[[], Any], fails: str = "cannot be loaded") -> Any:
    """What a call into a plugin returns.

    Raises `BackendError` for whatever it raises, with the place in the plugin; time that has run out and
    Ctrl-C are for the caller.
    """
    try:
        with keep_process():
            return call()
    except BaseException as error:  # a plugin may raise anything
        if isinstance(error, BackendError) or is_nobodys_fault(error):
            raise
        _refuse_other_versions(target, _find_stated_versions(target))
        place = describe_place(target, error)
        remedy = f"upgrade or reinstall {target.distribution}"
        if not isinstance(error, DelaycoreError):
            wrong = f"{fails}: {quote_error(error)}{place}"
            raise BackendError.at(target, wrong, remedy) from error
        raise BackendError(
            *(
                Problem(
                    str(target),
                    f"{fails}: {type(error).__name__}: {p.place}: {p.message}{place}",
                    p.remedy or remedy,
                )
                for p in error.problems
            )
        ) from error


def _refuse_without_hook(target: Target, named: Any) -> NoReturn:
    """Raise `BackendError` for what an entry point names, if it has no hook: no module, or one without."""
    module = target.module.partition(":")[0]
    hook = f"a function {HOOK}, marked with @delaycore.hookimpl, that returns the backend"
    if not isinstance(named, ModuleType):
        what = (
            f"the class {named.__name__}"
            if isinstance(named, type)
            else f"{type(named).__name__} {named!r:.60}"
        )
        raise BackendError.at(
            target,
            f"its entry point names {what}, not a module",
            f'write {target.name} = "{module}" in pyproject.toml, and in {module} {hook}',
        )
    function = getattr(named, HOOK, None)
    if callable(function):
        raise BackendError.at(
            target,
            f"its function {HOOK} lacks the marker{describe_function_place(function)}",
            "write @delaycore.hookimpl above it",
        )
    raise BackendError.at(
        target, f"its module {named.__name__} has no hook {HOOK} ({named.__file__})", f"add {hook}"
    )


def _refuse_other_value(target: Target, named: Any, made: Any) -> NoReturn:
    """Raise `BackendError` for a hook that gives something else than a backend."""
    place = describe_function_place(getattr(named, HOOK, None))
    if made is None:
        raise BackendError.at(
            target, f"its hook {HOOK} returns nothing{place}", "let it return the backend: return MyBackend()"
        )
    if isinstance(made, type):
        raise BackendError.at(
            target,
            f"its hook {HOOK} gave the class {made.__name__}, not a backend{place}",
            f"let it return an instance: return {made.__name__}()",
        )
    raise BackendError.at(
        target,
        f"its hook {HOOK} gave {type(made).__name__}, not a delaycore.Backend{place}",
        "let it return an instance of a class that derives from delaycore.Backend",
    )


def _require_agreement(target: Target, made: Backend) -> None:
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
    spec = _attempt(target, lambda: made.spec, "its spec cannot be made")
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
            raise BackendError.at(target, wrong, suggest_upgrade(newer))


def _find_stated_versions(target: Target) -> set[int]:
    """The API versions that backend classes of a target's package state, where none of them can be made."""
    package = target.package
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
