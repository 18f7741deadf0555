"""Which sources are expected at which delays: what lets an event leave a circular queue for the neurons, and
after which delay the queue drops it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from delaycore._shown import show_line
from delaycore._values import frozen_array, same
from delaycore.errors import DataError
from delaycore.memory import require_memory

__all__ = ["PruningFilter"]


@dataclass(frozen=True, eq=False)
class PruningFilter:
    """A bit matrix, bool [sources, levels]: 1 where any synapse of that source has that delay and a weight
    other than zero.

    Raises `DataError` for anything but a matrix of at least one level.
    """

    bits: NDArray[np.bool_]

    __repr__ = show_line

    def __post_init__(self) -> None:
        bits = np.asarray(self.bits)
        if bits.ndim != 2 or bits.shape[1] < 1:
            raise DataError.at(
                "filter",
                f"has shape {bits.shape}, not [sources, levels]",
                "give at least the level of delay 0",
            )
        object.__setattr__(self, "bits", frozen_array(bits, np.bool_))

    @classmethod
    def of(cls, sources: int, source: ArrayLike, delay: ArrayLike) -> PruningFilter:
        """Build the filter of synapses, given the source and the delay of each; it has as many levels as the
        longest delay needs.
        """
        pre, steps = np.asarray(source, dtype=np.int64), np.asarray(delay, dtype=np.int64)
        levels = int(steps.max(initial=0)) + 1
        require_memory("pruning filter", {"its bits": 2 * sources * levels}, "shorten the longest delay")
        bits = np.zeros((sources, levels), dtype=np.bool_)
        bits[pre, steps] = True
        return cls(bits)

    @property
    def sources(self) -> int:
        """Presynaptic neurons."""
        return int(self.bits.shape[0])

    @property
    def levels(self) -> int:
        """D: the largest delay in steps, plus one."""
        return int(self.bits.shape[1])

    @property
    def leading_zeros(self) -> NDArray[np.int64]:
        """Zeros of each row before its first one, counted from the largest delay, [sources]; all D for an
        empty row.

        With the largest delay as the most significant bit, this is the counter value at which an event is
        needed no more.
        """
        reversed_rows = self.bits[:, ::-1]
        return np.where(self.bits.any(axis=1), reversed_rows.argmax(axis=1), self.levels).astype(np.int64)

    @property
    def lifetimes(self) -> NDArray[np.int64]:
        """Steps that an event of each source lives, [sources]: its longest delay plus one, and 0 if nobody
        expects it.
        """
        return np.asarray(self.levels - self.leading_zeros, dtype=np.int64)

    def __eq__(self, other: object) -> bool:
        return same(self.bits, other.bits) if isinstance(other, PruningFilter) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # holds an array
