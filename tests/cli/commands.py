"""The command line, called within this process: a process for each call would spend its time on imports.

What only a process of its own shows (that ``python -m delaycore`` starts, what it loads, that its exit code
arrives) is tested with ``call_process``.
"""

from __future__ import annotations

import io
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from typing import NamedTuple, TextIO
from unittest.mock import patch

from delaycore.cli import main


class Ended(NamedTuple):
    """How a command ended: its exit code, and what it wrote to standard output and error."""

    code: int
    out: str
    errors: str


def call(*words: object, code: int = 0) -> str:
    """Run a command; its standard output, or its standard output and error where it is to fail."""
    return _said(run_here(*words), code)


def call_process(*words: object, code: int = 0) -> str:
    """As ``call``, in a process of its own."""
    return _said(run_process(*words), code)


def run_here(*words: object) -> Ended:
    """Run a command in this process."""
    out, errors = io.StringIO(), io.StringIO()
    return Ended(run_into(out, errors, *words), out.getvalue(), errors.getvalue())


def run_into(out: TextIO | None, errors: TextIO | None, *words: object) -> int:
    """Run a command in this process, with these as its standard output and error; return its exit code."""
    with (
        patch.object(sys, "argv", ["delaycore", *map(str, words)]),
        redirect_stdout(out),
        redirect_stderr(errors),
    ):
        try:
            main()
            return 0
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else int(end.code is not None)


def run_process(*words: object, timeout: float = 240.0) -> Ended:
    """Run a command in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "delaycore", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def _said(ended: Ended, code: int) -> str:
    assert ended.code == code, ended.out + ended.errors
    assert "Traceback" not in ended.errors
    return ended.out + ended.errors if code else ended.out
