"""A queue in which a spike is stored once for each of its delays: the shared delay queue with one entry and
one exit per event, as arXiv 2404.10597 calls that of TrueNorth.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from delaycore._shown import one_line
from delaycore.delay_memory._memory import Exit, SimpleStep, check_event
from delaycore.delay_memory._pruning_filter import PruningFilter

__all__ = ["EntryPerDelayQueue"]


class _Entry(NamedTuple):
    source: int
    delay: int
    left: int


class EntryPerDelayQueue:
    """A queue of entries, one for each delay of a spike.

    All entries pass in every step; one whose steps are over leaves for good, the others go round with one
    step less.
    """

    def __init__(self, pruning: PruningFilter) -> None:
        self.pruning = pruning
        self._entries: list[_Entry] = []

    @one_line
    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__} of {self.pruning.sources} sources, {self.pruning.levels} delays: "
            f"{len(self._entries)} entries>"
        )

    def step(self, arriving: Iterable[tuple[int, int]] = ()) -> SimpleStep:
        """Run one step: ``arriving`` events as (source, age)."""
        for source, age in arriving:
            check_event(self.pruning, source, age)
            served = [d for d in range(age, self.pruning.levels) if self.pruning.bits[source, d]]
            self._entries += [_Entry(source, d, d - age) for d in served]
        words = len(self._entries)
        exits = [Exit(e.source, e.delay) for e in self._entries if e.left == 0]
        self._entries = [e._replace(left=e.left - 1) for e in self._entries if e.left > 0]
        return SimpleStep(exits, words)
