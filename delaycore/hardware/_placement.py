"""Where neurons live: slices of populations on cores, offsets in time, and the way back to the graph's own
terms.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from delaycore import _counting as counting
from delaycore._shown import one_line
from delaycore._wording import pluralize
from delaycore.activity import Activity
from delaycore.errors import GraphError, HardwareError, Problem
from delaycore.graph import Graph, Input, Population, Projection, Readout
from delaycore.hardware._placement_problems import find_misplaced, find_placement_type_problems
from delaycore.hardware._slice import Slice

__all__ = ["Placement", "spread_slices"]


@dataclass(frozen=True)
class Placement:
    """A graph cut into slices, each population's in rising order, and each population's offset in steps.

    The placed graph keeps the order of populations and neurons, and with it the order in which arrivals are
    added.  Raises `HardwareError` for fields of a wrong type.
    """

    slices: tuple[Slice, ...]
    offsets: Mapping[str, int] = field(default_factory=dict)
    hop_delay: int = 0

    def __post_init__(self) -> None:
        HardwareError.collect(find_placement_type_problems(self.slices, self.offsets, self.hop_delay))
        object.__setattr__(self, "slices", tuple(self.slices))

    @classmethod
    def evenly(
        cls,
        graph: Graph,
        neurons: int | None = None,
        cores: int | None = None,
        offsets: Mapping[str, int] = MappingProxyType({}),
        hop_delay: int = 0,
    ) -> Placement:
        """Every population of ``graph`` cut into slices, each on a core of its own, inputs outside.

        neurons: of a slice at most; each population but for its last slice is cut at multiples of it.
        cores:   to spread the slices over, if that is more than ``neurons`` asks for: the population with
                 the largest slices gets one more, until there are so many or nothing is left to cut.
                 Slices of one population then differ by one neuron at most.
        """
        sizes = {name: int(p.size) for name, p in graph.populations.items() if not isinstance(p, Input)}
        parts = {name: -(-size // neurons) if neurons else 1 for name, size in sizes.items()}
        wanted = spread_slices(sizes, parts, cores or 0)
        slices: list[Slice] = []
        core = 0
        for name, population in graph.populations.items():
            if name not in sizes:
                slices.append(Slice(name, 0, int(population.size), None))
                continue
            size, number = sizes[name], wanted[name]
            fixed = neurons is not None and number == parts[name]
            ends = [min(k * (neurons or 0), size) if fixed else size * k // number for k in range(number + 1)]
            slices += [Slice(name, a, b, core + k) for k, (a, b) in enumerate(pairwise(ends))]
            core += number
        return cls(tuple(slices), offsets, hop_delay)

    @classmethod
    def filled(
        cls,
        graph: Graph,
        neurons: int,
        synapses: int,
        offsets: Mapping[str, int] = MappingProxyType({}),
        hop_delay: int = 0,
    ) -> Placement:
        """Neurons in the graph's order onto as few cores as that order allows, inputs outside.

        neurons:  of a core at most.
        synapses: onto the neurons of a core at most.  A neuron that has more by itself gets a core of its
                  own.
        """
        slices: list[Slice] = []
        core, room, left = 0, neurons, synapses
        for name, population in graph.populations.items():
            size = int(population.size)
            if isinstance(population, Input):
                slices.append(Slice(name, 0, size, None))
                continue
            fan_in = sum((np.bincount(p.post, minlength=size) for p in graph.into(name)), np.zeros(size, int))
            before = np.concatenate([[0], np.cumsum(fan_in)])  # synapses onto the first k neurons
            start = 0
            while start < size:
                fits = int(np.searchsorted(before, before[start] + left, side="right")) - 1
                stop = min(fits, start + room)
                if stop <= start and (room, left) != (neurons, synapses):
                    core, room, left = core + 1, neurons, synapses
                    continue
                stop = max(stop, start + 1)  # even alone on a core the neuron has too many synapses
                slices.append(Slice(name, start, stop, core))
                room, left = room - (stop - start), left - int(before[stop] - before[start])
                start = stop
        return cls(tuple(slices), offsets, hop_delay)

    @classmethod
    def given(
        cls,
        graph: Graph,
        slices: Iterable[Slice],
        offsets: Mapping[str, int] = MappingProxyType({}),
        hop_delay: int = 0,
    ) -> Placement:
        """A placement that someone else chose, such as `delaycore.hardware.Workload.slices`: in the order of
        the graph's populations and neurons, inputs whole and outside whatever is said of them.
        """
        rank = {name: i for i, name in enumerate(graph.populations)}
        outside = [Slice(name, 0, int(p.size), None) for name, p in graph.inputs.items()]
        inside = [s for s in slices if s.population not in graph.inputs]
        order = sorted((*outside, *inside), key=lambda s: (rank[s.population], s.start))
        return cls(tuple(order), offsets, hop_delay)

    @cached_property
    def cores(self) -> tuple[int, ...]:
        """The cores in use."""
        return tuple(sorted(core for core in self._by_core if core is not None))

    @property
    def neurons(self) -> dict[int, int]:
        """Neurons of each core in use."""
        return {core: sum(s.size for s in self._by_core[core]) for core in self.cores}

    def synapses(self, graph: Graph) -> dict[int, int]:
        """Synapses onto the neurons of each core in use."""
        counts = dict.fromkeys(self.cores, 0)
        for s in self.slices:
            if s.core is not None:
                for p in graph.into(s.population):
                    counts[s.core] += int(np.count_nonzero((p.post >= s.start) & (p.post < s.stop)))
        return counts

    @property
    def latest(self) -> int:
        """Steps that a sample takes longer on the chip than in the graph."""
        return max(self.offsets.values(), default=0)

    @one_line
    def __repr__(self) -> str:
        late = f", up to {pluralize(self.latest, 'step')} late" if self.latest else ""
        slices, cores = pluralize(len(self.slices), "slice"), pluralize(len(self.cores), "core")
        return f"<Placement: {slices} on {cores}{late}>"

    def __str__(self) -> str:
        lines = [f"core {core}: {', '.join(s.name for s in self.on(core))}" for core in self.cores]
        behind = {name: steps for name, steps in self.offsets.items() if steps}
        lines += [
            f"{name} runs {pluralize(steps, 'step')} behind the graph" for name, steps in behind.items()
        ]
        return "\n".join(lines) or "no core is in use"

    def of(self, population: str) -> list[Slice]:
        """The slices of one population."""
        return list(self._by_population.get(population, ()))

    def on(self, core: int) -> list[Slice]:
        """The slices on one core."""
        return list(self._by_core.get(core, ()))

    @cached_property
    def _by_population(self) -> dict[str, list[Slice]]:
        found: dict[str, list[Slice]] = {}
        for s in self.slices:
            found.setdefault(s.population, []).append(s)
        return found

    @cached_property
    def _by_core(self) -> dict[int | None, list[Slice]]:
        found: dict[int | None, list[Slice]] = {}
        for s in self.slices:
            found.setdefault(s.core, []).append(s)
        return found

    def placed(self, graph: Graph) -> Graph:
        """``graph`` in the chip's time: a population per slice, and the delay hop + f on each synapse.

        Raises `GraphError` where slices leave neurons out or offsets make a delay negative.
        """
        GraphError.collect(self.find_problems(graph))
        populations: dict[str, Population] = {}
        for name in graph.populations:
            for s in self.of(name):
                part = graph.populations[name].slice(s.start, s.stop)
                populations[s.name] = _start_later(
                    part, graph.populations[name].start + self.offsets.get(name, 0)
                )
        projections = [part for p in graph.projections for part in self._parts(p)]
        return Graph(graph.step, populations, projections, arithmetic=graph.arithmetic)

    def find_problems(self, graph: Graph) -> Iterator[Problem]:
        """Name what keeps this from being a placement of ``graph``."""
        return find_misplaced(self.slices, self.offsets, self.hop_delay, graph)

    def _parts(self, p: Projection) -> list[Projection]:
        shift = self.offsets.get(p.target, 0) - self.offsets.get(p.source, 0)
        parts = []
        for a in self.of(p.source):
            for b in self.of(p.target):
                here = (p.pre >= a.start) & (p.pre < a.stop) & (p.post >= b.start) & (p.post < b.stop)
                if here.any():
                    name = f"{p.name}|{a.name}->{b.name}"
                    parts.append(
                        Projection(
                            a.name,
                            b.name,
                            p.pre[here] - a.start,
                            p.post[here] - b.start,
                            p.weight[here],
                            p.delay[here] + shift,
                            name,
                        )
                    )
        return parts

    def chip_input(
        self, graph: Graph, spikes: Mapping[str, NDArray[np.bool_]]
    ) -> dict[str, NDArray[np.bool_]]:
        """Input spikes of the graph as those of the placed graph, with the steps that offsets add."""
        moved = {}
        for name, array in spikes.items():
            samples, steps, _ = array.shape
            late = self.offsets.get(name, 0)
            for s in self.of(name):
                moved[s.name] = np.zeros((samples, steps + self.latest, s.size), dtype=np.bool_)
                moved[s.name][:, late : late + steps] = array[:, :, s.start : s.stop]
        return moved

    def back(self, graph: Graph, activity: Activity, steps: int) -> Activity:
        """What happened on the chip, in the graph's own populations and steps."""

        def within(name: str) -> slice:
            late = self.offsets.get(name, 0)
            return slice(late, late + steps)

        def join(name: str, table: Mapping[str, NDArray[np.generic]]) -> NDArray[np.generic]:
            whole = np.concatenate([table[s.name] for s in self.of(name)], axis=2)
            return whole[:, within(name)]

        spikes = {name: np.asarray(join(name, activity.spikes), dtype=np.bool_) for name in graph.populations}
        held = [n for n in graph.populations if all(s.name in activity.potentials for s in self.of(n))]
        potentials = {name: np.asarray(join(name, activity.potentials), dtype=np.float64) for name in held}
        overflow = {
            name: np.asarray(
                sum(activity.overflow[s.name][:, within(name)] for s in self.of(name)), dtype=np.int64
            )
            for name, p in graph.populations.items()
            if not isinstance(p, Input)
        }
        deliveries = {p.name: counting.count_deliveries(p, spikes[p.source]) for p in graph.projections}
        late = {
            p.name: counting.count_late(p, spikes[p.source], deliveries[p.name]) for p in graph.projections
        }
        readout: Readout | None = graph.readout
        return Activity(spikes, potentials, deliveries, late, overflow, readout)


def spread_slices(sizes: Mapping[str, int], parts: Mapping[str, int], cores: int) -> dict[str, int]:
    """Return the number of slices of each population, at least ``parts``, and ``cores`` in all as far as
    there are neurons: the population with the largest slices, the first of several, gets one more each time.

    sizes: neurons of each population.
    """
    made = dict(parts)
    waiting = [
        (-sizes[name] / made[name], i, name) for i, name in enumerate(made) if made[name] < sizes[name]
    ]
    heapq.heapify(waiting)
    for _ in range(min(cores, sum(sizes[name] for name in made)) - sum(made.values())):
        if not waiting:
            break
        _, i, name = heapq.heappop(waiting)
        made[name] += 1
        if made[name] < sizes[name]:
            heapq.heappush(waiting, (-sizes[name] / made[name], i, name))
    return made


def _start_later(population: Population, start: int) -> Population:
    return population if start == population.start else replace(population, start=start)
