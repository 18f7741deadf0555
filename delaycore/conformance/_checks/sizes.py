"""Every chip ends somewhere."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from delaycore.conformance._subject import Subject
from delaycore.graph import Graph, Projection

__all__ = ["LARGEST", "sizes"]

LARGEST = 10_000_000
"""Neurons that no single chip or board holds."""

_NEURONS = ("neuron", "neurons", "compartment", "compartments")


def sizes(subject: Subject) -> Iterator[str]:
    """A network of ten million neurons is refused, by a limit of the spec.

    A chip whose cores run out in a limit case, and whose spec says how many neurons a core holds, is known to
    end, and need not place so many.
    """
    limits = subject.spec.limits
    counted = any(limit.unit in _NEURONS for limit in limits.values())
    if not subject.kinds or (counted and "chip.cores" in subject.profile.limit_cases):
        return
    codes = {*limits, *(case.code for case in subject.profile.limit_cases.values())}
    size = 1_000
    while size <= LARGEST:
        report = subject.backend.check(_build(subject, size))
        if not report.ok:
            if not report.codes() & codes:
                yield f"{size:,} neurons are refused, but by no limit of the spec: {report.errors[0]}"
            return
        size *= 10
    yield (
        f"check passes {LARGEST:,} neurons with a synapse each: a limit is missing; declare how many neurons "
        "a core holds, or how many bits they take, and how many cores there are, and report what is above"
    )


def _build(subject: Subject, size: int) -> Graph:
    """``size`` neurons with a synapse each, from a hundred inputs."""
    inputs, least = 100, subject.shortest
    pre, post = np.arange(size) % inputs, np.arange(size)
    way = Projection("in", "h", pre, post, np.ones(size), np.full(size, least))
    return subject.chain(way, inputs=inputs, hidden=subject.cell(size), readout=False)
