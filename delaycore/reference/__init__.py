"""The golden simulator of a Graph: slow and short; it defines the results of everything else."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from delaycore.activity import Activity, Spikes, check_input_spikes, select_recorded
from delaycore.graph import Graph
from delaycore.memory import require_memory_of
from delaycore.reference._neurons import State, StepResult, decay, init_state, step

__all__ = ["State", "StepResult", "decay", "estimate_memory", "init_state", "simulate", "step"]


class Inbox(NamedTuple):
    """The synapses into one population in the order in which their arrivals are added.

    Older spikes come first (the longest delay), then lower source populations, then lower indices; several
    synapses of one neuron with one delay keep their order in the graph.  A spike's age is counted in the time
    of its source, which begins with the source's `start`: so a graph whose populations were moved in time
    adds in the order that it had before.
    """

    source: list[str]
    projection: list[str]
    pre: NDArray[np.int64]
    post: NDArray[np.int64]
    weight: NDArray[np.float64]
    delay: NDArray[np.int64]


def build_inbox(graph: Graph, target: str) -> Inbox:
    """Sort the synapses into population ``target``."""
    rank = {name: i for i, name in enumerate(graph.populations)}
    rows = [
        (
            -int(d) - graph.populations[p.source].start,
            rank[p.source],
            int(i),
            p.source,
            p.name,
            int(j),
            float(w),
            int(d),
        )
        for p in graph.into(target)
        for i, j, w, d in zip(p.pre, p.post, p.weight, p.delay, strict=True)
    ]
    rows.sort(key=lambda row: row[:3])  # stable
    _, _, pre, source, projection, post, weight, delay = zip(*rows, strict=True) if rows else [()] * 8
    whole = np.int64
    return Inbox(
        list(source),
        list(projection),
        np.array(pre, whole),
        np.array(post, whole),
        np.array(weight),
        np.array(delay, whole),
    )


_NUMBER = 8
"""Bytes of a float64 or an int64; a spike is one byte."""

_ROW, _SYNAPSE = 280, 48
"""Bytes of a synapse while those of its population are sorted, and afterwards."""

_NEURON = 24
"""Numbers of a neuron: its state, and what a step makes of it."""

_OBJECTS = 2**16
"""Bytes of what is no array."""


def estimate_memory(
    graph: Graph, samples: int, steps: int, states: bool | Collection[str] = False
) -> dict[str, int]:
    """Estimate the bytes that `simulate` takes at most, by what they hold, the input spikes not among them.

    The bytes in all are at least those that are taken, and at most twice as many in runs that take megabytes.
    """
    sizes = {name: int(p.size) for name, p in graph.populations.items()}
    computed = [name for name in sizes if name not in graph.inputs]
    recorded = select_recorded(graph, states)
    need = {f"spikes of {name!r}": samples * steps * sizes[name] for name in computed}
    need |= {f"potentials of {name!r}": _NUMBER * samples * steps * sizes[name] for name in recorded}
    need["counts by step"] = _NUMBER * samples * steps * (len(computed) + len(graph.projections))
    need["tables of synapses"] = _SYNAPSE * sum(len(p) for p in graph.projections)
    into = {name: sum(len(p) for p in graph.into(name)) for name in computed}
    updating = _NUMBER * _NEURON * sum(sizes[name] for name in computed)
    need["arrays of the work"] = _OBJECTS + max(_ROW * max(into.values(), default=0), updating)
    return need


@np.errstate(over="ignore", invalid="ignore")  # a sum may be infinite, as IEEE 754 has it
def simulate(graph: Graph, spikes: Spikes, states: bool | Collection[str] = False) -> Activity:
    """Run ``graph`` on input ``spikes``, bool [samples, steps, inputs], every sample from potentials of 0.

    ``states`` records the potentials of every population, or of those named, not of the read-out alone.

    Raises `DataError` for spikes and states that make no sense, `OutOfMemory` for a run that would take more
    memory than there is (`estimate_memory`).
    """
    given = check_input_spikes(graph, spikes)
    samples, steps = next(iter(given.values())).shape[:2] if given else (0, 0)
    recorded = select_recorded(graph, states)
    require_memory_of(
        samples,
        steps,
        "simulation",
        lambda some: estimate_memory(graph, some, steps, recorded),
        "simulate fewer steps, or record the potentials of fewer populations",
    )
    arithmetic = graph.arithmetic
    computed = [name for name in graph.populations if name not in given]
    fired = {
        name: given[name] if name in given else np.zeros((samples, steps, p.size), dtype=np.bool_)
        for name, p in graph.populations.items()
    }
    potentials = {name: np.zeros((samples, steps, graph.populations[name].size)) for name in recorded}
    deliveries = {p.name: np.zeros((samples, steps), dtype=np.int64) for p in graph.projections}
    late = {p.name: np.zeros(samples, dtype=np.int64) for p in graph.projections}
    overflow = {name: np.zeros((samples, steps), dtype=np.int64) for name in computed}
    inboxes = {name: build_inbox(graph, name) for name in computed}
    order = [name for name in graph.order if name in computed]

    for n in range(samples):
        state = {name: init_state(graph.populations[name]) for name in computed}
        for t in range(steps):
            for name in order:
                population, box = graph.populations[name], inboxes[name]
                left = decay(population, state[name], arithmetic)
                into_state = arithmetic.arrivals == "state"
                running = left.copy() if into_state else np.zeros(population.size)
                against = np.zeros(
                    population.size
                )  # what negative weights sum to, where signs are summed apart
                for k in range(len(box.post)):
                    sent = t - box.delay[k]
                    if sent < 0 or not fired[box.source[k]][n, sent, box.pre[k]]:
                        continue
                    deliveries[box.projection[k]][n, t] += 1
                    if t < population.start:
                        continue
                    apart = arithmetic.arrivals == "signs" and box.weight[k] < 0
                    sums, weight = (against, -box.weight[k]) if apart else (running, box.weight[k])
                    exact = sums[box.post[k]] + weight
                    overflow[name][n, t] += int(arithmetic.total.overflows(exact))
                    sums[box.post[k]] = arithmetic.total.round(exact)
                if t < population.start:
                    continue
                kept, arrived = (
                    (running, np.zeros(population.size)) if into_state else (left, running - against)
                )
                after = step(population, state[name], kept, arrived, arithmetic)
                state[name] = after.state
                fired[name][n, t] = after.fired
                if name in potentials:
                    potentials[name][n, t] = after.potential
                overflow[name][n, t] += int(after.overflow.sum())
        for p in graph.projections:
            sent = fired[p.source][n]
            late[p.name][n] = sum(
                np.count_nonzero(sent[t, p.pre] & (t + p.delay >= steps)) for t in range(steps)
            )

    return Activity(fired, potentials, deliveries, late, overflow, graph.readout)
