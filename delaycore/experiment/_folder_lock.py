"""One process at a time in a folder."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TextIO

from delaycore._files import make_folder, try_lock
from delaycore.errors import FileError
from delaycore.experiment._stage import MessageCallback

__all__ = ["lock_folder"]


@contextmanager
def lock_folder(folder: Path, on_message: MessageCallback) -> Iterator[None]:
    """Make a folder, unless it is there, and keep other processes out of it for as long as the context lasts.

    The lock ends with the process, however it ends.  On a disk that has no locks nobody is kept out, which
    ``on_message`` is told.

    Raises `FileError` if another process works in the folder, or if it cannot be written to.
    """
    path = make_folder(folder) / ".lock"
    with ExitStack() as stack:
        try:
            file, held = _open_locked(path)
            stack.enter_context(file)
            if held is False:
                file.seek(0)
                message = f"another process works in this folder: {file.read(200) or 'it has just begun'}"
                raise FileError.at(folder, message, "wait until it has ended, or give another --out")
            stack.callback(path.unlink, missing_ok=True)
            file.truncate(0)
            os.write(file.fileno(), _describe_self().encode())  # a buffer would wait for room
        except OSError as error:
            message = f"cannot be written to ({error.strerror or error})"
            remedy = "give a folder that you may write to with --out"
            raise FileError.at(folder, message, remedy) from error
        if held is None:
            on_message(f"{folder} is on a disk without locks: let no other process work in it")
        yield


def _open_locked(path: Path) -> tuple[TextIO, bool | None]:
    """Open a file and lock it; return it with what `try_lock` found."""
    while True:
        file = open(path, "a+", encoding="utf-8")  # noqa: SIM115  # whoever asked for it closes it
        held = try_lock(file)
        # The one who held it until just now may have removed it.
        if held is False or os.fstat(file.fileno()).st_nlink:
            return file, held
        file.close()


def _describe_self() -> str:
    now = datetime.now().astimezone().isoformat(sep=" ", timespec="seconds")
    return f"process {os.getpid()} on {socket.gethostname()}, since {now}"
