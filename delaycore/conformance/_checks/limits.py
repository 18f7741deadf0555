"""What a chip cannot hold is a finding that says so; what it can hold is none."""

from __future__ import annotations

from collections.abc import Iterator

from delaycore.conformance._checks.untried import Skipped
from delaycore.conformance._subject import Subject
from delaycore.graph import Graph, Input, Projection
from delaycore.hardware import DoesNotFit, Finding, FitReport, LimitCase

__all__ = ["all_at_once", "limits", "require_refusal", "require_words"]


def limits(subject: Subject) -> Iterator[str]:
    """A network at each declared limit passes; one above it gets a finding that can be acted on, and map
    refuses it.
    """
    spec, profile = subject.spec, subject.profile
    for name in sorted((profile.limit_cases.keys() | profile.unchecked.keys()) - spec.limits.keys()):
        yield f"the profile speaks of a limit {name!r} that the spec does not declare"
    for name in sorted(profile.limit_cases.keys() & profile.unchecked.keys()):
        yield f"limit {name!r} has a case and is said to be unchecked"
    for name in spec.limits:
        if name in profile.limit_cases:
            yield from _hold_case(subject, name, profile.limit_cases[name])
        elif name not in profile.unchecked:
            yield Skipped(f"limit {name!r}: ConformanceProfile has no case for it")


def _hold_case(subject: Subject, name: str, case: LimitCase) -> Iterator[str]:
    code = case.code or name
    report = subject.backend.check(case.at, **case.options)
    if not report.ok:
        yield f"limit {name!r}: the network at it does not fit: {report.errors[0]}"
    report = subject.backend.check(case.above, **case.options)
    found = [f for f in report.errors if f.code == code]
    if not found:
        yield (
            f"limit {name!r}: the network above it gets no error {code!r}, but "
            f"{sorted(report.codes()) or 'nothing'}"
        )
        return
    yield from require_words(name, found)
    if not any(f.needed is not None and f.available is not None and f.needed != f.available for f in found):
        yield f"limit {name!r}: the finding does not say what is needed and what is available"
    yield from require_refusal(subject, f"limit {name!r}", case.above, report, **case.options)


def require_words(name: str, found: list[Finding]) -> Iterator[str]:
    """Name every finding without a place, a message, a remedy or a source."""
    for f in found:
        for part in ("place", "message", "remedy", "source"):
            if not getattr(f, part):
                yield f"limit {name!r}: the finding {f.code!r} has no {part}"


def require_refusal(
    subject: Subject, what: str, graph: Graph, report: FitReport, **options: object
) -> Iterator[str]:
    """Say so if `map` takes a network that `check` refuses, or refuses it otherwise than ``report``."""
    try:
        subject.backend.map(graph, **options)
    except DoesNotFit as error:
        if error.report.errors != report.errors:
            yield f"{what}: map raises other errors than check finds"
        return
    yield f"{what}: check refuses the network, but map takes it"


def all_at_once(subject: Subject) -> Iterator[str]:
    """Check does not stop at the first violation."""
    least = subject.shortest
    far = subject.longest + 1
    names = [f"h{i}" for i in range(3)]
    ways = [
        Projection("in", name, [0, 0], [0, 1], [1.0, 1.0], [least, far + i]) for i, name in enumerate(names)
    ]
    graph = Graph(1e-3, {"in": Input(1), **{name: subject.cell(2) for name in names}}, ways)
    report = subject.backend.check(graph)
    if len(report.errors) < len(ways):
        yield (
            f"a network with {len(ways)} projections whose delays do not fit gets {len(report.errors)} errors"
        )
    places = {f.place for f in report.errors}
    if not all(any(name in place for place in places) for name in names):
        yield (
            f"the findings do not name each of the projections to {', '.join(names)}, but "
            f"{', '.join(sorted(places))}"
        )
