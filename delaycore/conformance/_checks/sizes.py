"""Every chip ends somewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from delaycore.conformance._subject import Subject
from delaycore.graph import Graph, Projection

__all__ = ["LARGEST", "sizes"]

LARGEST = 10_000_000
"""Neurons that no single chip or board holds, and synapses that none has for one neuron."""

_NEURONS = ("neuron", "neurons", "compartment", "compartments")
_SYNAPSES = ("synapse", "synapses", "axon", "axons", "bit", "bits", "byte", "bytes", "word", "words")


def sizes(subject: Subject) -> Iterator[str]:
    """Ten million neurons, and as many synapses onto one neuron, are refused, by limits of the spec.

    A chip is known to end, and need not place so many neurons, where its cores run out in a limit case and
    its spec says how many neurons a core holds; so it is with synapses where a limit case counts them or
    their memory.
    """
    limits, cases = subject.spec.limits, subject.profile.limit_cases
    if not subject.kinds:
        return
    if "chip.cores" not in cases or not any(limit.unit in _NEURONS for limit in limits.values()):
        yield from _grow(
            subject,
            "neurons with a synapse each",
            _draw_many_neurons,
            "declare how many neurons a core holds, or how many bits they take, and how many cores there are",
        )
    if not any({*limits[name].unit.split()} & {*_SYNAPSES} for name in cases.keys() & limits.keys()):
        yield from _grow(
            subject,
            "synapses onto one neuron",
            _draw_many_synapses,
            "declare how many synapses or axons a core holds, or how many bits they take",
        )


def _grow(subject: Subject, what: str, draw: Callable[[Subject, int], Graph], remedy: str) -> Iterator[str]:
    """Ask `check` for networks ten times as large as the one before, until one is refused."""
    codes = {*subject.spec.limits, *(case.code for case in subject.profile.limit_cases.values())}
    size = 1_000
    while size <= LARGEST:
        report = subject.backend.check(draw(subject, size))
        if not report.ok:
            if not report.codes() & codes:
                yield f"{size:,} {what} are refused, but by no limit of the spec: {report.errors[0]}"
            return
        size *= 10
    yield f"check passes {LARGEST:,} {what}: a limit is missing; {remedy}, and report what is above"


def _draw_many_neurons(subject: Subject, size: int) -> Graph:
    inputs, least = 100, subject.shortest
    pre, post = np.arange(size) % inputs, np.arange(size)
    way = Projection("in", "h", pre, post, np.ones(size), np.full(size, least))
    return subject.chain(way, inputs=inputs, hidden=subject.cell(size), readout=False)


def _draw_many_synapses(subject: Subject, size: int) -> Graph:
    inputs = size if "several_synapses" in subject.spec.unsupported else 100
    pre, post = np.arange(size) % inputs, np.zeros(size, dtype=int)
    way = Projection("in", "h", pre, post, np.ones(size), np.full(size, subject.shortest))
    return subject.chain(way, inputs=inputs, readout=False)
