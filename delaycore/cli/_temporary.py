"""Temporary files of commands that write results: torch and matplotlib need a place for theirs."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

__all__ = ["provide_temporary"]


def provide_temporary(folder: Path) -> None:
    """Let temporary files of this process and those that it starts lie in ``folder``, made if it is not
    there, where the system has no place for them, as in a container that is read-only.

    They are removed when the process ends.
    """
    try:
        tempfile.gettempdir()
    except FileNotFoundError:
        folder.mkdir(parents=True, exist_ok=True)
        own = tempfile.mkdtemp(dir=folder, prefix=".temporary-")
        atexit.register(shutil.rmtree, own, ignore_errors=True)
        tempfile.tempdir = os.environ["TMPDIR"] = own
