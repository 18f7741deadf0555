"""The choices that a user has for TrueNorth."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from delaycore import hardware

__all__ = ["Options"]


class Options(hardware.Options):
    """The options of `check`, `quantize`, `map` and `price`."""

    neurons_per_core: int | None = Field(
        None, ge=1, le=256, description="of a slice, copies not counted; unless given, the most that fit"
    )
    values: Literal[2, 4] = Field(
        2,
        description="different weights of a neuron that has more than the chip's four: 2 for {-a, a}, 4 for "
        "{-2a, -a, a, 2a}, which take up to twice the axons and twice the copies",
    )

    @property
    def sizes(self) -> tuple[int, ...]:
        """The sizes of slices to try, the largest first."""
        return (self.neurons_per_core,) if self.neurons_per_core else (256, 128, 64, 32, 16, 8, 4, 2, 1)
