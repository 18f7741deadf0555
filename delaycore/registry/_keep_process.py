"""Keeps a plugin from ending the process while it works."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

__all__ = ["keep_process"]

_lock = threading.Lock()
_working: Counter[tuple[int, int]] = Counter()
"""How many blocks of `keep_process` each thread of each process is in; a forked child is another process."""

_exit = os._exit


@contextmanager
def keep_process() -> Iterator[None]:
    """Within the block, `os._exit` of this thread raises SystemExit, as `sys.exit` does: a command that ends
    with 0 would pass for a yes.

    A plugin that crashes the interpreter ends it, with a status that is not 0; `delaycore.registry.verify`
    tries a plugin in a process of its own.
    """
    global _exit
    here = (os.getpid(), threading.get_ident())
    with _lock:
        if not _working:
            _exit, os._exit = os._exit, _leave
        _working[here] += 1
    try:
        yield
    finally:
        with _lock:
            _working[here] -= 1
            if not _working[here]:
                del _working[here]
            if not _working:
                os._exit = _exit


def _leave(status: int) -> NoReturn:
    if (os.getpid(), threading.get_ident()) in _working:
        raise SystemExit(status)
    _exit(status)
