"""Words of messages that depend on a number."""

from __future__ import annotations

__all__ = ["counted"]


def counted(number: int, noun: str) -> str:
    """``number`` with ``noun`` in its singular or regular plural: 1 core, 2 cores."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
