"""A backend that fails at work: whose fault it is, in which file and line, and where to report it."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from delaycore._distributions import find_issues_page
from delaycore.backend import PROJECT
from delaycore.errors import DelaycoreError, HardwareError, Problem
from delaycore.registry._places import describe_place, list_steps
from delaycore.registry._targets import BackendError, Target, find_installed

__all__ = ["describe_code_place", "find_failed_backend", "name_failing_backend"]


@contextmanager
def name_failing_backend(name: str) -> Iterator[None]:
    """Within the block, which calls the backend of target ``name``, turn every error that is no answer of a
    backend into a `BackendError` with the distribution, the file and the line.

    What a backend raises on purpose is a `DelaycoreError`; a value of the vocabulary of backends without a
    meaning is a mistake of the backend's own.  Memory that has run out is nobody's fault.
    """
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:
        target = find_installed().get(name)
        if target is None or not _is_fault(error, target):
            raise
        raise _blame(target, error) from error


def find_failed_backend(error: BaseException) -> BackendError | None:
    """Return the error to report where ``error`` came up inside the code of an installed backend; None where
    it did not.
    """
    steps = list(traceback.walk_tb(error.__traceback__))
    involved = [t for t in find_installed().values() if t.package and list_steps(t.package, error)]
    involved.sort(key=lambda t: steps.index(list_steps(t.package, error)[-1]))
    return _blame(involved[-1], error) if involved and _is_fault(error, involved[-1]) else None


def describe_code_place(error: BaseException) -> str:
    """In which file and line of delaycore an error came up; empty if in none."""
    steps = list_steps(PROJECT, error)
    if not steps:
        return ""
    frame, line = steps[-1]
    parts = Path(frame.f_code.co_filename).parts
    begin = len(parts) - 1 - parts[::-1].index(PROJECT) if PROJECT in parts else 0
    return f"{Path(*parts[begin:])}, line {line}"


def _is_fault(error: BaseException, target: Target) -> bool:
    """Tell whether an error out of a backend is none of its answers."""
    if isinstance(error, HardwareError):
        return bool(list_steps(target.package, error))
    return not isinstance(error, DelaycoreError)


def _blame(target: Target, error: BaseException) -> BackendError:
    """The error about a backend that failed with ``error``, in its own code or in what it called or gave."""
    own, core = list_steps(target.package, error), list_steps(PROJECT, error)
    steps = list(traceback.walk_tb(error.__traceback__))
    in_core = bool(core) and (not own or steps.index(core[-1]) > steps.index(own[-1]))
    place = describe_place(target, error) if own else ""
    beyond = f", in what it handed to {PROJECT} ({describe_code_place(error)})" if in_core else ""
    remedy = f"report it to the authors of {target.distribution}{_point_to_issues(target.distribution)}"
    if in_core:
        remedy += f", or, if what it handed over is right, to those of {PROJECT}{_point_to_issues(PROJECT)}"
    said = " ".join(str(error).split())
    wrong = f"failed: {type(error).__name__}: {said}{place}{beyond}"
    return BackendError(Problem(str(target), wrong, remedy))


def _point_to_issues(distribution: str) -> str:
    page = find_issues_page(distribution)
    return f" ({page})" if page else ""
