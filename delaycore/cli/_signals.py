"""An end from outside: a command that is told to end removes its temporary files first, and ends its
workers.
"""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

__all__ = ["Terminated", "unwind_on_signals"]

SIGNALS = ("SIGTERM", "SIGHUP")
"""Signals that ask a process to end; SIGHUP comes from a terminal that is closed."""


class Terminated(BaseException):  # no Exception, so that handlers of plugins let it through
    """A signal asks this process to end; ``number`` is that of the signal."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(signal.Signals(number).name)


@contextmanager
def unwind_on_signals() -> Iterator[None]:
    """Within the block, raise `Terminated` for a signal that would end the process at once.  A second one
    does end it.

    A signal that is ignored, as under ``nohup``, or handled already, stays so.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked = [getattr(signal, name) for name in SIGNALS if hasattr(signal, name)]
    taken = [number for number in asked if signal.getsignal(number) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, _terminate)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    signal.signal(number, signal.SIG_DFL)
    for worker in multiprocessing.active_children():  # whoever unwinds would wait for their work
        worker.terminate()
    raise Terminated(number)
