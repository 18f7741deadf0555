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

__all__ = ["end_output", "get_answer_stream", "reserve_output"]

_answers: list[TextIO] = []
"""Standard output while it is reserved, the innermost last."""


def get_answer_stream() -> TextIO:
    """The stream that answers are written to."""
    return _answers[-1] if _answers else sys.stdout


@contextmanager
def reserve_output() -> Iterator[None]:
    """Within the block, write to standard output by `get_answer_stream` alone: `sys.stdout`, and its file
    descriptor, are those of standard error.
    """
    given = sys.stdout
    with _take_descriptor(given) as stream:
        _answers.append(stream)
        sys.stdout = sys.stderr
        try:
            yield
        finally:
            sys.stdout = given
            _answers.pop()


@contextmanager
def _take_descriptor(stream: TextIO) -> Iterator[TextIO]:
    """Give ``stream``, if it is the process's standard output, a descriptor that nobody else knows."""
    try:
        stands_for_process = stream.fileno() == 1
    except (AttributeError, OSError, ValueError):  # a buffer in memory, or closed
        stands_for_process = False
    if not stands_for_process:
        yield stream
        return
    stream.flush()
    kept = os.dup(1)
    _divert()
    with open(kept, "w", encoding=stream.encoding, errors=stream.errors, newline="") as own:
        try:
            yield own
        finally:
            own.flush()
            os.dup2(kept, 1)


def end_output() -> None:
    """Have what is printed from here on, such as by exit handlers, go to standard error."""
    with suppress(OSError, ValueError):  # nobody reads it any more
        sys.stdout.flush()
    sys.stdout = sys.stderr
    _divert()


def _divert() -> None:
    with suppress(OSError):  # standard error may be closed
        os.dup2(2, 1)
