"""What a plugin says, as one line that can be printed: it may say megabytes, and bytes that are no text."""

from __future__ import annotations

__all__ = ["quote", "quote_error"]

_LONGEST = 500
"""Characters that are repeated."""


def quote(said: str) -> str:
    """``said`` in one line of at most 500 characters, all of which can be encoded."""
    line = " ".join(said[: 10 * _LONGEST].split())
    short = line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."
    return short.encode("utf-8", "backslashreplace").decode()


def quote_error(error: BaseException) -> str:
    """Type and text of an exception, in one line."""
    try:
        text = str(error)
    except Exception:  # a class of the plugin's own may fail at that, too
        text = "its message cannot be read"
    return quote(f"{type(error).__name__}: {text}")
