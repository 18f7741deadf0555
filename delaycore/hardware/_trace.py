"""What the units of a chip do when: spans on lanes and counters, written as Chrome trace events, which
Perfetto opens.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from delaycore._files import write_text
from delaycore._shown import show_line

__all__ = ["Level", "Span", "Trace"]


@dataclass(frozen=True)
class Span:
    """A unit of a core at work: from ``start`` for ``duration`` seconds.  Spans of one lane follow each other
    or lie within each other.
    """

    core: int
    lane: str
    name: str
    start: float
    duration: float
    details: Mapping[str, Any] = field(default_factory=dict)

    __repr__ = show_line


@dataclass(frozen=True)
class Level:
    """A count of a core at a time in seconds, such as the words in its queue."""

    core: int
    name: str
    time: float
    value: float

    __repr__ = show_line


@dataclass(frozen=True)
class Trace:
    """The trace of one sample on a chip."""

    target: str
    spans: tuple[Span, ...]
    levels: tuple[Level, ...] = ()

    __repr__ = show_line

    @property
    def lanes(self) -> dict[int, tuple[str, ...]]:
        """The lanes of each core, in the order in which they first appear."""
        found: dict[int, dict[str, None]] = {}
        for span in self.spans:
            found.setdefault(span.core, {})[span.lane] = None
        return {core: tuple(lanes) for core, lanes in sorted(found.items())}

    def events(self) -> Iterator[dict[str, Any]]:
        """Trace events: a process for each core, a thread for each lane, times in microseconds."""
        for core, lanes in self.lanes.items():
            yield {
                "ph": "M",
                "pid": core,
                "tid": 0,
                "name": "process_name",
                "args": {"name": f"{self.target} core {core}"},
            }
            for number, lane in enumerate(lanes):
                yield {"ph": "M", "pid": core, "tid": number, "name": "thread_name", "args": {"name": lane}}
                yield {
                    "ph": "M",
                    "pid": core,
                    "tid": number,
                    "name": "thread_sort_index",
                    "args": {"sort_index": number},
                }
        for s in self.spans:
            thread = self.lanes_of(s.core).index(s.lane)
            yield {
                "ph": "X",
                "pid": s.core,
                "tid": thread,
                "name": s.name,
                "cat": s.lane,
                "ts": s.start * 1e6,
                "dur": s.duration * 1e6,
                "args": dict(s.details),
            }
        for level in self.levels:
            yield {
                "ph": "C",
                "pid": level.core,
                "name": level.name,
                "ts": level.time * 1e6,
                "args": {level.name: level.value},
            }

    def lanes_of(self, core: int) -> tuple[str, ...]:
        """The lanes of one core."""
        return self._lanes[core]

    def __post_init__(self) -> None:
        object.__setattr__(self, "_lanes", self.lanes)

    _lanes: Mapping[int, tuple[str, ...]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write one JSON file in the Chrome trace event format, whole or not at all."""
        write_text(path, json.dumps({"displayTimeUnit": "ns", "traceEvents": list(self.events())}))
