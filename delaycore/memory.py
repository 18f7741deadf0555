"""The memory that work takes, held against what there is before any of it is taken.

Whoever makes arrays whose size is somebody's number (samples, steps, neurons, levels) says first how many
bytes they come to, by what they hold, and calls `require_memory` or `require_memory_of`; or
`describe_need`, where an error of its own says more.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from delaycore._shown import show_line
from delaycore._wording import describe_bytes, pluralize
from delaycore.errors import OutOfMemory, SettingsError

__all__ = [
    "SYNAPSE_BYTES",
    "VARIABLE",
    "Available",
    "describe_need",
    "find_available",
    "require_memory",
    "require_memory_of",
]

VARIABLE = "DELAYCORE_MEMORY"
"""Environment variable with the GiB that delaycore may count on, in place of what it finds."""

SYNAPSE_BYTES = 32
"""Of a synapse of a Graph: source, target, weight and delay, in 64 bits each."""

_SMALL = 2**24
"""Bytes of which nobody is short: looking takes a millisecond, as long as a small network takes."""

_NO_LIMIT = 2**60
"""Bytes from which on a limit of a group is none: what is not limited has the largest number of pages."""

_PROC, _CGROUPS = Path("/proc"), Path("/sys/fs/cgroup")


class Available(NamedTuple):
    """Bytes that this process may still take, and what sets this bound."""

    size: int
    bound: str

    def __repr__(self) -> str:
        return show_line(self)


def require_memory(place: str, need: Mapping[str, int], remedy: str) -> None:
    """Raise `OutOfMemory`, with all numbers, if ``need`` is more than what is available.

    place:  the work, such as ``simulation``.
    need:   bytes that are held at the same time, at most, by what they hold.
    remedy: what takes less.
    """
    available = _find_shortage(need)
    if available is not None:
        raise OutOfMemory.at(place, _describe(need, available), remedy)


def require_memory_of(
    samples: int, steps: int, place: str, estimate: Callable[[int], Mapping[str, int]], remedy: str
) -> None:
    """Raise `OutOfMemory`, with all numbers, if what work on ``samples`` samples needs is more than what is
    available; the remedy says how many samples would fit.

    steps:    of a sample, for the message.
    place:    the work, such as ``simulation``.
    estimate: gives the bytes that are held at the same time, at most, by what they hold, for any number of
              samples; more samples need no fewer bytes.
    remedy:   what else takes less.
    """
    need = estimate(samples)
    available = _find_shortage(need)
    if available is None:
        return
    fitting = bisect_right(
        range(1, samples + 1), available.size, key=lambda number: sum(estimate(number).values())
    )
    raise OutOfMemory.at(
        f"{place} of {pluralize(samples, 'sample')} of {pluralize(steps, 'step')}",
        _describe(need, available),
        f"take at most {pluralize(fitting, 'sample')} at a time, or {remedy}" if fitting else remedy,
    )


def describe_need(number: int, noun: str, each: int) -> str:
    """Say what ``number`` of something, of ``each`` bytes, would take, for an error that names another place;
    empty if it is available.
    """
    available = _find_shortage({noun: number * each})
    if available is None:
        return ""
    return (
        f"{number:,} {noun}, which take {describe_bytes(number * each)} of memory, but "
        f"{describe_bytes(available.size)} are available ({available.bound})"
    )


def _describe(need: Mapping[str, int], available: Available) -> str:
    largest = max(need, key=lambda name: need[name])
    return (
        f"takes {describe_bytes(sum(need.values()))} of memory, {describe_bytes(need[largest])} of them for "
        f"{largest}, but {describe_bytes(available.size)} are available ({available.bound})"
    )


def _find_shortage(need: Mapping[str, int]) -> Available | None:
    """Return what is available, if that is less than ``need``; None if it is enough, or not known."""
    total = sum(need.values())
    if total <= _SMALL and VARIABLE not in os.environ:
        return None
    available = find_available()
    return None if available is None or total <= available.size else available


def find_available() -> Available | None:
    """Return the tightest bound on what this process may still take; None where the system tells of none.

    Bounds are the memory of the machine that is free or can be freed, swap included, those of the groups of
    processes (cgroups) that a container is made of, and those that the process was started under.

    Raises `SettingsError` if ``DELAYCORE_MEMORY`` is set to what is no number of GiB.
    """
    given = os.environ.get(VARIABLE)
    if given:
        return Available(_read_gib(given), f"the environment variable {VARIABLE}")
    bounds = [*_list_machine_bounds(), *_list_group_bounds(), *_list_process_bounds()]
    return min(bounds, default=None)


def _read_gib(text: str) -> int:
    with suppress(ValueError, OverflowError):
        size = int(float(text) * 2**30)
        if size > 0:
            return size
    raise SettingsError.at(
        VARIABLE, f"must be a number of GiB, not {text!r:.40}", "set it to a number, or unset it"
    )


def _list_machine_bounds() -> Iterator[Available]:
    table = _read_table(_PROC / "meminfo")
    if "MemAvailable" in table:
        yield Available(1024 * (table["MemAvailable"] + table.get("SwapFree", 0)), "free on this machine")
        return
    with suppress(AttributeError, ValueError, OSError):  # not on every system
        pages = os.sysconf("SC_PHYS_PAGES")
        if pages > 0:
            yield Available(pages * os.sysconf("SC_PAGE_SIZE"), "all of this machine")


def _list_group_bounds() -> Iterator[Available]:
    """Yield what the cgroup of this process, and those around it, leave (version 2, then version 1)."""
    for line in _read_text(_PROC / "self" / "cgroup").splitlines():
        number, _, rest = line.partition(":")
        controllers, _, name = rest.partition(":")
        if number == "0":
            names, place = ("memory.max", "memory.current", ""), _CGROUPS
        elif "memory" in controllers.split(","):
            names, place = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_"), _CGROUPS / "memory"
        else:
            continue
        group = place / name.lstrip("/")
        for folder in (group, *group.parents):
            if folder == _CGROUPS.parent:
                break
            yield from _read_group(folder, *names)


def _read_group(folder: Path, limit: str, usage: str, prefix: str) -> Iterator[Available]:
    """Yield what a group may still take: what it holds of files is given back when it is needed."""
    with suppress(ValueError):  # no such file, or the limit is the word max
        size = int(_read_text(folder / limit))
        if size >= _NO_LIMIT:
            return
        held = _read_table(folder / "memory.stat")
        files = sum(held.get(f"{prefix}{kind}_file", 0) for kind in ("active", "inactive"))
        left = size - int(_read_text(folder / usage)) + files
        yield Available(max(0, left), "the limit of the container or group of processes")


def _list_process_bounds() -> Iterator[Available]:
    try:
        import resource
    except ImportError:  # not on this system
        return
    sizes = _read_text(_PROC / "self" / "statm").split()  # in pages: of the address space, ..., of data
    if len(sizes) < 6:
        return
    for kind, pages in (("AS", sizes[0]), ("DATA", sizes[5])):
        limit = resource.getrlimit(getattr(resource, f"RLIMIT_{kind}"))[0]
        if limit != resource.RLIM_INFINITY:
            left = limit - int(pages) * resource.getpagesize()
            yield Available(max(0, left), f"the limit RLIMIT_{kind} of this process")


def _read_text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _read_table(path: Path) -> dict[str, int]:
    """Read lines of a name and a number, as in /proc/meminfo."""
    rows = (line.replace(":", " ").split() for line in _read_text(path).splitlines())
    return {row[0]: int(row[1]) for row in rows if len(row) > 1 and row[1].isdigit()}
