"""Locks that end with the process that holds them, however it ends."""

from __future__ import annotations

from typing import IO, Any

__all__ = ["try_lock"]


def try_lock(file: IO[Any]) -> bool | None:
    """Lock an open file for as long as it stays open.

    Returns False if another holds the lock, None on a disk that has no locks.
    """
    from filelock import lock_descriptor

    try:
        return lock_descriptor(file.fileno(), blocking=False)
    except OSError:
        return None
