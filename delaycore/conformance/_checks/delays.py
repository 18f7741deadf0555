"""Delays of every length, several synapses between two neurons, and loops."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from delaycore import reference
from delaycore.conformance._checks.differences import differences
from delaycore.conformance._subject import Subject
from delaycore.graph import Graph, Input, Projection
from delaycore.hardware import DoesNotFit

__all__ = ["delays", "largest_delay", "loops", "several_synapses"]

SENT = 3
"""The step in which the one input spike is sent."""


def _make_one_spike(steps: int) -> NDArray[np.bool_]:
    spikes = np.zeros((1, steps, 1), dtype=np.bool_)
    spikes[0, SENT] = True
    return spikes


def _join_with_delays(subject: Subject, *delay: int, weight: float = 1.0) -> Graph:
    zeros = np.zeros(len(delay), dtype=int)
    return subject.chain(Projection("in", "h", zeros, zeros, np.full(len(delay), weight), list(delay)))


def delays(subject: Subject) -> Iterator[str]:
    """A spike over a delay of 0, 1, the largest and one in between acts exactly so many steps later."""
    for delay in sorted(
        {0, 1, subject.longest // 2, subject.longest}
        - ({0} if "zero_delay" in subject.spec.unsupported else set())
    ):
        if delay > subject.longest:
            continue
        program = subject.backend.map(_join_with_delays(subject, delay))
        fired = subject.backend.simulate(program, _make_one_spike(SENT + delay + 4)).spikes["h"]
        steps = np.flatnonzero(fired[0, :, 0])
        truth = reference.simulate(program.graph, _make_one_spike(SENT + delay + 4))
        expected = np.flatnonzero(truth.spikes["h"][0, :, 0])
        if SENT + delay not in expected:
            yield (
                f"delay {delay}: after quantizing, a weight of 1 no longer crosses a threshold of 0.5 in "
                f"step {SENT + delay}"
            )
        if not np.array_equal(steps, expected):
            yield (
                f"delay {delay}: a spike of step {SENT} makes its target fire in steps {steps.tolist()}, "
                f"not {expected.tolist()}"
            )


def largest_delay(subject: Subject) -> Iterator[str]:
    """The declared range of delays fits beside the shortest one; a step more is a finding, and map refuses
    it.
    """
    least, longest = subject.shortest, subject.longest
    if longest > least:
        report = subject.backend.check(
            _join_with_delays(subject, least, longest)
            if not subject.spec.unsupported & {"several_synapses", "synaptic_delays"}
            else _join_near_and_far(subject, longest)
        )
        if not report.ok:
            yield (
                f"delays of {least} and {longest} steps, which the spec declares, do not fit: "
                f"{report.errors[0]}"
            )
    above = _join_near_and_far(subject, longest + 1)
    report = subject.backend.check(above)
    if report.ok:
        yield (
            f"a delay of {longest + 1} steps beside one of {least} passes check, but the spec declares "
            f"no more than {longest}"
        )
        return
    if not any(
        f.needed is not None and f.available is not None and f.needed > f.available for f in report.errors
    ):
        yield (
            f"the finding about a delay of {longest + 1} steps does not say what is needed and "
            f"available: {report.errors[0]}"
        )
    try:
        subject.backend.map(above)
    except DoesNotFit:
        return
    yield f"map takes a delay of {longest + 1} steps, which check refuses"


def _join_near_and_far(subject: Subject, longest: int) -> Graph:
    """Two inputs with a target each, one near and one far, so that no offset in time makes both fit."""
    least = subject.shortest
    ways = Projection("in", "h", [0, 1], [0, 1], [1.0, 1.0], [least, longest])
    return subject.chain(ways, inputs=2, hidden=subject.cell(2))


def several_synapses(subject: Subject) -> Iterator[str]:
    """Two neurons with several synapses: of different delays, where there are such, and of the same."""
    if "several_synapses" in subject.spec.unsupported:
        return
    least, longest = subject.shortest, subject.longest
    mixed = ((least, longest), (least, least, longest))
    same = ((least, least), (longest, longest, longest))
    for chosen in (*(() if "synaptic_delays" in subject.spec.unsupported else mixed), *same):
        program = subject.backend.map(_join_with_delays(subject, *chosen, weight=0.35))
        spikes = _make_one_spike(SENT + longest + 4)
        truth = reference.simulate(program.graph, spikes, states=True)
        came = sum(int(d.sum()) for name, d in truth.deliveries.items() if name.startswith("in"))
        if came != len(chosen):
            yield f"synapses of delays {chosen}: after quantizing, one spike makes {came} deliveries"
        yield from differences(
            subject.backend.simulate(program, spikes, states=True).activity,
            truth,
            f"synapses of delays {chosen}",
        )


def _join_ring(subject: Subject, *delay: int) -> Graph:
    """Neurons in a ring with such delays, the first of them driven by the input."""
    names = [f"h{i}" for i in range(len(delay))]
    least = subject.shortest
    ring = [
        Projection(a, b, [0], [0], [1.0], [d])
        for a, b, d in zip(names, (*names[1:], names[0]), delay, strict=True)
    ]
    driven = Projection("in", "h0", [0], [0], [1.0], [least])
    return Graph(1e-3, {"in": Input(1), **{name: subject.cell() for name in names}}, [driven, *ring])


def loops(subject: Subject) -> Iterator[str]:
    """A neuron that excites itself and a ring of two go on for ever; a loop of fewer steps than its hops is a
    finding.
    """
    if "loops" in subject.spec.unsupported:
        return
    hop = subject.spec.hop_delay
    least = max(1, subject.shortest)
    for ring in ((least,), (least, least), (least, subject.longest)):
        program = subject.backend.map(_join_ring(subject, *ring))
        spikes = _make_one_spike(SENT + 3 * sum(ring) + 4)
        truth = reference.simulate(program.graph, spikes, states=True)
        if truth.spikes["h0"].sum() < 2:
            yield f"a loop of delays {ring}: after quantizing, it dies out"
        yield from differences(
            subject.backend.simulate(program, spikes, states=True).activity, truth, f"a loop of delays {ring}"
        )
    if (
        hop
        and "zero_delay" not in subject.spec.unsupported
        and subject.backend.check(_join_ring(subject, 2 * hop - 1, 0)).ok
    ):
        yield f"a loop of two projections and {2 * hop - 1} steps passes check, though each hop takes {hop}"
