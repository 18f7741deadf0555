"""What a check could not find out."""

from __future__ import annotations

__all__ = ["Skipped"]


class Skipped(str):
    """What a check says when it could not try something: shown always, and a failure in the thorough
    profile.
    """

    __slots__ = ()
