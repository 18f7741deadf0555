"""Limits on the time that a plugin may take."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from delaycore.errors import SettingsError

__all__ = ["CALLING", "LOADING", "OutOfTime", "TimeLimit", "call_within"]


@dataclass(frozen=True)
class TimeLimit:
    """How many seconds a plugin may take for something: those of an environment variable, or the default."""

    variable: str
    default: float

    def read(self) -> float:
        """Return the seconds; 0 is no limit.  Raises `SettingsError` for a variable that holds no number."""
        given = os.environ.get(self.variable, "")
        try:
            limit = float(given or self.default)
        except ValueError:
            limit = -1.0
        if not 0 <= limit <= _LONGEST:
            raise SettingsError.at(
                f"environment variable {self.variable}",
                f"must be a number of seconds up to {_LONGEST:g}, not {given!r}",
                f"set it to such as 120, to 0 for no limit, or unset it for {self.default:g}",
            )
        return limit


LOADING = TimeLimit("DELAYCORE_LOAD_TIMEOUT", 60.0)
"""For loading a backend."""

CALLING = TimeLimit("DELAYCORE_CALL_TIMEOUT", 600.0)
"""For one call of a backend that nobody asked for by name."""

_LONGEST = 86_400.0
"""A day, in seconds; timers of the system take no more than some years."""

Result = TypeVar("Result")


class OutOfTime(BaseException):  # no Exception, so that a plugin's own handlers let it through
    """A call took longer than it may."""


def call_within(seconds: float, call: Callable[[], Result]) -> Result:
    """What ``call`` returns.  Raises `OutOfTime` if it takes longer than ``seconds``; 0 is no limit.

    In the main thread, where plugins expect to be imported, the call is interrupted, and again each second
    if it catches that.  One that catches it for ever, or never returns to the interpreter, goes on: see
    `delaycore.registry.on_endless_loading`.  In another thread, and on systems without timers, the call goes
    on in a thread that nobody waits for.
    """
    if not seconds:
        return call()
    if threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer"):
        return _interrupt_after(seconds, call)
    return _leave_after(seconds, call)


def _interrupt_after(seconds: float, call: Callable[[], Result]) -> Result:
    def interrupt(number: int, frame: object) -> None:
        raise OutOfTime

    left, interval = signal.getitimer(signal.ITIMER_REAL)
    if 0 < left <= seconds:
        return call()  # the caller has a limit of its own, which ends sooner
    begun = time.monotonic()
    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)  # again each second, should the plugin catch it
    try:
        return call()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before if before is not None else signal.SIG_DFL)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(left - (time.monotonic() - begun), 1e-3), interval)


def _leave_after(seconds: float, call: Callable[[], Result]) -> Result:
    returned: list[Result] = []
    raised: list[BaseException] = []

    def work() -> None:
        try:
            returned.append(call())
        except BaseException as error:  # whatever it is, it is the caller's
            raised.append(error)

    worker = threading.Thread(target=work, name="delaycore: loads a backend", daemon=True)
    worker.start()
    worker.join(seconds)
    if raised:
        raise raised[0]
    if not returned:
        raise OutOfTime
    return returned[0]
