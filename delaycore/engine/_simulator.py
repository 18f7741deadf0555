"""Runs a Graph on many samples: chunks of samples in threads, each stepping through compiled kernels."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from delaycore import _counting as counting
from delaycore.activity import Activity, Spikes, check_input_spikes, select_recorded
from delaycore.engine import _kernels as kernels
from delaycore.engine._inbox import Inbox, build_inbox, number_neurons
from delaycore.engine._numbers import pack_format
from delaycore.engine._sizes import choose_chunk, estimate_memory
from delaycore.engine._updates import Record, choose_update
from delaycore.errors import DataError
from delaycore.graph import Graph
from delaycore.memory import require_memory_of

__all__ = ["simulate"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Network:
    """Tables of the network that all chunks share."""

    graph: Graph
    order: tuple[str, ...]
    first: dict[str, int]
    rank: dict[str, int]
    inboxes: dict[str, Inbox] = field(default_factory=dict)
    inhibition: dict[str, Inbox] = field(default_factory=dict)
    """The negative weights alone, where the arithmetic sums them apart."""
    on_grid: frozenset[str] = frozenset()
    """Populations into which all weights, and so all sums from zero, are multiples of the step of a fixed
    total, a power of two.
    """


class _Stage:
    """One population in a chunk: in each step its state decays, arrivals are added, neurons update."""

    def __init__(
        self,
        network: _Network,
        name: str,
        lists: tuple[NDArray[np.int32], NDArray[np.int64]],
        record: Record,
    ) -> None:
        graph = network.graph
        arithmetic, population = graph.arithmetic, graph.populations[name]
        self.start, self.spikes = population.start, population.spikes
        self.into_state = arithmetic.arrivals == "state"
        self.update = choose_update(population, arithmetic, record)
        self.zero = np.zeros((len(record.trace), population.size))
        other_arguments = (tuple(pack_format(arithmetic.total)), name in network.on_grid, record.overflow)
        self.arrivals = (lists, tuple(network.inboxes[name]), *other_arguments)
        self.inhibition = (
            (lists, tuple(network.inhibition[name]), *other_arguments) if name in network.inhibition else None
        )
        self.noted = (network.first[name], network.rank[name], lists)
        self.fired = record.fired

    def step(self, t: int) -> None:
        """Compute step ``t``, and list who fired."""
        if t >= self.start:
            left = self.update.decay_state()
            running = left if self.into_state else self.update.clear_sums()
            kernels.arrive(running, t, *self.arrivals)
            if self.inhibition is not None:
                inhibition = np.zeros_like(running)
                kernels.arrive(inhibition, t, *self.inhibition)
                running -= inhibition
            self.update.step(t, left, self.zero if self.into_state else running)
        if self.spikes:
            kernels.note_spikes(self.fired, t, *self.noted)


def simulate(
    graph: Graph, spikes: Spikes, states: bool | Collection[str] = False, threads: int | None = None
) -> Activity:
    """Run ``graph`` on input ``spikes``, bool [samples, steps, inputs]; the same as
    `delaycore.reference.simulate`, fast.

    states:  record the potentials of every population, or of those named, not of the read-out alone.
    threads: as many as there are processors unless given; they do not change the result.

    Raises `DataError` for spikes, states and threads that make no sense, `OutOfMemory` for a run that would
    take more memory than there is (`estimate_memory`).
    """
    given = check_input_spikes(graph, spikes)
    samples, steps = next(iter(given.values())).shape[:2] if given else (0, 0)
    if threads is not None and (not isinstance(threads, int) or threads < 1):
        raise DataError.at(
            "threads", f"must be at least 1, not {threads!r}", "leave it out for one per processor"
        )
    wanted = select_recorded(graph, states)
    require_memory_of(
        samples,
        steps,
        "simulation",
        lambda some: estimate_memory(graph, some, steps, wanted, threads),
        "simulate fewer steps, or record the potentials of fewer populations",
    )
    order = tuple(name for name in graph.order if name not in given)
    apart = graph.arithmetic.arrivals == "signs"
    first = number_neurons(graph)
    positive = False if apart else None
    inboxes = {name: build_inbox(graph, first, name, steps, positive) for name in order}
    inhibition = {name: build_inbox(graph, first, name, steps, True) for name in order} if apart else {}
    on_grid = frozenset(name for name in order if _is_on_grid(graph, name))
    network = _Network(
        graph,
        order,
        first,
        dict(graph.places),
        inboxes,
        inhibition,
        on_grid,
    )
    fired = {
        name: given[name] if name in given else np.zeros((samples, steps, p.size), dtype=np.bool_)
        for name, p in graph.populations.items()
    }
    potentials = {
        name: np.zeros((samples, steps, graph.populations[name].size)) for name in order if name in wanted
    }
    overflow = {name: np.zeros((samples, steps), dtype=np.int64) for name in order}
    chunk = choose_chunk(graph, steps)

    def run(start: int) -> None:
        part = slice(start, min(start + chunk, samples))
        _run_chunk(network, part, steps, fired, potentials, overflow)

    _in_threads(run, range(0, samples, chunk), threads or os.cpu_count() or 1)
    counts = {p.name: counting.count_deliveries(p, fired[p.source]) for p in graph.projections}
    late = {p.name: counting.count_late(p, fired[p.source], counts[p.name]) for p in graph.projections}
    return Activity(fired, potentials, counts, late, overflow, graph.readout)


def _is_on_grid(graph: Graph, name: str) -> bool:
    """Return whether every sum of weights into a population is a multiple of the step of a fixed total: for
    steps that are powers of two, since sums of other multiples round.
    """
    number = graph.arithmetic.total
    if (
        number.family != "fixed"
        or np.frexp(number.step)[0] != 0.5
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
    graph = network.graph
    samples = part.stop - part.start
    total_size = sum(p.size for p in graph.populations.values())
    lists = (
        np.zeros((samples, steps, total_size), dtype=np.int32),
        np.zeros((samples, steps, len(graph.populations)), dtype=np.int64),
    )
    stages = []
    for name in network.order:
        shape = (samples, steps, graph.populations[name].size)
        trace = potentials[name][part] if name in potentials else np.zeros(shape)
        stages.append(_Stage(network, name, lists, Record(trace, fired[name][part], overflow[name][part])))
    inputs = [(fired[name][part], network.first[name], network.rank[name]) for name in graph.inputs]

    for t in range(steps):
        for spikes, first, rank in inputs:
            kernels.note_spikes(spikes, t, first, rank, lists)
        for stage in stages:
            stage.step(t)
