"""The network: populations joined by delayed projections."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType, NoneType
from typing import TYPE_CHECKING, Any

import numpy as np

from delaycore.errors import GraphError, Problem
from delaycore.graph._arithmetic import Arithmetic
from delaycore.graph._framing import Framing
from delaycore.graph._populations import Input, Population
from delaycore.graph._projection import Projection
from delaycore.graph._readout import Readout

if TYPE_CHECKING:
    import os

    import networkx

__all__ = ["Graph"]


@dataclass(frozen=True, eq=False)
class Graph:
    """A spiking network with synaptic delays, and all that gives it a meaning.

    step:        seconds of a time step.
    populations: name to population, in the order in which a step's arrivals are added.
    projections: delayed synapses; a spike of step t with delay d arrives in step t + d.
    readout:     how an answer is read; None if the spikes are the answer.
    arithmetic:  the numbers it computes with.
    framing:     how events become its input spikes, if that is known.

    Raises `GraphError` with every problem at once.
    """

    step: float
    populations: Mapping[str, Population]
    projections: Sequence[Projection]
    readout: Readout | None = None
    arithmetic: Arithmetic = field(default_factory=Arithmetic)
    framing: Framing | None = None

    def __post_init__(self) -> None:
        GraphError.collect(self._type_problems())
        object.__setattr__(self, "step", float(self.step))
        object.__setattr__(self, "populations", MappingProxyType(dict(self.populations)))
        object.__setattr__(self, "projections", tuple(self.projections))
        GraphError.collect(self._problems())

    def _type_problems(self) -> Iterator[Problem]:
        """Fields that hold something else than they should, so that nothing more can be said about them."""

        def of(place: str, value: object, *types: type) -> Iterator[Problem]:
            if not isinstance(value, types):
                names = " or ".join(t.__name__ for t in types)
                yield Problem(place, f"must be {names}, not {value!r:.80}")

        yield from of("step", self.step, int, float, np.integer, np.floating)
        yield from of("populations", self.populations, Mapping)
        yield from of("projections", self.projections, Sequence)
        if isinstance(self.populations, Mapping):
            for name, population in self.populations.items():
                yield from of(f"populations[{name!r}]", population, Population)
        if isinstance(self.projections, Sequence):
            for i, projection in enumerate(self.projections):
                yield from of(f"projections[{i}]", projection, Projection)
        yield from of("readout", self.readout, Readout, NoneType)
        yield from of("arithmetic", self.arithmetic, Arithmetic)
        yield from of("framing", self.framing, Framing, NoneType)

    def _problems(self) -> Iterator[Problem]:
        if not 0 < self.step < np.inf:
            yield Problem(
                "step", f"must be a positive number of seconds, not {self.step!r}", "milliseconds are 1e-3"
            )
        for name, population in self.populations.items():
            if not isinstance(name, str) or not name or "/" in name:
                yield Problem(f"populations[{name!r}]", "a name is a non-empty string without '/'")
            yield from population.problems(f"populations[{name!r}]")
        yield from self._projection_problems()
        yield from self._readout_problems()
        inputs = sum(_size(p) or 0 for p in self.populations.values() if isinstance(p, Input))
        if self.framing is not None and self.framing.inputs != inputs:
            yield Problem(
                "framing",
                f"makes {self.framing.inputs} inputs, but the graph has {inputs}",
                "give the framing that the network was trained with",
            )

    def _projection_problems(self) -> Iterator[Problem]:
        seen: set[str] = set()
        for projection in self.projections:
            if projection.name in seen:
                yield Problem(projection.place, "the name stands twice", "give each projection its own name=")
            seen.add(projection.name)
            ends = {}
            for end in ("source", "target"):
                population = self.populations.get(getattr(projection, end))
                ends[end] = population
                if population is None:
                    have = ", ".join(map(str, self.populations)) or "none"
                    yield Problem(
                        f"{projection.place}.{end}",
                        f"no population {getattr(projection, end)!r}",
                        f"the graph has {have}",
                    )
            source, target = ends["source"], ends["target"]
            if source is not None and not source.spikes:
                yield Problem(
                    f"{projection.place}.source",
                    f"population {projection.source!r} of kind {source.kind!r} never fires",
                    "project from one that does",
                )
            if isinstance(target, Input):
                yield Problem(
                    f"{projection.place}.target",
                    f"population {projection.target!r} is an input",
                    "inputs are given, not computed",
                )
            yield from projection.problems(_size(source), _size(target))
            off = np.flatnonzero(
                np.isfinite(projection.weight) & ~self.arithmetic.weight.holds(projection.weight)
            )
            if off.size:
                yield Problem(
                    f"{projection.place}.weight",
                    f"{off.size} weights are not numbers of the arithmetic's format "
                    f"({self.arithmetic.weight}), "
                    f"the first is {projection.weight[off[0]]} of synapse {off[0]}",
                    "round them with arithmetic.weight.round and keep the loss, or use delaycore.quantize",
                )
        cycle = self._instant_cycle()
        if cycle:
            yield Problem(
                "projections",
                f"a loop of total delay 0: {' -> '.join(cycle)}",
                "give one of its synapses a delay of at least 1 step",
            )

    def _readout_problems(self) -> Iterator[Problem]:
        if self.readout is None:
            return
        yield from self.readout.problems()
        if not isinstance(self.readout.population, str):
            return
        population = self.populations.get(self.readout.population)
        if population is None:
            yield Problem(
                "readout.population",
                f"no population {self.readout.population!r}",
                f"the graph has {', '.join(map(str, self.populations))}",
            )
        elif isinstance(population, Input):
            yield Problem("readout.population", "reads an input", "read a population that computes")
        elif self.readout.statistic == "spike_count" and not population.spikes:
            yield Problem(
                "readout.statistic",
                f"counts spikes of {self.readout.population!r}, which never fires",
                "use 'maximum'",
            )

    def _instant(self) -> networkx.DiGraph:
        """Populations joined where a spike acts in its own step."""
        import networkx

        instant = networkx.DiGraph()
        instant.add_nodes_from(name for name in self.populations if isinstance(name, str))
        instant.add_edges_from(
            (p.source, p.target) for p in self.projections if len(p) and p.smallest_delay == 0
        )
        return instant

    def _instant_cycle(self) -> list[str]:
        import networkx

        try:
            edges = networkx.find_cycle(self._instant())
        except networkx.NetworkXNoCycle:
            return []
        return [edge[0] for edge in edges] + [edges[0][0]]

    @property
    def order(self) -> tuple[str, ...]:
        """Populations in the order in which a step computes them: sources of zero delays before their
        targets.
        """
        import networkx

        rank = {name: i for i, name in enumerate(self.populations)}
        return tuple(networkx.lexicographical_topological_sort(self._instant(), key=rank.__getitem__))

    @property
    def inputs(self) -> dict[str, Population]:
        """The populations whose spikes are given."""
        return {name: p for name, p in self.populations.items() if isinstance(p, Input)}

    @property
    def synapses(self) -> int:
        """Number of synapses, each with a weight and a delay."""
        return sum(len(p) for p in self.projections)

    @property
    def largest_delay(self) -> int:
        """Steps of the longest delay."""
        return max((p.largest_delay for p in self.projections), default=0)

    def into(self, population: str) -> list[Projection]:
        """Projections that end at ``population``."""
        return [p for p in self.projections if p.target == population]

    def out_of(self, population: str) -> list[Projection]:
        """Projections that start at ``population``."""
        return [p for p in self.projections if p.source == population]

    def with_(self, **changes: Any) -> Graph:
        """A new graph with some fields replaced."""
        return replace(self, **changes)

    def networkx(self) -> networkx.MultiDiGraph:
        """Populations as nodes, projections as edges with ``synapses``, ``smallest_delay`` and
        ``largest_delay``.
        """
        import networkx

        view = networkx.MultiDiGraph()
        for name, population in self.populations.items():
            view.add_node(name, kind=population.kind, size=int(population.size))
        for p in self.projections:
            view.add_edge(
                p.source,
                p.target,
                key=p.name,
                synapses=len(p),
                smallest_delay=p.smallest_delay,
                largest_delay=p.largest_delay,
            )
        return view

    def summary(self) -> str:
        """The network in a few lines."""
        lines = [
            f"step {self.step * 1e3:g} ms, arithmetic {self.arithmetic.name}, {self.synapses:,} synapses"
        ]
        for name, p in self.populations.items():
            lines.append(f"  {name}: {p.size} x {p.kind}")
        for q in self.projections:
            lines.append(
                f"  {q.name}: {len(q):,} synapses, delays {q.smallest_delay}..{q.largest_delay} steps"
            )
        if self.readout:
            lines.append(f"  read-out: {self.readout.statistic} of {self.readout.population}")
        if self.framing:
            width = (
                "bins per sample" if self.framing.step is None else f"steps of {self.framing.step * 1e3:g} ms"
            )
            lines.append(
                f"  framing: {self.framing.steps} {width}, {self.framing.channels} channels in "
                f"groups of {self.framing.group}"
            )
        return "\n".join(lines)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the graph to one safetensors file; raises `FileError` and leaves nothing half-written."""
        from delaycore.graph._storage import save

        save(self, path)

    @classmethod
    def from_arrays(
        cls, weights: Sequence[Any], delays: Sequence[Any] | None = None, **options: Any
    ) -> Graph:
        """A feed-forward network from plain arrays; see `delaycore.graph._arrays.from_arrays`."""
        from delaycore.graph._arrays import from_arrays

        return from_arrays(weights, delays, **options)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Graph):
            return NotImplemented
        names = ("step", "projections", "readout", "arithmetic", "framing")
        same = all(getattr(self, name) == getattr(other, name) for name in names)
        return same and list(self.populations.items()) == list(other.populations.items())

    __hash__ = None  # type: ignore[assignment]  # holds arrays

    def __repr__(self) -> str:
        return f"<Graph {self.summary()}>"


def _size(population: Population | None) -> int | None:
    return (
        population.size if population is not None and isinstance(population.size, int | np.integer) else None
    )
