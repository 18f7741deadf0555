"""The shared delay queue with one entry and one exit per event, as TrueNorth has it: a spike is stored once
for each of its delays.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from delaycore.delay_memory._memory import Due, Exit, checked
from delaycore.delay_memory._pruning_filter import PruningFilter

__all__ = ["SharedQueue"]


class _Entry(NamedTuple):
    source: int
    delay: int
    left: int


class SharedQueue:
    """Every step, all entries pass; one whose steps are over leaves for good, the others go round with one
    step less.
    """

    def __init__(self, pruning: PruningFilter) -> None:
        self.pruning = pruning
        self._entries: list[_Entry] = []

    def step(self, arriving: Iterable[tuple[int, int]] = ()) -> Due:
        """One whole step: ``arriving`` events as (source, age)."""
        for source, age in checked(self.pruning, arriving):
            served = [d for d in range(age, self.pruning.levels) if self.pruning.bits[source, d]]
            self._entries += [_Entry(source, d, d - age) for d in served]
        words = len(self._entries)
        exits = [Exit(e.source, e.delay) for e in self._entries if e.left == 0]
        self._entries = [e._replace(left=e.left - 1) for e in self._entries if e.left > 0]
        return Due(exits, words)
