"""Keeps standard output for the answer of a command: what plugins print goes to standard error.

A plugin prints while it is loaded, in any call, from threads, C code and other processes, and when Python
ends; one JSON document is all that ``--json`` promises.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

__all__ = ["end_output", "get_answer_stream", "move_output", "reserve_output"]

_answers: list[TextIO] = []
"""Standard output while it is reserved, the innermost last."""


def get_answer_stream() -> TextIO:
    """The stream that answers are written to."""
    return _answers[-1] if _answers else sys.stdout


@contextmanager
def move_output() -> Iterator[None]:
    """Within the block, give the standard output of this process a file descriptor that nobody else knows;
    what is written to the old one goes to standard error.
    """
    given = sys.stdout
    try:
        stands_for_process = given.fileno() == 1
    except (AttributeError, OSError, ValueError):  # a buffer in memory, or closed
        stands_for_process = False
    if not stands_for_process:
        yield
        return
    given.flush()
    kept = os.dup(1)
    _divert()
    with open(kept, "w", encoding=given.encoding, errors=given.errors, newline="") as own:
        sys.stdout = own
        try:
            yield
        finally:
            sys.stdout = given
            own.flush()
            os.dup2(kept, 1)


@contextmanager
def reserve_output() -> Iterator[None]:
    """Within the block, give standard output to `get_answer_stream` alone: whoever else prints does it on
    standard error.
    """
    answers = sys.stdout
    _answers.append(answers)
    sys.stdout = sys.stderr
    try:
        yield
    finally:
        sys.stdout = answers
        _answers.pop()


def end_output() -> None:
    """Have what is printed from here on, such as by exit handlers, go to standard error."""
    with suppress(AttributeError, OSError, ValueError):  # it is closed, or nobody reads it any more
        sys.stdout.flush()
    sys.stdout = sys.stderr
    _divert()


def _divert() -> None:
    with suppress(OSError):  # standard error may be closed
        os.dup2(2, 1)
