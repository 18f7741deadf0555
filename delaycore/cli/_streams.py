"""Standard output and error of a command, in whatever state they were handed over.

An answer that cannot be written is an error, and never passes for one that was.  What is said beside it, on
standard error, is lost without harm where nothing takes it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO, cast

__all__ = ["OutputLost", "ReaderGone", "guard_streams"]


class OutputLost(Exception):  # noqa: N818  # reads as what happened
    """Standard output takes no more: it is closed, or its disk is full."""


class ReaderGone(OutputLost):
    """Whoever read standard output has ended, as ``head`` does after its lines."""


@contextmanager
def guard_streams() -> Iterator[None]:
    """Within the block, raise `OutputLost` for what standard output does not take, and pass over what
    standard error does not take.  Characters that an encoding lacks are written as Python writes them.
    """
    out, err = sys.stdout, sys.stderr
    sys.stdout = cast(TextIO, _Output(out))
    sys.stderr = cast(TextIO, _Notes(err))
    try:
        yield
    finally:
        sys.stdout, sys.stderr = out, err


class _Stream:
    """A text stream that hands its failures to `_lose`."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="backslashreplace")

    def write(self, text: str) -> int:
        """Write ``text``; return the number of its characters."""
        try:
            if self._stream is None:
                raise ValueError("it is closed")
            self._stream.write(text)
        except (OSError, ValueError) as error:
            self._lose(error)
        return len(text)

    def flush(self) -> None:
        """Pass on what was written."""
        try:
            if self._stream is not None:
                self._stream.flush()
        except (OSError, ValueError) as error:
            self._lose(error)

    def isatty(self) -> bool:
        """Tell whether a terminal shows what is written."""
        with suppress(ValueError):
            return self._stream is not None and self._stream.isatty()
        return False

    def _lose(self, error: OSError | ValueError) -> None:
        """Do what is to be done about text that is not taken."""
        raise NotImplementedError

    def _discard(self) -> None:
        """Let Python find no trouble when it passes on, at its end, what is left."""
        with suppress(OSError, ValueError, AttributeError):
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, cast(TextIO, self._stream).fileno())
            os.close(nothing)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Output(_Stream):
    """Standard output.  Once it has lost something, it takes nothing more, since a caller may pass over the
    error.
    """

    _lost: OutputLost | None = None

    def write(self, text: str) -> int:
        """Write ``text``; return the number of its characters."""
        if self._lost is not None:
            raise self._lost
        return super().write(text)

    def flush(self) -> None:
        """Pass on what was written."""
        if self._lost is not None:
            raise self._lost
        super().flush()

    def _lose(self, error: OSError | ValueError) -> None:
        self._discard()
        kind = ReaderGone if isinstance(error, BrokenPipeError) else OutputLost
        self._lost = kind(getattr(error, "strerror", None) or str(error))
        raise self._lost from error


class _Notes(_Stream):
    def _lose(self, error: OSError | ValueError) -> None:
        self._discard()
