"""Runs the checks on a backend, and says what came out."""

from __future__ import annotations

import time
import traceback
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from delaycore._shown import show_line
from delaycore._wording import guess_meant, pluralize
from delaycore.backend import Backend
from delaycore.conformance._checks import CHECKS, Skipped
from delaycore.conformance._subject import Subject
from delaycore.errors import Problem, SettingsError
from delaycore.hardware import ConformanceProfile, DoesNotFit

__all__ = ["Outcome", "Verdict", "list_checks", "run"]

QUICK, THOROUGH = 12, 200
"""Live networks of the two profiles."""


SHOWN = 5
"""Problems of one check that are printed; the outcome holds them all."""


@dataclass(frozen=True)
class Outcome:
    """What one check found.

    holds: the sentence that the check tests.   problems: in what the backend falls short of it.
    untried: what could not be tried, for want of something in the backend's profile; a problem in the
             thorough profile.
    waits_for: checks that failed, or that wait themselves, and without which this one would fail for the same
             cause; it was not run.
    """

    check: str
    holds: str
    problems: tuple[str, ...] = ()
    untried: tuple[str, ...] = ()
    waits_for: tuple[str, ...] = ()
    seconds: float = 0.0

    __repr__ = show_line

    @property
    def ok(self) -> bool:
        """Whether the check was run and nothing is wrong."""
        return not self.problems and not self.waits_for

    def __str__(self) -> str:
        if self.waits_for:
            return f"waits   {self.check}: until {', '.join(self.waits_for)} passed"
        lines = [f"{'passed' if self.ok else 'FAILED'}  {self.check}: {self.holds}  [{self.seconds:.1f} s]"]
        lines += [f"  - {problem}" for problem in self.problems[:SHOWN]]
        more = len(self.problems) - SHOWN
        lines += [f"  - and {more} more of this check; --json prints all"] if more > 0 else []
        lines += [f"  ? untried: {what}" for what in self.untried]
        return "\n".join(lines)


@dataclass(frozen=True)
class Verdict:
    """What all checks found about a target."""

    target: str
    outcomes: tuple[Outcome, ...]

    __repr__ = show_line

    @property
    def ok(self) -> bool:
        """Whether every check passed."""
        return all(o.ok for o in self.outcomes)

    @property
    def failed(self) -> tuple[str, ...]:
        """The names of the checks that found something wrong."""
        return tuple(o.check for o in self.outcomes if o.problems)

    @property
    def waiting(self) -> tuple[str, ...]:
        """The names of the checks that were not run, since they show nothing where others failed."""
        return tuple(o.check for o in self.outcomes if o.waits_for)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "target": self.target,
            "ok": self.ok,
            "checks": [asdict(o) | {"ok": o.ok} for o in self.outcomes],
        }

    def __str__(self) -> str:
        return "\n".join([*map(str, self.outcomes), self.summary])

    @property
    def summary(self) -> str:
        """How many checks passed, failed and wait, in one line."""
        untried = sum(len(o.untried) for o in self.outcomes)
        end = f"{self.target}: {sum(o.ok for o in self.outcomes)} of {len(self.outcomes)} checks passed"
        end += f" in {sum(o.seconds for o in self.outcomes):.0f} s"
        end += f"; failed: {', '.join(self.failed)}" if self.failed else ""
        end += f"; {len(self.waiting)} wait until these pass" if self.waiting else ""
        return end + (f"; {pluralize(untried, 'thing')} could not be tried" if untried else "")


def list_checks() -> tuple[str, ...]:
    """The names of all checks, in the order in which they run."""
    return tuple(CHECKS)


def run(backend: Backend | str, *, only: Collection[str] = (), thorough: bool = False) -> Verdict:
    """Hold a backend, or the one behind a target's name, against the checks (``only`` those named)."""
    subject = make_subject(backend, thorough)
    return Verdict(subject.spec.name, tuple(run_checks(subject, only, thorough)))


def make_subject(backend: Backend | str, thorough: bool = False) -> Subject:
    """The backend with the networks that it has to run.

    Raises `UnknownTarget` or `BackendError` for a name that cannot be loaded, and `BackendError` for a
    profile that cannot be had.
    """
    from delaycore.registry import BackendError, load_backend

    if isinstance(backend, str):
        backend = load_backend(backend)
    place = f"{type(backend).__name__}.conformance"
    try:
        profile = backend.conformance()
    except Exception as error:
        raise BackendError.at(
            place,
            f"raises {type(error).__name__}: {error}",
            "return a delaycore.conformance.ConformanceProfile",
        ) from error
    if not isinstance(profile, ConformanceProfile):
        raise BackendError.at(
            place, f"gives {type(profile).__name__}", "return a delaycore.conformance.ConformanceProfile"
        )
    return Subject(backend, profile, THOROUGH if thorough else QUICK)


def run_checks(subject: Subject, only: Collection[str] = (), thorough: bool = False) -> Iterator[Outcome]:
    """One outcome after the other, as the checks run."""
    SettingsError.collect(
        Problem(
            f"check {name!r}",
            "is unknown",
            f"{guess_meant(name, CHECKS)}the checks are {', '.join(CHECKS)}",
        )
        for name in only
        if name not in CHECKS
    )
    for name in CHECKS:
        if not only or name in only:
            yield run_check(subject, name, thorough)


def run_check(subject: Subject, name: str, thorough: bool = False) -> Outcome:
    """What the check ``name`` finds; an exception that the backend lets out is a problem like any other.

    A check that needs one which failed on ``subject`` is not run.
    """
    check = CHECKS[name]
    waits_for = tuple(need for need in check.needs if need in subject.unmet)
    if waits_for:
        subject.unmet.add(name)
        return Outcome(name, check.holds, waits_for=waits_for)
    begun = time.perf_counter()
    found: list[str] = []
    try:
        found.extend(check.ask(subject))
    except DoesNotFit as error:
        found.append(f"a network drawn within what the spec declares is refused: {error}")
    except (Exception, SystemExit) as error:
        found.append(_describe_exception(subject, name, error))
    untried = tuple(str(f) for f in found if isinstance(f, Skipped) and not thorough)
    problems = tuple(str(f) for f in found if thorough or not isinstance(f, Skipped))
    if problems:
        subject.unmet.add(name)
    return Outcome(name, check.holds, problems, untried, seconds=time.perf_counter() - begun)


def _describe_exception(subject: Subject, check: str, error: BaseException) -> str:
    """An exception with its place; one that another check reported already is named by that check."""
    at = traceback.extract_tb(error.__traceback__)[-1]
    key = type(error).__name__, at.filename, at.lineno or 0
    first = subject.reported.setdefault(key, check)
    if first != check:
        return f"{key[0]} from {at.name}, as in {first!r}"
    return f"{key[0]} from {at.name} ({at.filename}, line {at.lineno}): {error!s:.300}"
