"""The typed record of how full cores are, which a program carries beside its placement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import Field

from delaycore.hardware import ChipMapping, Constant
from delaycore_loihi.limits import LIMITS, count_compartments

__all__ = ["CORE_LIMITS", "CoreLoad", "CoreUse", "LoihiMapping"]

_PREFIX = "core."
CORE_LIMITS = tuple(code for code in LIMITS if code.startswith(_PREFIX) and code != "core.accumulators")
"""The limits of a core, each with a field of `CoreUse`; accumulators count as compartments."""

_MOST_DELAY_BITS = int(LIMITS["core.accumulators"].value).bit_length()
"""Of a ring as large as all accumulators of a core; more is a damaged file."""


@dataclass(frozen=True)
class CoreUse:
    """Holds how much of each limit ``core.NAME`` the neurons of one core use.

    delay_bits: of the core's rings, which hold 2^delay_bits accumulators for each compartment.
    """

    delay_bits: Annotated[int, Field(ge=0, le=_MOST_DELAY_BITS)]
    compartments: int
    synaptic_words: int
    input_axons: int
    output_axons: int
    decay_profiles: int
    threshold_profiles: int
    synapse_formats: int

    def used(self, code: str) -> int:
        """Return how much of the limit ``code`` the core uses."""
        used: int = getattr(self, code.removeprefix(_PREFIX))
        return used

    def limit(self, code: str) -> Constant:
        """Return what the core has of ``code``; more delay bits leave fewer compartments."""
        limit = LIMITS[code]
        if code != "core.compartments":
            return limit
        have = count_compartments(self.delay_bits)
        if have == limit.value:
            return limit
        return replace(LIMITS["core.accumulators"], value=float(have), unit="compartments")

    @property
    def broken(self) -> tuple[str, ...]:
        """The codes of the limits that the core exceeds."""
        return tuple(code for code in CORE_LIMITS if self.used(code) > self.limit(code).value)


@dataclass(frozen=True)
class CoreLoad(CoreUse):
    """Holds the use of a core that has a place on the mesh.

    chip: number of its chip.
    tile: column and row of its tile on the chip's mesh.
    """

    chip: int
    tile: str


@dataclass(frozen=True)
class LoihiMapping(ChipMapping):
    """Holds what the mapper chose beside the placement.

    cores: the load of each core, by its number.
    """

    cores: Mapping[int, CoreLoad]
