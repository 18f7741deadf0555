"""Runs a Graph on many samples: chunks of samples in threads, each stepping through compiled kernels."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaycore import _counting as counting
from delaycore.activity import Activity, Spikes, input_spikes, recorded
from delaycore.engine import _kernels as kernels
from delaycore.engine._inbox import Inbox, inbox, offsets
from delaycore.engine._numbers import packed
from delaycore.errors import DataError
from delaycore.graph import LIF, AdaptiveLIF, Arithmetic, CurrentLIF, Graph, Integrator, Population
from delaycore.reference import _neurons as neurons

__all__ = ["simulate"]

_CHUNK_BYTES = 16 << 20  # event lists of a chunk stay within the cache hierarchy's reach
_CHUNK_SAMPLES = 32

Floats = NDArray[np.float64]


@dataclass
class _Record:
    """The arrays that one population fills in one chunk."""

    trace: Floats
    fired: NDArray[np.bool_]
    over: NDArray[np.int64]


class _Compiled:
    """One population of a kind that the kernels know, stepping through a chunk."""

    def __init__(self, population: Any, arithmetic: Arithmetic, samples: int) -> None:
        self.population, self.arithmetic = population, arithmetic
        shape = (samples, population.size)
        self.u, self.second, self.left, self.zero = (np.zeros(shape) for _ in range(4))
        self.blocked = np.zeros(shape, dtype=np.int64)
        self.decay, self.number, self.current = (
            packed(f) for f in (arithmetic.decay, arithmetic.potential, arithmetic.current)
        )
        self.rules = (
            int(getattr(population, "refractory", 0)),
            getattr(population, "reset", "zero") == "subtract",
            arithmetic.fires == ">",
            arithmetic.additions == "last",
        )

    def rest(self) -> Floats:
        current = isinstance(self.population, CurrentLIF)
        retain, state = (
            (self.population.retain_current, self.second) if current else (self.population.retain, self.u)
        )
        kernels.decayed(retain, state, self.decay, self.left)
        return self.left

    def step(self, t: int, kept: Floats, arrived: Floats, into: _Record) -> None:
        p, out = self.population, (self.u, self.blocked, into.trace, into.fired, into.over)
        match p:
            case LIF():
                kernels.lif(t, kept, arrived, p.bias, p.threshold, self.rules, self.number, out)
            case CurrentLIF():
                formats = self.decay, self.current, self.number
                kernels.current_lif(
                    t, kept, arrived, p.retain, p.bias, p.threshold, self.rules, *formats, self.second, out
                )
            case AdaptiveLIF():
                own = p.retain_trace, p.adaptation, p.bias, p.threshold
                kernels.adaptive_lif(
                    t, kept, arrived, *own, self.rules, self.decay, self.number, self.second, out
                )
            case _:
                kernels.integrator(
                    t, kept, arrived, p.bias, self.rules[3], self.number, self.u, into.trace, into.over
                )


class _Interpreted:
    """One population of any kind, under any arithmetic, by the reference's equations over all samples of a
    chunk at once.
    """

    def __init__(self, population: Population, arithmetic: Arithmetic, samples: int) -> None:
        self.population, self.arithmetic = population, arithmetic
        self.zero = np.zeros((samples, population.size))
        self.state = neurons.initial(population, samples)

    def rest(self) -> Floats:
        return neurons.rest(self.population, self.state, self.arithmetic)

    def step(self, t: int, kept: Floats, arrived: Floats, into: _Record) -> None:
        with np.errstate(over="ignore", invalid="ignore"):  # per thread; as in the reference
            after = neurons.step(self.population, self.state, kept, arrived, self.arithmetic)
        self.state = after.state
        into.fired[:, t], into.trace[:, t] = after.fired, after.potential
        into.over[:, t] += after.overflow.sum(axis=1)


@dataclass(frozen=True)
class _Network:
    """What all chunks share."""

    graph: Graph
    order: tuple[str, ...]
    first: dict[str, int]
    rank: dict[str, int]
    inboxes: dict[str, Inbox] = field(default_factory=dict)
    against: dict[str, Inbox] = field(default_factory=dict)
    """The negative weights alone, where the arithmetic sums them apart."""
    whole: frozenset[str] = frozenset()
    """Populations into which all weights, and so all sums from zero, are multiples of the step of a fixed
    total.
    """


def simulate(
    graph: Graph, spikes: Spikes, states: bool | Collection[str] = False, threads: int | None = None
) -> Activity:
    """Run ``graph`` on input ``spikes``, bool [samples, steps, inputs]; the same as
    `delaycore.reference.simulate`, fast.

    states:  record the potentials of every population, or of those named, not of the read-out alone.
    threads: as many as there are processors unless given; they do not change the result.
    """
    given = input_spikes(graph, spikes)
    samples, steps = next(iter(given.values())).shape[:2] if given else (0, 0)
    order = tuple(name for name in graph.order if name not in given)
    apart = graph.arithmetic.arrivals == "signs"
    inboxes = {name: inbox(graph, name, False if apart else None) for name in order}
    against = {name: inbox(graph, name, True) for name in order} if apart else {}
    whole = frozenset(name for name in order if _whole(graph, name))
    network = _Network(
        graph, order, offsets(graph), {n: i for i, n in enumerate(graph.populations)}, inboxes, against, whole
    )
    if threads is not None and (not isinstance(threads, int) or threads < 1):
        raise DataError.at(
            "threads", f"must be at least 1, not {threads!r}", "leave it out for one per processor"
        )
    wanted = recorded(graph, states)
    fired = {
        name: np.zeros((samples, steps, p.size), dtype=np.bool_) for name, p in graph.populations.items()
    } | given
    potentials = {
        name: np.zeros((samples, steps, graph.populations[name].size)) for name in order if name in wanted
    }
    overflow = {name: np.zeros((samples, steps), dtype=np.int64) for name in order}

    neuron_total = sum(p.size for p in graph.populations.values())
    chunk = max(1, min(_CHUNK_SAMPLES, _CHUNK_BYTES // max(1, 4 * steps * neuron_total)))

    def run(start: int) -> None:
        part = slice(start, min(start + chunk, samples))
        _run_chunk(network, part, steps, fired, potentials, overflow)

    _in_threads(run, range(0, samples, chunk), threads or os.cpu_count() or 1)
    counts = {p.name: counting.deliveries(p, fired[p.source]) for p in graph.projections}
    late = {p.name: counting.late(p, fired[p.source], counts[p.name]) for p in graph.projections}
    return Activity(fired, potentials, counts, late, overflow, graph.readout)


def _whole(graph: Graph, name: str) -> bool:
    number = graph.arithmetic.total
    if (
        number.family != "fixed"
        or graph.arithmetic.arrivals == "state"
        or abs(max(number.minimum, number.maximum, key=abs)) > 2**53 * number.step
    ):
        return False
    return all(bool((np.fmod(p.weight, number.step) == 0).all()) for p in graph.into(name))


def _in_threads(run: Callable[[int], None], starts: range, threads: int) -> None:
    if threads == 1 or len(starts) <= 1:
        for start in starts:
            run(start)
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(run, starts))


def _run_chunk(
    network: _Network,
    part: slice,
    steps: int,
    fired: dict[str, NDArray[np.bool_]],
    potentials: dict[str, Floats],
    overflow: dict[str, NDArray[np.int64]],
) -> None:
    graph, arithmetic = network.graph, network.graph.arithmetic
    samples = part.stop - part.start
    events = np.zeros((samples, steps, sum(p.size for p in graph.populations.values())), dtype=np.int32)
    counts = np.zeros((samples, steps, len(graph.populations)), dtype=np.int64)
    compiled = type(arithmetic) is Arithmetic
    total = packed(arithmetic.total)

    records, units = {}, {}
    for name in network.order:
        population = graph.populations[name]
        trace = potentials[name][part] if name in potentials else np.zeros((samples, steps, population.size))
        records[name] = _Record(trace, fired[name][part], overflow[name][part])
        known = compiled and type(population) in (LIF, CurrentLIF, AdaptiveLIF, Integrator)
        units[name] = (_Compiled if known else _Interpreted)(population, arithmetic, samples)

    for t in range(steps):
        for name in graph.inputs:
            kernels.note_spikes(fired[name][part], t, network.first[name], network.rank[name], events, counts)
        for name in network.order:
            unit, record, population = units[name], records[name], graph.populations[name]
            if t >= population.start:
                left = unit.rest()
                running = (
                    left.copy() if arithmetic.arrivals == "state" else np.zeros((samples, population.size))
                )
                kernels.arrive(
                    running,
                    t,
                    events,
                    counts,
                    *network.inboxes[name],
                    total,
                    name in network.whole,
                    record.over,
                )
                if name in network.against:
                    inhibition = np.zeros((samples, population.size))
                    kernels.arrive(
                        inhibition,
                        t,
                        events,
                        counts,
                        *network.against[name],
                        total,
                        name in network.whole,
                        record.over,
                    )
                    running -= inhibition
                kept, arrived = (running, unit.zero) if arithmetic.arrivals == "state" else (left, running)
                unit.step(t, kept, arrived, record)
            if population.spikes:
                kernels.note_spikes(record.fired, t, network.first[name], network.rank[name], events, counts)
