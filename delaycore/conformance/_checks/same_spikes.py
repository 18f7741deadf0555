"""The chip does what the reference does with the quantized graph, in every step."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from delaycore import reference
from delaycore.conformance._checks.differences import differences
from delaycore.conformance._subject import Subject
from delaycore.graph import Projection

__all__ = ["biases", "empty_and_full", "same_spikes"]


def same_spikes(subject: Subject) -> Iterator[str]:
    """Live networks of every declared kind and reset run as the reference runs what `quantize` made of
    them.
    """
    live = 0
    for seed in range(subject.networks):
        case = subject.case(seed)
        live += case.live
        if case.program.graph != case.exact:
            yield f"network {seed}: the program's graph is not the one that quantize gives"
        ran = subject.backend.simulate(case.program, case.spikes, states=True).activity
        yield from differences(ran, case.truth, f"network {seed}")
    if 2 * live < subject.networks:
        yield (
            f"only {live} of {subject.networks} networks fire in 2 to 40 % of neurons and steps after "
            "quantizing, too few to show anything"
        )


def biases(subject: Subject) -> Iterator[str]:
    """A neuron that fires by its bias alone, and one that a bias holds down."""
    if "bias" in subject.spec.unsupported:
        return
    if not hasattr(subject.cell(), "bias"):
        return
    cells = subject.cell(3, bias=np.array([0.2, 0.3, -0.25]))
    least = subject.shortest
    inputs = Projection("in", "h", [0, 0, 0], [0, 1, 2], [0.25, 1.0, 1.0], [least, least, least])
    graph = subject.chain(inputs, hidden=cells)
    spikes = np.zeros((2, 24, 1), dtype=np.bool_)
    spikes[1, ::3] = True
    program = subject.backend.map(graph)
    truth = reference.simulate(program.graph, spikes, states=True)
    if not truth.spikes["h"][0, :, 1].any():
        yield "after quantizing, a bias of 0.3 with a threshold of 0.5 makes no neuron fire"
    yield from differences(
        subject.backend.simulate(program, spikes, states=True).activity, truth, "biased neurons"
    )


def empty_and_full(subject: Subject) -> Iterator[str]:
    """No samples, no steps, silence, and every input in every step."""
    for seed in range(subject.few):
        case = subject.case(seed)
        _, steps, inputs = case.spikes.shape
        for shape in ((0, steps, inputs), (2, 0, inputs)):
            result = subject.backend.simulate(case.program, np.zeros(shape, dtype=np.bool_))
            for name, fired in result.spikes.items():
                if fired.shape[:2] != shape[:2]:
                    yield f"input of shape {shape}: spikes of {name!r} have shape {fired.shape}"
            if result.cost.energy.total.shape != shape[:1]:
                yield (
                    f"input of shape {shape}: energy has shape {result.cost.energy.total.shape}, not one "
                    "number per sample"
                )
        extremes = np.zeros((2, steps, inputs), dtype=np.bool_)
        extremes[1] = True
        truth = reference.simulate(case.exact, extremes, states=True)
        ran = subject.backend.simulate(case.program, extremes, states=True).activity
        yield from differences(ran, truth, f"network {seed}, silent and full input")
