"""Tries installed backends in processes of their own, which may crash, hang or exit without harm."""

from __future__ import annotations

import os
from dataclasses import dataclass

from delaycore._shown import show_line
from delaycore.registry._apart import Apart, map_apart
from delaycore.registry._registry import Target, find_target, load_backend, targets
from delaycore.registry._targets import BackendError

__all__ = ["Verified", "verify", "verify_all"]

_ENDING = 5.0
"""Seconds after which a process that has loaded a backend should have come to its end."""


@dataclass(frozen=True)
class Verified:
    """Whether a backend loads, tried in a process of its own."""

    target: Target
    ok: bool
    title: str = ""
    api_version: int | None = None
    reason: str = ""

    __repr__ = show_line


@dataclass(frozen=True)
class _Loaded:
    title: str
    api_version: int


def verify(name: str, timeout: float | None = None) -> Verified:
    """Load a backend in a child process, which may crash or hang without harm.

    timeout: seconds that it may take; the limit of `load_backend` unless given.  Raises `UnknownTarget`.
    """
    target = find_target(name)
    try:
        with Apart.start(target, _load, name, loading=timeout) as apart:
            loaded = apart.wait_for_answer(_Loaded)
            status = apart.wait_for_end(_ENDING)
    except BackendError as error:
        reason = "; ".join(f"{p.message}. Remedy: {p.remedy}" for p in error.problems)
        return Verified(target, False, reason=reason)
    reason = ""
    if status is None:
        reason = "it loads, but the process does not end: a thread or an exit handler of the backend goes on"
    elif status:
        reason = f"it loads, but the process then ended with status {status}"
    return Verified(target, not reason, loaded.title, loaded.api_version, reason)


def _load(name: str) -> _Loaded:
    made = load_backend(name)
    return _Loaded(made.spec.title, made.api_version)


def verify_all(timeout: float | None = None) -> dict[str, Verified]:
    """Every installed backend, loaded in a process of its own, several at a time."""
    names = list(targets())
    found = map_apart(lambda name: verify(name, timeout), names, min(8, os.cpu_count() or 1))
    return dict(zip(names, found, strict=True))
