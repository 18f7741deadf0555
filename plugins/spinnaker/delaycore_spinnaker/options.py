"""What a user can choose for SpiNNaker."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from delaycore import hardware

__all__ = ["EXTENSIONS", "Options"]

EXTENSIONS = 8
"""Delay stages beyond the first, in both rules."""

_RATE = (
    "expected spikes per source neuron and step, from which the scale of weights follows: at 1 no ring can "
    "saturate; a smaller one takes finer weights, and real input, which is bursty, may saturate rings"
)


class Options(hardware.Options):
    """The options of SpiNNaker, and the widths that follow from them."""

    neurons_per_core: int = Field(
        256,
        ge=1,
        le=999_999,
        description="a population is cut into slices of so many neurons, each on a core of its own",
    )
    rule: Literal["current", "classic"] = Field(
        "current", description="of delay extension: slots from the bits that the index leaves, or 16 slots"
    )
    rate: float = Field(1.0, gt=0, le=1, description=_RATE)

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
