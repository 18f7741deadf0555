"""The command line, called within this process: a process for each call would spend its time on imports.

What only a process of its own shows (that ``python -m delaycore`` starts, what it loads, that its exit code
arrives) is tested with ``call_process``.
"""

from __future__ import annotations

import io
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from unittest.mock import patch

from delaycore.cli import main


def call(*words: object, code: int = 0) -> str:
    """Run a command; its standard output, or its standard output and error where it is to fail."""
    out, errors = io.StringIO(), io.StringIO()
    with (
        patch.object(sys, "argv", ["delaycore", *map(str, words)]),
        redirect_stdout(out),
        redirect_stderr(errors),
    ):
        try:
            main()
            ended = 0
        except SystemExit as end:
            ended = end.code if isinstance(end.code, int) else int(end.code is not None)
    return _said(ended, out.getvalue(), errors.getvalue(), code)


def call_process(*words: object, code: int = 0) -> str:
    """As ``call``, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "delaycore", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    return _said(done.returncode, done.stdout, done.stderr, code)


def _said(ended: int, out: str, errors: str, code: int) -> str:
    assert ended == code, out + errors
    assert "Traceback" not in errors
    return out + errors if code else out
