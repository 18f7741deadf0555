"""What is left to do about a plugin that cannot be interrupted while it loads.

A plugin may swallow every exception, block signals, or wait in a driver.  Its thread cannot be stopped then:
only the whole process can be ended, which a command may do to itself, and a library never to its user.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from delaycore.registry._targets import BackendError

__all__ = ["GRACE", "on_endless_loading", "watch"]

GRACE = 3.0
"""Seconds after the limit during which a plugin is interrupted again and again, before the last resort."""

LastResort = Callable[[BackendError], None]

_installed: ContextVar[LastResort | None] = ContextVar("last resort", default=None)


@contextmanager
def on_endless_loading(last_resort: LastResort) -> Iterator[None]:
    """Within the block, call ``last_resort`` if a backend goes on loading `GRACE` seconds after its time has
    run out, whatever interrupts it.

    last_resort: gets the error that could not be raised, in a thread of its own, and is expected to end the
                 process.  Without one, `load_backend` waits for such a backend for ever.
    """
    before = _installed.set(last_resort)
    try:
        yield
    finally:
        _installed.reset(before)


@contextmanager
def watch(limit: float, describe: Callable[[], BackendError]) -> Iterator[None]:
    """Take the last resort, if one is installed, should the block last `GRACE` longer than ``limit`` seconds;
    0 is no limit.

    describe: gives the error; called while the block hangs.
    """
    last_resort = _installed.get()
    if last_resort is None or not limit:
        yield
        return
    watchdog = threading.Timer(limit + GRACE, lambda: last_resort(describe()))
    watchdog.daemon = True
    watchdog.start()
    try:
        yield
    finally:
        watchdog.cancel()
