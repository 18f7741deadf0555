"""Comparison of all delay memories on a network and its activity: words, bits, accesses, energy, and which
is the cheapest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from delaycore._counting import count_due_events
from delaycore._shown import show_line
from delaycore.delay_memory._pruning_filter import PruningFilter
from delaycore.delay_memory._queue_occupancy import compute_occupancy
from delaycore.delay_memory._widths import Widths
from delaycore.errors import DataError
from delaycore.graph import Graph
from delaycore.memory import describe_need

__all__ = ["KINDS", "Demand", "Memory", "Need", "compare_memories", "list_demands", "compute_need"]

Kind = Literal["ring buffer", "entry-per-delay queue", "circular queue", "single-FIFO queue"]
KINDS: tuple[Kind, ...] = ("ring buffer", "entry-per-delay queue", "circular queue", "single-FIFO queue")
Counts = NDArray[np.int64]

_COUNT_BYTES = 40
"""Of each source and delay: counts, and copies of them in floating point while events are counted."""


@dataclass(frozen=True, eq=False)
class Demand:
    """The spikes and synapses that the delay memory of one population serves.

    pruning: which sources are expected at which delays; the neurons of all populations that project here
             are numbered one population after the other.
    fan_out: synapses of each source at each delay, [sources, levels].
    spikes:  spikes of those sources, bool [samples, steps, sources].
    targets: neurons of the population.
    """

    population: str
    pruning: PruningFilter
    fan_out: Counts
    spikes: NDArray[np.bool_]
    targets: int

    __repr__ = show_line


@dataclass(frozen=True, eq=False)
class Need:
    """Words and accesses of one kind of memory for one `Demand`.

    words:    words in use in each step, [samples, steps]; for a ring buffer, all of them always.
    accesses: reads and writes of words, [samples].
    """

    words: Counts
    accesses: Counts

    __repr__ = show_line

    @property
    def peak(self) -> int:
        """Most words of any step, which is what has to be built."""
        return int(self.words.max(initial=0))

    @property
    def mean(self) -> float:
        """Words in use in the mean of all steps."""
        return float(self.words.mean()) if self.words.size else 0.0


@dataclass(frozen=True, eq=False)
class Memory:
    """One kind of memory for a whole network: a `Need` for every population with delays, at given widths."""

    kind: Kind
    needs: Mapping[str, Need]
    widths: Widths

    __repr__ = show_line

    @property
    def word_bits(self) -> int:
        """Bits of a word: a sum in a ring buffer, an event in a queue."""
        return self.widths.slot if self.kind == "ring buffer" else self.widths.event

    @property
    def words(self) -> int:
        """Words of all populations, each at its own peak."""
        return sum(n.peak for n in self.needs.values())

    @property
    def bits(self) -> int:
        """Bits of those words."""
        return self.words * self.word_bits

    @property
    def accesses(self) -> float:
        """Reads and writes of a sample, in the mean."""
        return float(sum(n.accesses.mean() if n.accesses.size else 0.0 for n in self.needs.values()))

    @property
    def energy(self) -> float | None:
        """Joules of a sample's accesses; None where the widths come without one."""
        return None if self.widths.access is None else self.accesses * self.widths.access

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for a report."""
        each = {name: {"peak": n.peak, "mean": n.mean} for name, n in self.needs.items()}
        return {
            "memory": self.kind,
            "words": self.words,
            "word_bits": self.word_bits,
            "bits": self.bits,
            "accesses": self.accesses,
            "energy": self.energy,
            "populations": each,
        }


def list_demands(graph: Graph, spikes: Mapping[str, NDArray[np.bool_]]) -> list[Demand]:
    """List the demands of all populations of ``graph`` that a delayed synapse reaches, under ``spikes`` of
    every spiking population.

    Raises `DataError` for delays so long that counting synapses by their delay takes more memory than there
    is.
    """
    made = []
    for name, population in graph.populations.items():
        into = [p for p in graph.into(name) if (p.weight != 0).any()]
        levels = 1 + max((int(p.delay[p.weight != 0].max()) for p in into), default=0)
        if levels == 1:
            continue
        sources = sorted({p.source for p in into}, key=graph.places.__getitem__)
        first = dict(
            zip(sources, np.cumsum([0, *(int(graph.populations[n].size) for n in sources)]), strict=False)
        )
        total = sum(int(graph.populations[n].size) for n in sources)
        if need := describe_need(total * levels, "counts of synapses, by source and delay", _COUNT_BYTES):
            raise DataError.at(f"populations[{name!r}]", f"has {need}", "give shorter delays")
        fan_out = np.zeros((total, levels), dtype=np.int64)
        for p in into:
            on = p.weight != 0
            np.add.at(fan_out, (p.pre[on] + first[p.source], p.delay[on]), 1)
        beside = np.concatenate([spikes[n] for n in sources], axis=2)
        made.append(Demand(name, PruningFilter(fan_out > 0), fan_out, beside, int(population.size)))
    return made


def compute_need(kind: Kind, demand: Demand) -> Need:
    """Compute what a memory of ``kind`` takes, counted from spikes alone; equal to stepping the machine,
    events entering at age 0.
    """
    return _COUNTED[kind](demand)


def _count_ring_buffer(demand: Demand) -> Need:
    """Count the words of a ring buffer: a synapse reads and writes its slot when the event arrives; every
    step hands over and clears a slot per neuron.
    """
    samples, steps, _ = demand.spikes.shape
    synaptic = count_due_events(demand.spikes, demand.fan_out.sum(axis=1, keepdims=True)).sum(axis=1)
    words = np.full((samples, steps), demand.targets * demand.pruning.levels, dtype=np.int64)
    return Need(words, np.asarray(2 * synaptic + 2 * steps * demand.targets, dtype=np.int64))


def _count_entry_per_delay_queue(demand: Demand) -> Need:
    """Count the entries of a queue that holds one for each delay: an entry is read and written in every step
    until it is due.
    """
    waiting = demand.pruning.bits.astype(np.int64)[:, ::-1].cumsum(axis=1)[:, ::-1]
    words = count_due_events(demand.spikes, waiting)
    return Need(words, 2 * words.sum(axis=1))


def _count_circular_queue(demand: Demand) -> Need:
    """Count the events of a circular queue: an event is read and written in every step until its longest
    delay is over.
    """
    traffic = compute_occupancy(demand.spikes, demand.pruning)
    return Need(traffic.words, 2 * (traffic.held + traffic.arrived).sum(axis=1))


def _count_single_fifo(demand: Demand) -> Need:
    """Count the events of a queue with one FIFO: an event is written once and read in each of the D steps."""
    bits = demand.pruning.bits
    wanted = np.broadcast_to(bits.any(axis=1, keepdims=True), bits.shape).astype(np.int64)
    words = count_due_events(demand.spikes, wanted)
    written = count_due_events(demand.spikes, wanted[:, :1])
    return Need(words, np.asarray(words.sum(axis=1) + written.sum(axis=1), dtype=np.int64))


_COUNTED: dict[Kind, Callable[[Demand], Need]] = {
    "ring buffer": _count_ring_buffer,
    "entry-per-delay queue": _count_entry_per_delay_queue,
    "circular queue": _count_circular_queue,
    "single-FIFO queue": _count_single_fifo,
}


def compare_memories(wanted: list[Demand], widths: Widths) -> list[Memory]:
    """Compute every kind of memory for ``wanted``; the one with the fewest bits comes first."""
    made = [Memory(kind, {d.population: compute_need(kind, d) for d in wanted}, widths) for kind in KINDS]
    return sorted(made, key=lambda memory: memory.bits)
