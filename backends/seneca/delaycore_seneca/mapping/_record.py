"""The typed record of what the mapper chose and expects, which a program carries beside its placement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from delaycore.hardware import ChipMapping

__all__ = ["CoreUse", "SenecaMapping"]


@dataclass(frozen=True)
class CoreUse:
    """How full a core is.

    data_bytes:        of data memory, buffers included.    data_bytes_available: that the core has.
    instruction_bytes: of its program.
    layouts:           in which the synapses of each pair of populations lie, with their number of levels.
    queue_words:       that its delay queue has room for; None without a queue in hardware.
    expected_peak_words, expected_mean_words: of its delay queue, or of the lists that the RISC-V keeps; None
                       where no synapse has a delay.
    """

    data_bytes: int
    data_bytes_available: int
    instruction_bytes: int
    layouts: Mapping[str, str]
    queue_words: int | None = None
    expected_peak_words: int | None = None
    expected_mean_words: int | None = None


@dataclass(frozen=True)
class SenecaMapping(ChipMapping):
    """What the mapper chose beside the placement.

    cores:      how full each core is.
    weights:    what they are stored as, in words.
    activity:   what the occupancy of queues was predicted from, in words.
    list_words: that the RISC-V keeps free for its lists of delayed events, over all cores; None where a queue
                in hardware holds them.
    """

    cores: Mapping[int, CoreUse]
    weights: str
    activity: str
    list_words: int | None = None
