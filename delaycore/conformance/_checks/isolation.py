"""Nothing leaks: not between samples, not between runs, not into the caller's values; and where neurons lie
does not matter.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import numpy as np

from delaycore.conformance._checks.differences import differences, select_samples
from delaycore.conformance._subject import Case, Subject
from delaycore.errors import SettingsError
from delaycore.graph import Graph
from delaycore.hardware import DoesNotFit, Program

__all__ = ["determinism", "placement", "samples", "untouched"]


def samples(subject: Subject) -> Iterator[str]:
    """Every sample begins at rest: alone, in a batch, after any other and in any order it does the same."""
    simulate = subject.backend.simulate
    for seed in range(subject.few):
        case = subject.case(seed)
        first, second = case.spikes[0], case.spikes[-1]
        batch = np.stack([first, np.ones_like(first), np.zeros_like(first), second, first])
        together = simulate(case.program, batch, states=True)
        if any(not np.array_equal(s[0], s[4]) for s in together.spikes.values()):
            yield (
                f"network {seed}: the same sample at the start and at the end of a batch fires "
                "differently: state is kept between samples"
            )
        for n in range(len(batch)):
            alone = simulate(case.program, batch[n : n + 1], states=True)
            yield from differences(
                alone.activity,
                select_samples(together.activity, [n]),
                f"network {seed}, sample {n} alone and in a batch",
            )
            if not np.allclose(alone.cost.energy.total[0], together.cost.energy.total[n], rtol=1e-9):
                yield f"network {seed}: the energy of sample {n} depends on the samples beside it"
        order = [3, 0, 4, 2, 1]
        moved = simulate(case.program, batch[order], states=True)
        yield from differences(
            moved.activity,
            select_samples(together.activity, order),
            f"network {seed}, samples in another order",
        )


def placement(subject: Subject) -> Iterator[str]:
    """Wherever neurons lie, they fire as they did."""
    tried, placements = 0, []
    for i, options in enumerate(subject.profile.placements):
        try:
            subject.backend.parse(options)
        except SettingsError as error:
            yield f"ConformanceProfile.placements[{i}]: {error}"
        else:
            placements.append(options)
    for seed in range(subject.few):
        case = subject.case(seed)
        for options in placements:
            try:
                program = subject.backend.map(case.graph, **options)
            except (SettingsError, DoesNotFit):
                continue
            if program.graph != case.exact:
                yield f"network {seed} with {dict(options)}: the program's graph depends on the placement"
            tried += program.placement.slices != case.program.placement.slices
            ran = subject.backend.simulate(program, case.spikes, states=True).activity
            yield from differences(ran, case.truth, f"network {seed} placed with {dict(options)}")
    if placements and not tried:
        yield (
            "none of ConformanceProfile.placements moves a single neuron; give options of map that do, "
            "or none for a chip of one core"
        )


def _record_run(subject: Subject, case: Case, program: Program) -> list[Any]:
    result = subject.backend.simulate(program, case.spikes, states=True)
    return [
        *result.spikes.values(),
        *result.states.values(),
        result.cost.energy.total,
        result.cost.latency.total,
    ]


def _are_equal(a: list[Any], b: list[Any]) -> bool:
    return len(a) == len(b) and all(
        np.array_equal(x, y, equal_nan=x.dtype.kind == "f") for x, y in zip(a, b, strict=True)
    )


def determinism(subject: Subject) -> Iterator[str]:
    """The same call twice gives the same, whatever was called in between."""
    a, b = subject.case(0), subject.case(1)
    first = _record_run(subject, a, a.program)
    _record_run(subject, b, b.program)
    again = subject.backend.map(a.graph)
    if not _are_equal(first, _record_run(subject, a, a.program)):
        yield (
            "the same program on the same spikes does something else after another program ran: state is "
            "shared between programs"
        )
    if again.image.keys() != a.program.image.keys() or not _are_equal(
        list(again.image.values()), list(a.program.image.values())
    ):
        yield "mapping the same graph twice gives two images"
    if (
        again.placement != a.program.placement
        or again.losses != a.program.losses
        or again.report != a.program.report
    ):
        yield "mapping the same graph twice gives another placement, other losses or another report"
    if subject.backend.check(a.graph) != subject.backend.check(a.graph):
        yield "checking the same graph twice gives two reports"


def _list_arrays(graph: Graph) -> list[Any]:
    columns = [getattr(p, c) for p in graph.projections for c in ("pre", "post", "weight", "delay")]
    return columns + [getattr(p, q) for p in graph.populations.values() for q in p.parameters()]


def untouched(subject: Subject) -> Iterator[str]:
    """What the caller hands over is as it was afterwards, and what comes back does not change with it."""
    for seed in range(subject.few):
        drawn = subject.network(seed)
        before, spikes = deepcopy(_list_arrays(drawn.graph)), drawn.spikes.copy()
        subject.backend.check(drawn.graph)
        subject.backend.quantize(drawn.graph)
        program = subject.backend.map(drawn.graph)
        image = {name: values.copy() for name, values in program.image.items()}
        result = subject.backend.simulate(program, spikes, states=True)
        if not _are_equal(before, _list_arrays(drawn.graph)):
            yield f"network {seed}: the caller's graph was changed"
        if not np.array_equal(spikes, drawn.spikes):
            yield f"network {seed}: the caller's spikes were changed"
        if any(not np.array_equal(values, program.image[name]) for name, values in image.items()):
            yield f"network {seed}: simulating changed the program's image"
        kept = {name: fired.copy() for name, fired in result.spikes.items()}
        inputs = set(program.graph.inputs)
        spikes[:] = ~spikes
        subject.backend.simulate(program, spikes)
        if any(
            not np.array_equal(fired, kept[name])
            for name, fired in result.spikes.items()
            if name not in inputs
        ):
            yield f"network {seed}: a result changed when something else was simulated"
