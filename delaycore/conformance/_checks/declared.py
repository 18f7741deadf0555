"""What the spec declares is taken: the ground on which the other checks stand."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from delaycore.conformance._subject import Subject
from delaycore.hardware import FitReport

__all__ = ["declared"]


def declared(subject: Subject) -> Iterator[str]:
    """Small networks of each declared kind and reset pass check, and are quantized, mapped and run."""
    if not subject.kinds:
        yield (
            "the spec has no population that fires and that the suite can draw; give "
            "ConformanceProfile.populations"
        )
        return
    refused: set[str] = set()
    for kind, reset in product(subject.kinds, subject.resets):
        drawn = subject.network(0, kinds=[kind], resets=[reset])
        wrong = sorted({p.kind for p in drawn.graph.populations.values()} - subject.spec.populations)
        if wrong:
            yield (
                f"ConformanceProfile.populations[{kind!r}] draws {', '.join(wrong)}, which the spec does not "
                "declare"
            )
            return
        report = subject.backend.check(drawn.graph)
        if not isinstance(report, FitReport):
            yield f"check gives {type(report).__name__}, not delaycore.hardware.FitReport"
            return
        new = [f for f in report.errors if f.code not in refused]
        if new:
            source = (
                f", drawn by ConformanceProfile.populations[{kind!r}],"
                if kind in subject.profile.populations
                else ""
            )
            yield (
                f"kind {kind!r} with reset {reset!r}{source} is within what the spec declares, but check "
                f"refuses it: {new[0]}"
            )
        refused |= {f.code for f in new}
        if report.ok:
            program = subject.backend.map(drawn.graph)
            subject.backend.simulate(program, drawn.spikes)
