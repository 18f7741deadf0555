"""Which call of a backend goes on: a process that works for another one keeps that one informed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["LOADING_CALL", "announce_call", "on_calls"]

LOADING_CALL = "loading"
"""How the call is named in which a backend is loaded; all others are named after the backend's method."""

Observer = Callable[[str, bool], None]
"""Called with the name of a call, and whether it begins or has ended."""

_observer: ContextVar[Observer | None] = ContextVar("observer of calls", default=None)


@contextmanager
def on_calls(observer: Observer) -> Iterator[None]:
    """Within the block, call ``observer`` before and after every call of a backend."""
    before = _observer.set(observer)
    try:
        yield
    finally:
        _observer.reset(before)


@contextmanager
def announce_call(name: str) -> Iterator[None]:
    """Tell whoever observes that the block is the call ``name``."""
    observer = _observer.get()
    if observer is None:
        yield
        return
    observer(name, True)
    try:
        yield
    finally:
        observer(name, False)
