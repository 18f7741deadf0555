"""The choices that a user has when a graph is checked, quantized, mapped or priced."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from delaycore import hardware
from delaycore_loihi.limits import LIMITS

__all__ = ["Options"]

_CORES = int(LIMITS["chip.cores"])
_MOST = 999_999
"""Cores that can be asked for: those of thousands of chips."""


class Options(hardware.Options):
    """The options of `check`, `quantize`, `map` and `price`."""

    cores: int | None = Field(
        None, ge=1, le=_MOST, description="cores to use; as few as possible unless given"
    )
    chips: int = Field(1, ge=1, le=int(LIMITS["chips"]), description="chips that there are")
    cores_per_chip: int = Field(_CORES, ge=1, le=_CORES, description="cores of a chip that may be used")
    weight_bits: int = Field(8, ge=1, le=int(LIMITS["weight.bits"]), description="bits of every weight")
    relays: bool = Field(False, description="whether delays beyond 62 steps are rewritten with relay neurons")
    costs: Literal["davies2018", "nahuku"] = Field("davies2018", description="table of event costs")
    timing: Literal["free", "host"] = Field(
        "free",
        description="of a step: free, when the slowest core is done, or host, when a host has had its turn",
    )
    seed: int = Field(0, ge=0, lt=2**32, description="of the search for a placement with little traffic")
    active: float = Field(
        1.0,
        ge=0,
        le=1,
        description="fraction of silent neurons that price assumes not to be at rest; a run knows",
    )
    late: bool = Field(
        True,
        description="whether price counts synaptic operations that are due after the last step of a sample",
    )

    @property
    def all_cores(self) -> int:
        """Cores of all chips."""
        return self.chips * self.cores_per_chip
