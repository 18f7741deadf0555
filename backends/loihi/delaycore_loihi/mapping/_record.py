"""The typed record of how full cores are, which a program carries beside its placement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from delaycore.hardware import ChipMapping

__all__ = ["CoreLoad", "LoihiMapping"]


@dataclass(frozen=True)
class CoreLoad:
    """Where a core lies, and what it uses of each limit ``core.NAME``.

    chip:       number of its chip.
    tile:       column and row of its tile on the chip's mesh.
    delay_bits: of its rings, which hold 2^delay_bits accumulators for each compartment.
    """

    chip: int
    tile: str
    delay_bits: int
    compartments: int
    synaptic_words: int
    input_axons: int
    output_axons: int
    decay_profiles: int
    threshold_profiles: int
    synapse_formats: int


@dataclass(frozen=True)
class LoihiMapping(ChipMapping):
    """What the mapper chose beside the placement.

    cores: the load of each core.
    """

    cores: Mapping[int, CoreLoad]
