"""What a user can choose for TrueNorth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from delaycore import SettingsError
from delaycore.errors import Problem

__all__ = ["Options"]


@dataclass(frozen=True)
class Options:
    """neurons_per_core: a population is cut into slices of so many neurons, copies not counted; None takes
    the most that fit.

    values: different weights that a neuron may have where it has more than the chip's four: 2 for {-a, a}, 4
            for {-2a, -a, a, 2a}, which take up to twice the axons and twice the copies.
    """

    neurons_per_core: int | None = None
    values: int = 2

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Options:
        """Raises `SettingsError` with all options that are unknown or out of range."""
        SettingsError.collect(_problems(given))
        return cls(**given)

    @property
    def sizes(self) -> tuple[int, ...]:
        """The sizes of slices to try, the largest first."""
        return (self.neurons_per_core,) if self.neurons_per_core else (256, 128, 64, 32, 16, 8, 4, 2, 1)


def _problems(given: Mapping[str, Any]) -> list[Problem]:
    found = [
        Problem(f"option {name!r}", "is unknown", "the options are neurons_per_core and values")
        for name in given
        if name not in ("neurons_per_core", "values")
    ]
    n = given.get("neurons_per_core")
    if n is not None and (isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= 256):
        found.append(Problem("option 'neurons_per_core'", f"must be a whole number from 1 to 256, not {n!r}"))
    if (values := given.get("values", 2)) not in (2, 4) or isinstance(values, bool):
        found.append(Problem("option 'values'", f"must be 2 or 4, not {values!r}"))
    return found
