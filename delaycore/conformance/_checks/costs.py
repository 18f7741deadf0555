"""Costs are amounts of something that happened."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from delaycore.conformance._checks.differences import select_samples
from delaycore.conformance._subject import Subject
from delaycore.graph import Graph, Input, Population, Projection
from delaycore.hardware import Cost, Quantity, Result

__all__ = ["costs", "draw_excitatory", "energy_grows"]


def costs(subject: Subject) -> Iterator[str]:
    """No part is negative or undefined, parts add up to the whole, samples cost what they cost alone, and
    what is left out is said.
    """
    for seed in range(subject.few):
        case = subject.case(seed)
        result = subject.backend.simulate(case.program, case.spikes)
        yield from (f"network {seed}: {line}" for line in _find_unsound(result.cost, len(case.spikes)))
        if subject.spec.not_modelled and not result.cost.not_modelled:
            yield f"network {seed}: the spec says what is not modelled, the cost does not"
        for name in ("energy", "latency"):
            alone = [
                getattr(subject.backend.simulate(case.program, case.spikes[n : n + 1]).cost, name)
                for n in range(len(case.spikes))
            ]
            whole: Quantity = getattr(result.cost, name)
            for part, values in whole.parts.items():
                if not np.allclose([float(q.parts[part][0]) for q in alone], values, rtol=1e-9, atol=0):
                    yield (
                        f"network {seed}: part {part!r} of the {name} of a batch is not that of its "
                        "samples one by one"
                    )


def _find_unsound(cost: Cost, samples: int) -> Iterator[str]:
    for name, unit in (("energy", "J"), ("latency", "s")):
        quantity: Quantity = getattr(cost, name)
        if quantity.unit != unit:
            yield f"{name} is in {quantity.unit!r}, not {unit!r}"
        if not quantity.parts:
            yield f"{name} has no parts"
        for part, values in quantity.parts.items():
            if values.shape != (samples,):
                yield f"part {part!r} of {name} has shape {values.shape}, not ({samples},)"
            if not np.isfinite(values).all() or (values < 0).any():
                yield f"part {part!r} of {name} is negative or not a number: {values.min():g}"
        if not np.allclose(quantity.total, np.sum(list(quantity.parts.values()), axis=0), rtol=1e-9):
            yield f"the parts of {name} do not add up to its total"
    for part, bits in cost.memory.items():
        if not (np.isfinite(bits) and bits >= 0):
            yield f"part {part!r} of the memory is {bits}"
    if not cost.memory_total > 0:
        yield "a network that takes no memory"
    for part in sorted(set(cost.delay_memory) - cost.memory.keys()):
        yield f"delay memory {part!r} is no part of the memory"


def draw_excitatory(subject: Subject, rng: np.random.Generator) -> tuple[Graph, NDArray[np.bool_]]:
    """Excitatory neurons in two layers, and samples from silence to every input in every step, each with the
    spikes of the one before.
    """
    least = subject.shortest
    populations: dict[str, Population] = {"in": Input(6), "a": subject.cell(5), "b": subject.cell(4)}

    def joined(source: str, target: str) -> Projection:
        pre, post = (
            i.ravel() for i in np.meshgrid(*(np.arange(populations[n].size) for n in (source, target)))
        )
        return Projection(source, target, pre, post, np.full(len(pre), 0.5), np.full(len(pre), least))

    graph = Graph(1e-3, populations, [joined("in", "a"), joined("a", "b")])
    drawn = rng.random((24, 6))
    return graph, np.stack([drawn < share for share in (0.0, 0.05, 0.2, 0.5, 1.1)])


def _does_more(result: Result, a: int, b: int) -> bool:
    """Whether sample ``b`` has at least the spikes and deliveries of sample ``a`` in every population and
    projection.
    """
    one, other = select_samples(result.activity, [a]), select_samples(result.activity, [b])
    tables = ((one.spikes, other.spikes), (one.deliveries, other.deliveries))
    return all(x[name].sum() <= y[name].sum() for x, y in tables for name in x)


def energy_grows(subject: Subject) -> Iterator[str]:
    """More spikes and deliveries cost more energy, and never less time; a longer silence is not cheaper."""
    graph, spikes = draw_excitatory(subject, np.random.default_rng(0))
    program = subject.backend.map(graph)
    result = subject.backend.simulate(program, spikes)
    energy, latency = result.cost.energy.total, result.cost.latency.total
    sent = [int(sum(s[n].sum() for s in result.spikes.values())) for n in range(len(spikes))]
    if sent[-1] == sent[0]:
        yield "excitatory neurons with every input on make no more spikes than in silence"
    if not energy[-1] > energy[0]:
        yield f"{sent[-1]} spikes take {energy[-1]:g} J, not more than the {energy[0]:g} J of silence"
    for a, b in permutations(range(len(spikes)), 2):
        if not _does_more(result, a, b):
            continue
        for name, amount in (("energy", energy), ("latency", latency)):
            if amount[b] < amount[a] * (1 - 1e-9):
                yield (
                    f"{name} falls with activity: {amount[a]:g} for {sent[a]} spikes, {amount[b]:g} for "
                    f"{sent[b]}"
                )
    longer = subject.backend.simulate(program, np.zeros((1, 2 * spikes.shape[1], 6), dtype=np.bool_)).cost
    for name, total, short in (
        ("energy", longer.energy.total[0], energy[0]),
        ("latency", longer.latency.total[0], latency[0]),
    ):
        if total < short * (1 - 1e-9):
            yield f"{name} of a silence twice as long is smaller: {total:g} after {short:g}"
