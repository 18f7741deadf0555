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
        2, description="of weights where a neuron has more than four: 2 for {-a, a}, 4 for {-2a, -a, a, 2a}"
    )
