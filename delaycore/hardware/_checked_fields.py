"""Fields of the vocabulary of backends, taken as Python's own types or refused with their names."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import Any, TypeVar

from delaycore._values import is_whole
from delaycore._wording import guess_meant
from delaycore.errors import HardwareError

__all__ = ["require_choice", "require_text", "take_amount", "take_count", "take_tuple"]

_Entry = TypeVar("_Entry")


def take_amount(place: str, value: Any) -> float:
    """``value`` as a number of Python.  Raises `HardwareError` for what is none."""
    if not isinstance(value, Real) or isinstance(value, bool):
        raise HardwareError.at(place, f"must be a number, not {value!r:.80}", "give an int or a float")
    return float(value)


def take_count(place: str, value: Any) -> int:
    """``value`` as a whole number of Python.  Raises `HardwareError` for what is none."""
    if not is_whole(value):
        raise HardwareError.at(place, f"must be a whole number, not {value!r:.80}", "give an int")
    return int(value)


def take_tuple(place: str, values: Any, kind: type[_Entry]) -> tuple[_Entry, ...]:
    """``values`` as a tuple of entries of one ``kind``.  Raises `HardwareError` for what is none."""
    try:
        entries = tuple(values)
    except TypeError:
        entries = (values,)
    if not all(isinstance(entry, kind) for entry in entries):
        message = f"must be entries of the type {kind.__name__}, not {values!r:.80}"
        raise HardwareError.at(place, message, f"give delaycore.hardware.{kind.__name__}")
    return entries


def require_choice(place: str, value: Any, allowed: Sequence[str]) -> None:
    """Raise `HardwareError` for what is none of the ``allowed`` names."""
    if not isinstance(value, str) or value not in allowed:
        message = f"must be one of {', '.join(allowed)}, not {value!r:.80}"
        raise HardwareError.at(place, message, f"{guess_meant(value, allowed)}choose one of these")


def require_text(place: str, value: Any) -> None:
    """Raise `HardwareError` for what is no text."""
    if not isinstance(value, str):
        raise HardwareError.at(place, f"must be text, not {value!r:.80}", "give a str")
