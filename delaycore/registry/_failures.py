"""Errors that came up in the code of an installed backend: they are for its authors, not for those of
delaycore.
"""

from __future__ import annotations

import traceback
from pathlib import Path

from delaycore._distributions import find_issues_page
from delaycore.backend import PROJECT
from delaycore.errors import DelaycoreError, HardwareError, Problem
from delaycore.registry._places import describe_place
from delaycore.registry._sayings import quote, quote_error
from delaycore.registry._targets import BackendError, BackendFault, Target, find_installed

__all__ = ["blame", "describe_code_place", "find_failed_backend", "is_nobodys_fault"]


def find_failed_backend(error: BaseException) -> BackendError | None:
    """Return the error to report where ``error`` came up inside the code of an installed backend, or in what
    that called; None where it did not.

    What a backend raises on purpose is a `DelaycoreError`, and stays; a value of the vocabulary of backends
    without a meaning is a mistake of the backend's own.
    """
    if isinstance(error, DelaycoreError) and not isinstance(error, HardwareError):
        return None
    packages = {target.package: target for target in find_installed().values() if target.package}
    involved = [target for package in _list_packages(error) if (target := packages.get(package))]
    if not involved:
        return None
    return blame(involved[-1], f"failed: {quote_error(error)}", describe_place(involved[-1], error))


def describe_code_place(error: BaseException) -> str:
    """In which file and line of delaycore an error came up; empty if in none."""
    places = [
        (Path(frame.f_code.co_filename).parts, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if _get_package(frame.f_globals) == PROJECT
    ]
    if not places:
        return ""
    parts, line = places[-1]
    begin = len(parts) - 1 - parts[::-1].index(PROJECT) if PROJECT in parts else 0
    return f"{Path(*parts[begin:])}, line {line}"


def blame(target: Target, what: str, place: str = "") -> BackendFault:
    """Return the error that a backend breaks its interface: ``what`` it does, and the ``place`` in it."""
    page = find_issues_page(target.distribution)
    remedy = f"report it to the authors of {target.distribution}{f' ({page})' if page else ''}"
    return BackendFault(Problem(str(target), f"{quote(what)}{place}", remedy))


def is_nobodys_fault(error: BaseException) -> bool:
    """Whether an exception that came up in a plugin is not the plugin's: Ctrl-C, memory that is used up, and
    what delaycore raises there to interrupt it.
    """
    interrupts = not isinstance(error, Exception) and type(error).__module__.startswith(f"{PROJECT}.")
    return interrupts or isinstance(error, KeyboardInterrupt | MemoryError)


def _list_packages(error: BaseException) -> list[str]:
    """The Python packages whose code was running when an error came up, the innermost last."""
    return [_get_package(frame.f_globals) for frame, _ in traceback.walk_tb(error.__traceback__)]


def _get_package(names: dict[str, object]) -> str:
    return str(names.get("__name__", "")).partition(".")[0]
