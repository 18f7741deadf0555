"""Files that nobody may open: the system tells if somebody does."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

__all__ = ["Outside"]

_OPENED, _NOT_WAITING = 0x20, 0o4000  # IN_OPEN and IN_NONBLOCK of inotify(7)


class Outside:
    """A folder that is watched for as long as the process runs; without inotify nothing is seen."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._watch: int | None = None
        if sys.platform == "linux":
            system = ctypes.CDLL(None, use_errno=True)
            self._watch = system.inotify_init1(_NOT_WAITING)
            system.inotify_add_watch(self._watch, os.fsencode(folder), _OPENED)

    def was_opened(self) -> bool:
        """Tell whether a file in the folder was opened since this was asked before."""
        if self._watch is None:
            return False
        try:
            return bool(os.read(self._watch, 65_536))
        except BlockingIOError:
            return False
