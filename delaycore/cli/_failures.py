"""What a command says of an error, and the exit code with which it ends."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from pathlib import Path

from delaycore._distributions import find_issues_page
from delaycore._installing import describe_missing
from delaycore.backend import PROJECT
from delaycore.errors import DelaycoreError, FileError, NotOffered, SettingsError, UnforeseenError
from delaycore.hardware import DoesNotFit
from delaycore.registry import BackendError, describe_code_place, find_failed_backend

__all__ = ["FAULT", "NO", "WRONG", "explain"]

NO, WRONG, FAULT = 1, 2, 3
"""Exit codes: the answer is no; the input or the call is wrong; delaycore or a plugin is at fault."""


def explain(error: BaseException, words: Sequence[str]) -> tuple[DelaycoreError, int]:
    """Return what to say of an error that a command ended with, and its exit code.

    words: of the command line, without the name of the program.
    """
    if isinstance(error, DoesNotFit):
        return error, NO
    if isinstance(error, BackendError):
        return error, FAULT
    if (memory := _explain_memory(error, words)) is not None:
        return memory, WRONG
    if (blamed := find_failed_backend(error)) is not None:
        return blamed, FAULT
    if isinstance(error, DelaycoreError):
        return error, WRONG
    if isinstance(error, ModuleNotFoundError) and (missing := describe_missing(error)) is not None:
        return NotOffered(missing), WRONG
    if isinstance(error, OSError):
        return _explain_system(error, words), WRONG
    return _explain_fault(error, words), FAULT


def _explain_memory(error: BaseException, words: Sequence[str]) -> DelaycoreError | None:
    """The refusal of work for which memory does not suffice; None for any other error."""
    of_torch = type(error).__name__ == "OutOfMemoryError" or "DefaultCPUAllocator" in str(error)
    if not isinstance(error, MemoryError) and not of_torch:
        return None
    said = " ".join(str(error).split())
    return SettingsError.at(
        _name_command(words),
        f"needs more memory than there is{f' ({said})' if said else ''}",
        "give it less at once (samples, steps, neurons, workers), or run it where there is more memory",
    )


def _explain_system(error: OSError, words: Sequence[str]) -> DelaycoreError:
    """The refusal of a file, a folder or another thing of the operating system that cannot be used."""
    reason = error.strerror or str(error)
    if error.filename is not None:
        name = os.fsdecode(error.filename) if isinstance(error.filename, bytes) else str(error.filename)
        remedy = "check the path, its permissions, and the room there"
        return FileError.at(name, f"cannot be read or written ({reason})", remedy)
    try:
        Path.cwd()
    except OSError:
        return FileError.at("the current folder", f"is not there ({reason})", "go to a folder that exists")
    message = f"is refused what it needs by the operating system ({reason})"
    return FileError.at(_name_command(words), message, "mend that first")


def _explain_fault(error: BaseException, words: Sequence[str]) -> DelaycoreError:
    """The report of an error that nobody foresaw."""
    said = " ".join(f"{type(error).__name__}: {error}".split())
    place = describe_code_place(error)
    again = shlex.join([PROJECT, "--traceback", *words])
    page = find_issues_page(PROJECT)
    return UnforeseenError.at(
        _name_command(words),
        f"failed: {said}{f' ({place})' if place else ''}",
        f"this is a fault of {PROJECT}: report it at {page} with what this shows: {again}",
    )


def _name_command(words: Sequence[str]) -> str:
    """The program and its command, without what is given to it."""
    return " ".join([PROJECT, *[word for word in words if not word.startswith("-")][:1]])
