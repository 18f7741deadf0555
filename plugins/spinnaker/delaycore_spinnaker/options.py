"""What a user can choose for SpiNNaker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from delaycore import SettingsError

__all__ = ["EXTENSIONS", "Options"]

EXTENSIONS = 8
"""Delay stages beyond the first, in both rules."""


@dataclass(frozen=True)
class Options:
    """The options of check, map, quantize and grids.

    neurons_per_core: a population is cut into slices of so many neurons, each on a core of its own.
    rule:             of delay extension: ``current`` (slots from the bits that the index leaves) or
                      ``classic`` (16 slots).
    rate:             expected spikes per source neuron and step, from which the scale of weights is chosen.
                      At 1, the default, no ring can saturate; a smaller one takes finer weights, and real
                      input, which is no Poisson process, may saturate rings.
    """

    neurons_per_core: int = 256
    rule: str = "current"
    rate: float = 1.0

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Options:
        """Raises `SettingsError` for options that are unknown or out of range."""
        known = [f.name for f in fields(cls)]
        for name in given.keys() - set(known):
            raise SettingsError.at(f"option {name!r}", "is unknown", f"the options are {', '.join(known)}")
        made = cls(**given)
        n = made.neurons_per_core
        if isinstance(n, bool) or not isinstance(n, int) or n < 1:
            raise SettingsError.at(
                "option 'neurons_per_core'", f"must be a whole number of at least 1, not {n!r}"
            )
        if made.rule not in ("classic", "current"):
            raise SettingsError.at("option 'rule'", f"must be 'classic' or 'current', not {made.rule!r}")
        if not isinstance(made.rate, int | float) or not 0 < made.rate <= 1:
            raise SettingsError.at("option 'rate'", f"must lie above 0 and be at most 1, not {made.rate!r}")
        return made

    @property
    def index_bits(self) -> int:
        """Bits of a neuron's index within its core."""
        return (self.neurons_per_core - 1).bit_length()

    @property
    def slots(self) -> int:
        """Slots of a ring buffer: 16, or (Y) 2^(14 - index bits - 1 type bit); no more than the 2^8 that the
        delay field here counts.
        """
        return 16 if self.rule == "classic" else min(256, 2 ** max(0, 13 - self.index_bits))

    @property
    def reach(self) -> int:
        """The longest delay in steps."""
        return (EXTENSIONS + 1) * self.slots
