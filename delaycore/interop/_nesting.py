"""Networks within networks, which may not lie within themselves."""

from __future__ import annotations

from collections.abc import Sequence

from delaycore.errors import ForeignError

__all__ = ["require_end"]

_DEEPEST = 200  # far from where Python's own stack ends


def require_end(place: str, inner: object, around: Sequence[object]) -> None:
    """Raise `ForeignError` if ``inner``, which lies at ``place`` within all of ``around``, is one of them, or
    if they are too many.
    """
    if any(inner is outer for outer in around):
        raise ForeignError.at(place, "lies within itself", "put its layers there, as often as they act")
    if len(around) >= _DEEPEST:
        message = f"lies more than {_DEEPEST} networks deep"
        raise ForeignError.at(place, message, "put the layers of inner networks into the outer ones")
