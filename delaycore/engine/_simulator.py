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
from delaycore import reference
from delaycore.activity import Activity, Spikes, input_spikes, select_recorded
from delaycore.engine import _kernels as kernels
from delaycore.engine._inbox import Inbox, build_inbox, number_neurons
from delaycore.engine._numbers import pack_format
from delaycore.errors import DataError
from delaycore.graph import LIF, AdaptiveLIF, Arithmetic, CurrentLIF, Graph, Integrator, Population

__all__ = ["simulate"]

_CHUNK_BYTES = 16 << 20  # event lists of a chunk stay within the cache hierarchy's reach
_CHUNK_SAMPLES = 32

Floats = NDArray[np.float64]


@dataclass
class _Record:
    """The arrays that one population fills in one chunk."""

    trace: Floats
    fired: NDArray[np.bool_]
    overflow: NDArray[np.int64]


class _Compiled:
    """One population of a kind that the kernels know, stepping through a chunk."""

    def __init__(self, population: Any, arithmetic: Arithmetic, record: _Record) -> None:
        self.population = population
        shape = (len(record.trace), population.size)
        self.potential, self.second, self.left, self.zero = (np.zeros(shape) for _ in range(4))
        self.decay, self.current, self.number = (
            tuple(pack_format(f)) for f in (arithmetic.decay, arithmetic.current, arithmetic.potential)
        )
        self.blocked = np.zeros(shape, dtype=np.int64)
        self.record = record
        self.rules = tuple(
            kernels.Rules(
                refractory=int(getattr(population, "refractory", 0)),
                subtracts=getattr(population, "reset", "zero") == "subtract",
                strict=arithmetic.fires == ">",
                last=arithmetic.additions == "last",
            )
        )

    def decay_state(self) -> Floats:
        current = isinstance(self.population, CurrentLIF)
        retain = self.population.retain_current if current else self.population.retain
        kernels.decay(retain, self.second if current else self.potential, self.decay, self.left)
        return self.left

    def step(self, t: int, kept: Floats, arrived: Floats) -> None:
        p, rules, number, record = self.population, self.rules, self.number, self.record
        out = (self.potential, self.blocked, record.trace, record.fired, record.overflow)
        if isinstance(p, Integrator):
            kernels.integrator(t, kept, arrived, p.bias, rules, number, out)
            return
        membrane = (p.retain, p.bias, p.threshold)
        match p:
            case LIF():
                kernels.lif(t, kept, arrived, membrane, rules, number, out)
            case CurrentLIF():
                formats = (self.decay, self.current, number)
                kernels.current_lif(t, kept, arrived, membrane, self.second, rules, formats, out)
            case AdaptiveLIF():
                own = (p.retain_trace, p.adaptation)
                pair = (self.decay, number)
                kernels.adaptive_lif(t, kept, arrived, membrane, own, self.second, rules, pair, out)


class _Interpreted:
    """One population of any kind, under any arithmetic, by the reference's equations over all samples of a
    chunk at once.
    """

    def __init__(self, population: Population, arithmetic: Arithmetic, record: _Record) -> None:
        self.population, self.arithmetic, self.record = population, arithmetic, record
        samples = len(record.trace)
        self.zero = np.zeros((samples, population.size))
        self.state = reference.initial(population, samples)

    def decay_state(self) -> Floats:
        return reference.rest(self.population, self.state, self.arithmetic)

    def step(self, t: int, kept: Floats, arrived: Floats) -> None:
        with np.errstate(over="ignore", invalid="ignore"):  # per thread; as in the reference
            after = reference.step(self.population, self.state, kept, arrived, self.arithmetic)
        self.state = after.state
        self.record.fired[:, t], self.record.trace[:, t] = after.fired, after.potential
        self.record.overflow[:, t] += after.overflow.sum(axis=1)


@dataclass(frozen=True)
class _Network:
    """What all chunks share."""

    graph: Graph
    order: tuple[str, ...]
    first: dict[str, int]
    rank: dict[str, int]
    inboxes: dict[str, Inbox] = field(default_factory=dict)
    inhibition: dict[str, Inbox] = field(default_factory=dict)
    """The negative weights alone, where the arithmetic sums them apart."""
    on_grid: frozenset[str] = frozenset()
    """Populations into which all weights, and so all sums from zero, are multiples of the step of a fixed
    total.
    """


class _Arrivals:
    """What adds the arrivals of a step into one population, for a chunk."""

    def __init__(
        self,
        network: _Network,
        name: str,
        lists: tuple[NDArray[np.int32], NDArray[np.int64]],
        overflow: NDArray[np.int64],
    ) -> None:
        self.lists, self.overflow = lists, overflow
        self.inbox = tuple(network.inboxes[name])
        self.inhibition = tuple(network.inhibition[name]) if name in network.inhibition else None
        self.total = tuple(pack_format(network.graph.arithmetic.total))
        self.on_grid = name in network.on_grid

    def add(self, t: int, running: Floats) -> Floats:
        """Add the arrivals of step t to ``running`` [samples, neurons], which is returned."""
        rest = (self.total, self.on_grid, self.overflow)
        kernels.arrive(running, t, self.lists, self.inbox, *rest)
        if self.inhibition is not None:
            inhibition = np.zeros_like(running)
            kernels.arrive(inhibition, t, self.lists, self.inhibition, *rest)
            running -= inhibition
        return running


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
    inboxes = {name: build_inbox(graph, name, False if apart else None) for name in order}
    inhibition = {name: build_inbox(graph, name, True) for name in order} if apart else {}
    on_grid = frozenset(name for name in order if _is_on_grid(graph, name))
    network = _Network(
        graph,
        order,
        number_neurons(graph),
        {n: i for i, n in enumerate(graph.populations)},
        inboxes,
        inhibition,
        on_grid,
    )
    if threads is not None and (not isinstance(threads, int) or threads < 1):
        raise DataError.at(
            "threads", f"must be at least 1, not {threads!r}", "leave it out for one per processor"
        )
    wanted = select_recorded(graph, states)
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
    counts = {p.name: counting.count_deliveries(p, fired[p.source]) for p in graph.projections}
    late = {p.name: counting.count_late(p, fired[p.source], counts[p.name]) for p in graph.projections}
    return Activity(fired, potentials, counts, late, overflow, graph.readout)


def _is_on_grid(graph: Graph, name: str) -> bool:
    number = graph.arithmetic.total
    if (
        number.family != "fixed"
        or graph.arithmetic.arrivals == "state"
        or abs(max(number.minimum, number.maximum, key=abs)) > 2**53 * _find_lowest_bit(number.step)
    ):
        return False
    return all(bool((np.fmod(p.weight, number.step) == 0).all()) for p in graph.into(name))


def _find_lowest_bit(x: float) -> float:
    """Return the largest power of two that ``x`` is a multiple of.

    Multiples of ``x`` up to 2^53 times this add up without rounding: of 0.1, which has 53 significant bits,
    only those up to 0.25.
    """
    numerator, denominator = x.as_integer_ratio()
    return (numerator & -numerator) / denominator


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
    total_size = sum(p.size for p in graph.populations.values())
    lists = (
        np.zeros((samples, steps, total_size), dtype=np.int32),
        np.zeros((samples, steps, len(graph.populations)), dtype=np.int64),
    )
    compiled = type(arithmetic) is Arithmetic
    into_state = arithmetic.arrivals == "state"

    units: dict[str, _Compiled | _Interpreted] = {}
    adders = {}
    for name in network.order:
        population = graph.populations[name]
        trace = potentials[name][part] if name in potentials else np.zeros((samples, steps, population.size))
        record = _Record(trace, fired[name][part], overflow[name][part])
        known = compiled and type(population) in (LIF, CurrentLIF, AdaptiveLIF, Integrator)
        units[name] = (_Compiled if known else _Interpreted)(population, arithmetic, record)
        adders[name] = _Arrivals(network, name, lists, record.overflow)

    for t in range(steps):
        for name in graph.inputs:
            kernels.note_spikes(fired[name][part], t, network.first[name], network.rank[name], lists)
        for name in network.order:
            unit, population = units[name], graph.populations[name]
            if t >= population.start:
                left = unit.decay_state()
                running = adders[name].add(t, left.copy() if into_state else np.zeros_like(left))
                kept, arrived = (running, unit.zero) if into_state else (left, running)
                unit.step(t, kept, arrived)
            if population.spikes:
                kernels.note_spikes(fired[name][part], t, network.first[name], network.rank[name], lists)
