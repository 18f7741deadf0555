"""Numbers that 8 or 16 bits do not hold: of inputs, neurons, synapses and populations."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from delaycore import reference
from delaycore.conformance._checks.differences import differences
from delaycore.conformance._subject import Subject
from delaycore.graph import Graph, Input, Projection
from delaycore.hardware import DoesNotFit

__all__ = ["numbering"]

WIDE, MANY = 2**16 + 464, 2**8 + 2
"""More than 16 bits and than 8 bits number."""


def numbering(subject: Subject) -> Iterator[str]:
    """More than 65,536 inputs, neurons or synapses, and more than 256 populations, are right or refused."""
    for what, graph in _large_networks(subject):
        try:
            program = subject.backend.map(graph)
        except DoesNotFit:
            continue  # refused aloud
        spikes = np.zeros((1, 5 + subject.shortest, graph.populations["in"].size), dtype=np.bool_)
        spikes[0, 1, -1] = True
        truth = reference.simulate(program.graph, spikes)
        if not any(truth.spikes[name].any() for name in graph.populations if name != "in"):
            yield f"{what}: after quantizing, a weight of 1 no longer crosses a threshold of 0.5"
        yield from differences(subject.backend.simulate(program, spikes).activity, truth, what)


def _large_networks(subject: Subject) -> Iterator[tuple[str, Graph]]:
    """Networks in which the last input makes the last neuron fire."""
    delay = subject.shortest
    two, far = [0, 1], [WIDE - 2**16 - 1, WIDE - 1]  # neurons that 16 bits do not tell apart
    delays, ones = np.full(2, delay), np.ones(2)
    into = Projection("in", "h", far, two, ones, delays)
    yield f"{WIDE:,} inputs", subject.chain(into, inputs=WIDE, hidden=subject.cell(2))
    onto = Projection("in", "h", two, far, ones, delays)
    wide = subject.chain(onto, inputs=2, hidden=subject.cell(WIDE), readout=False)
    yield f"{WIDE:,} neurons", wide
    pre, post = np.divmod(np.arange(MANY**2), MANY)
    weight, same = np.where(pre == post, 1.0, -1.0), np.full(MANY**2, delay)
    dense = Projection("in", "h", pre, post, weight, same)
    hidden = subject.cell(MANY)
    yield (
        f"{MANY**2:,} synapses in one projection",
        subject.chain(dense, inputs=MANY, hidden=hidden, readout=False),
    )
    cells = {f"h{i}": subject.cell() for i in range(MANY)}
    ways = [Projection("in", name, [i], [0], [1.0], [delay]) for i, name in enumerate(cells)]
    yield f"{MANY} populations", Graph(1e-3, {"in": Input(MANY), **cells}, ways)
