"""What became of one changed input: whether it was refused, and if not, what was read."""

from __future__ import annotations

import re
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from delaycore.errors import DelaycoreError
from tests.fuzz.mutated_bytes import Rng
from tests.fuzz.spelling import spell

__all__ = ["ANYTHING", "Finding", "Kind", "Outcome", "Refused", "Report", "Trial", "judge"]


class Outcome(StrEnum):
    """How the reading of a changed input ends."""

    REFUSED = "refused"
    SAME = "read as before"
    CHANGED = "read with other values"
    RAW = "raw errors"
    HANG = "hangs"
    MEMORY = "too much memory"
    CRASH = "crashes"
    OUTSIDE = "read outside"
    UNMADE = "could not be made"  # what changes the input hung or crashed, such as HDF5 when it writes


ANYTHING: Any = object()
"""What a trial expects of an input that no original stands behind."""


class Refused(Exception):  # noqa: N818  # no fault
    """A refusal by what stands before the reader, such as the library that reads NIR's files."""


@dataclass(frozen=True)
class Trial:
    """A changed input.

    call:     reads it.
    original: what reading gave before the change, as `spell` says it.
    """

    call: Callable[[], Any]
    original: Any


@dataclass(frozen=True)
class Kind:
    """A kind of input.

    draw:    makes a trial, the same for the same state of the generator.
    allowed: outcomes that are no faults.
    """

    name: str
    draw: Callable[[Rng], Trial]
    allowed: frozenset[Outcome]


@dataclass(frozen=True)
class Finding:
    """A fault, the seed that shows it again, and what is known of it."""

    kind: str
    seed: int
    outcome: Outcome
    detail: str

    def __str__(self) -> str:
        return f"{self.outcome}: python -m tests.fuzz {self.kind} {self.seed}\n{self.detail}"


@dataclass
class Report:
    """How often each outcome was, and the faults among them."""

    counts: Counter[Outcome] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)

    def __str__(self) -> str:
        groups: dict[tuple[Outcome, str], list[Finding]] = {}
        for finding in self.findings:
            groups.setdefault((finding.outcome, _name_place(finding.detail)), []).append(finding)
        lines = []
        for (_, place), found in sorted(groups.items(), key=lambda group: -len(group[1])):
            seeds = ", ".join(str(f.seed) for f in found[:5])
            lines.append(f"{len(found)} x {place} (seeds {seeds}):\n{found[0]}")
        return "\n".join(lines)


def _name_place(detail: str) -> str:
    """Name the line of the package in which an error was raised, and the error's type, of a traceback."""
    files = re.findall(r'File "[^"]*?((?:delaycore|tests)[^"]*)", line (\d+)', detail)
    last = next((line for line in reversed(detail.splitlines()) if line.strip()), "")
    return f"{':'.join(files[-1]) if files else ''} {last.partition(':')[0]}"


def judge(trial: Trial) -> tuple[Outcome, str]:
    """Read a changed input; return the outcome, and what is to be said of it."""
    try:
        value = trial.call()
        said = spell(value)
    except (DelaycoreError, Refused) as error:
        if _ran_out_of_memory(error):
            return Outcome.MEMORY, _trace(error)
        fault = _find_fault(error)
        return (Outcome.RAW, f"{fault}\n{_trace(error)}") if fault else (Outcome.REFUSED, str(error))
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return Outcome.MEMORY if _ran_out_of_memory(error) else Outcome.RAW, _trace(error)
    if trial.original is ANYTHING or said == trial.original:
        return Outcome.SAME, ""
    return Outcome.CHANGED, _show_difference(trial.original, said)


def _trace(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))[-6_000:]


def _list_causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _ran_out_of_memory(error: BaseException) -> bool:
    """Tell whether somebody asked for more memory than there is on the way to an error.

    Images of metadata do not count: HDF5 sets addresses aside for them, and reads before it fills them.
    """
    return any(
        isinstance(e, MemoryError)
        or re.search(
            r"(?i)memory allocation(?! failed for on disk image)|unable to allocate|bad.?alloc", str(e)
        )
        for e in _list_causes(error)
    )


def _find_fault(error: Exception) -> str:
    """Say what is wrong with a refusal, if something is: it must name a place, and be fit to be shown."""
    if isinstance(error, Refused):
        return ""
    text = str(error)
    if len(text) > 20_000:
        return f"a message of {len(text):,} characters"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "a message that no file or terminal takes"
    assert isinstance(error, DelaycoreError)
    if not error.problems or not all(p.place and p.message for p in error.problems):
        return "a message without a place"
    return ""


def _show_difference(before: Any, after: Any, place: str = "") -> str:
    """Name the first place at which two values that `spell` gave differ."""
    if isinstance(before, tuple) and isinstance(after, tuple) and len(before) == len(after):
        for i, (one, other) in enumerate(zip(before, after, strict=True)):
            if one != other:
                return _show_difference(one, other, f"{place}/{i}")
    return f"{place}: {before!r:.200} became {after!r:.200}"
