"""What a user can choose for TrueNorth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from delaycore import SettingsError

__all__ = ["Options"]


@dataclass(frozen=True)
class Options:
    """neurons_per_core: a population is cut into slices of so many neurons, copies not counted; None takes the most that fit."""

    neurons_per_core: int | None = None

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Options:
        """Raises `SettingsError` for options that are unknown or out of range."""
        for name in given.keys() - {"neurons_per_core"}:
            raise SettingsError.at(f"option {name!r}", "is unknown", "the only option is neurons_per_core")
        n = given.get("neurons_per_core")
        if n is not None and (isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= 256):
            raise SettingsError.at("option 'neurons_per_core'", f"must be a whole number from 1 to 256, not {n!r}")
        return cls(n)

    @property
    def sizes(self) -> tuple[int, ...]:
        """The sizes of slices to try, the largest first."""
        return (self.neurons_per_core,) if self.neurons_per_core else (256, 128, 64, 32, 16, 8, 4, 2, 1)
