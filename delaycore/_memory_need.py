"""Memory that arrays would take, computed before they are made, and that of the machine."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache
from pathlib import Path

__all__ = ["SYNAPSE_BYTES", "describe_need", "measure_memory"]

SYNAPSE_BYTES = 32
"""Of a synapse of a Graph: source, target, weight and delay, in 64 bits each."""

_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
"""Where Linux says how much memory the processes of a container may take."""

_UNKNOWN = 2**62


@cache
def measure_memory() -> int:
    """Return the bytes of memory that a process of this machine, or of its container, can take at most; 2^62
    where the system does not tell.
    """
    found = [_UNKNOWN]
    with suppress(AttributeError, OSError, ValueError):  # of systems that are not POSIX
        found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    for place in _LIMITS:
        with suppress(OSError, ValueError):  # there is none, or it says "max"
            found.append(int(Path(place).read_text(encoding="ascii")))
    return min(size for size in found if size > 0)


def describe_need(number: int, noun: str, each: int) -> str:
    """Say what ``number`` of something, of ``each`` bytes, would take of the memory that there is; empty if
    it takes no more than that.
    """
    need, there = number * each, measure_memory()
    if need <= there:
        return ""
    return f"{number:,} {noun}, which take {_show(need)} of memory, and there are {_show(there)}"


def _show(size: int) -> str:
    return f"{size / 1e9:,.1f} GB"
