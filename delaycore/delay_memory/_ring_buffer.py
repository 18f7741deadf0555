"""Ring buffers: the delay memory that holds weighted sums behind the synapses, one slot per target neuron and
step to come.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from delaycore._shown import one_line
from delaycore.delay_memory._memory import Exit, SimpleStep, check_event
from delaycore.delay_memory._pruning_filter import PruningFilter
from delaycore.errors import DataError

__all__ = ["RingBuffer"]


class RingBuffer:
    """The rings of some target neurons.

    weights: [levels, sources, targets]; an arriving event is added at once to the slots of all steps in which
             it is due.

    A chip keeps the sums alone.  Which events went into a slot is noted beside them, so that what is due can
    be compared with other memories.
    """

    def __init__(self, weights: ArrayLike) -> None:
        self.weights = np.asarray(weights, dtype=np.float64)
        if self.weights.ndim != 3:
            raise DataError.at(
                "weights",
                f"have shape {self.weights.shape}, not [levels, sources, targets]",
                "give at least one level",
            )
        self.pruning = PruningFilter((self.weights != 0).any(axis=2).T)
        levels, _, targets = self.weights.shape
        self.slots = np.zeros((levels, targets))
        self._noted: list[list[Exit]] = [[] for _ in range(levels)]
        self.now = 0
        """The slot of this step."""
        self.sums: NDArray[np.float64] = np.zeros(targets)
        """What the last step handed to the neurons, [targets]."""

    @one_line
    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__}s of {self.slots.shape[1]} targets for {self.pruning.sources} sources at "
            f"{self.pruning.levels} delay levels>"
        )

    def step(self, arriving: Iterable[tuple[int, int]] = ()) -> SimpleStep:
        """Run one step: ``arriving`` events as (source, age); the slot that is due is handed over and
        emptied.
        """
        levels = self.pruning.levels
        for source, age in arriving:
            check_event(self.pruning, source, age)
            for d in range(age, levels):
                if self.pruning.bits[source, d]:
                    at = (self.now + d - age) % levels
                    self.slots[at] += self.weights[d, source]
                    self._noted[at].append(Exit(source, d))
        exits, self._noted[self.now] = self._noted[self.now], []
        self.sums = self.slots[self.now].copy()
        self.slots[self.now] = 0
        self.now = (self.now + 1) % levels
        return SimpleStep(exits, self.slots.size)
