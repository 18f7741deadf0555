"""The spec says what the chip is, with sources."""

from __future__ import annotations

from collections.abc import Iterator

from delaycore.backend import API_VERSION
from delaycore.conformance._checks.untried import Skipped
from delaycore.conformance._subject import Subject
from delaycore.graph import kinds
from delaycore.hardware import HardwareSpec
from delaycore.registry import states_version

__all__ = ["spec"]


def spec(subject: Subject) -> Iterator[str]:
    """Known kinds and resets, finite numbers, sources that are not empty words, and something that is not
    modelled.
    """
    made = subject.spec
    if made != subject.backend.spec:
        yield "asking for the spec twice gives two specs"
    if not states_version(subject.backend):
        yield (
            "the class does not state the API version it was written for; set api_version = "
            f"{API_VERSION} in it"
        )
    for kind in sorted(made.populations - kinds().keys()):
        yield f"population kind {kind!r} is not known to delaycore"
    for kind in sorted(made.populations - {"input", "integrator"} - set(subject.kinds)):
        yield Skipped(f"population kind {kind!r}: the profile does not say how to draw it")
    for reset in sorted(made.resets - {"zero", "subtract"}):
        yield f"reset {reset!r} is not known to delaycore"
    for option in subject.backend.options.describe():
        if not option.meaning:
            yield f"option {option.name!r} has no description: write Field(..., description=...)"
    yield from _find_other_range(made)
    if made.hop_delay < 0 or made.max_delay < 0:
        yield f"hop_delay {made.hop_delay} or max_delay {made.max_delay} is negative"
    for table in ("limits", "costs"):
        if not getattr(made, table):
            yield f"the spec has no {table}"
        for name, constant in getattr(made, table).items():
            if constant.value != constant.value or not constant.unit:
                yield f"{table}[{name!r}] is not a number with a unit"
            if not any(c.isalpha() for c in constant.source) or constant.source.strip().lower() in (
                "todo",
                "tbd",
                "unknown",
                "source",
            ):
                yield f"{table}[{name!r}] has no source: {constant.source!r}"
    if not made.not_modelled:
        yield "the spec names nothing that is not modelled; no simulator models everything"


def _find_other_range(made: HardwareSpec) -> Iterator[str]:
    """The contradiction of a limit ``delay.range`` and the spec's `max_delay`, a hop more or not."""
    declared, most, hop = made.delay_range.value, made.max_delay, made.hop_delay
    if declared not in (most, most + hop):
        allowed = f"{most}" if not hop else f"{most} (delay fields) or {most + hop} (steps, with the hop)"
        yield f"limits['delay.range'] is {declared:g}, but max_delay is {most}: the limit has to be {allowed}"
