"""The network: populations joined by delayed projections."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike, NDArray

from delaycore._descriptions import name_damaged_file
from delaycore._files import read_tensors
from delaycore._names import by_name
from delaycore._shown import one_line
from delaycore.errors import GraphError
from delaycore.graph._arithmetic import Arithmetic
from delaycore.graph._arrays import build_chain
from delaycore.graph._fields import GraphFields, find_problems, find_type_problems
from delaycore.graph._framing import Framing
from delaycore.graph._order import order_populations
from delaycore.graph._populations import Input, Population
from delaycore.graph._projection import Projection
from delaycore.graph._readout import Readout
from delaycore.graph._storage import FILE_KIND, FILE_VERSION, describe, read_fields, write_fields

if TYPE_CHECKING:
    import networkx

__all__ = ["Graph", "load"]


@dataclass(frozen=True, eq=False)
class Graph:
    """A spiking network with synaptic delays, and all that gives it a meaning.

    step:        seconds of a time step.
    populations: name to population, in the order in which a step's arrivals are added.
    projections: delayed synapses; a spike of step t with delay d arrives in step t + d.
    readout:     how an answer is read; None if the spikes are the answer.
    arithmetic:  the numbers that the network computes with.
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
        GraphError.collect(find_type_problems(self._fields()))
        object.__setattr__(self, "step", float(self.step))
        object.__setattr__(self, "populations", by_name("populations", self.populations))
        object.__setattr__(self, "projections", tuple(self.projections))
        GraphError.collect(find_problems(self._fields()))

    def _fields(self) -> GraphFields:
        return GraphFields(
            self.step, self.populations, self.projections, self.readout, self.arithmetic, self.framing
        )

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Populations in the order in which a step computes them: sources of zero delays before their
        targets.
        """
        return order_populations(self.populations, self.projections)

    @cached_property
    def ranks(self) -> Mapping[str, int]:
        """The place of each population in `order`."""
        return MappingProxyType({name: i for i, name in enumerate(self.order)})

    @cached_property
    def places(self) -> Mapping[str, int]:
        """The place of each population among `populations`, in whose order arrivals are added."""
        return MappingProxyType({name: i for i, name in enumerate(self.populations)})

    @cached_property
    def inputs(self) -> Mapping[str, Population]:
        """The populations whose spikes are given."""
        return by_name("inputs", {name: p for name, p in self.populations.items() if isinstance(p, Input)})

    @property
    def synapses(self) -> int:
        """Number of synapses, each with a weight and a delay."""
        return sum(len(p) for p in self.projections)

    @property
    def largest_delay(self) -> int:
        """Steps of the longest delay."""
        return max((p.largest_delay for p in self.projections), default=0)

    def into(self, population: str) -> list[Projection]:
        """List the projections that end at ``population``."""
        return list(self._incoming.get(population, ()))

    def out_of(self, population: str) -> list[Projection]:
        """List the projections that start at ``population``."""
        return list(self._outgoing.get(population, ()))

    @cached_property
    def _incoming(self) -> dict[str, list[Projection]]:
        """Projections by their target: networks of thousands of populations are asked for each of them."""
        found: dict[str, list[Projection]] = {}
        for p in self.projections:
            found.setdefault(p.target, []).append(p)
        return found

    @cached_property
    def _outgoing(self) -> dict[str, list[Projection]]:
        """Projections by their source."""
        found: dict[str, list[Projection]] = {}
        for p in self.projections:
            found.setdefault(p.source, []).append(p)
        return found

    def with_(self, **changes: Any) -> Graph:
        """Return a new graph with some fields replaced."""
        return replace(self, **changes)

    def with_classes(self, names: Iterable[str]) -> Graph:
        """Return a new graph whose read-out has these class names, one per neuron in their order.

        Raises `GraphError` for a graph without a read-out, and for names that are not one per neuron.
        """
        if self.readout is None:
            raise GraphError.at(
                "readout",
                "the graph has none, so it has no classes",
                "give it one: graph.with_(readout=Readout('out', classes=names))",
            )
        try:
            return self.with_(readout=replace(self.readout, classes=tuple(names)))
        except TypeError:
            message = f"must be names, not {names!r:.80}"
            raise GraphError.at(
                "readout.classes", message, "give one name per neuron of the read-out"
            ) from None

    def networkx(self) -> networkx.MultiDiGraph:
        """Return populations as nodes, projections as edges with ``synapses``, ``smallest_delay`` and
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
        """Describe the network in a few lines."""
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
            if self.readout.classes:
                lines.append(f"  classes: {', '.join(self.readout.classes)}")
        if self.framing:
            lines.append(
                f"  framing: {self.framing.describe_steps()}, {self.framing.channels} channels in "
                f"groups of {self.framing.group}"
            )
        return "\n".join(lines)

    def describe(self, prefix: str = "") -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """Return the graph as a JSON description and named arrays, whose names start with ``prefix``."""
        return describe(self._fields(), prefix)

    @classmethod
    def from_description(
        cls, description: dict[str, Any], arrays: dict[str, NDArray[Any]], prefix: str = ""
    ) -> Graph:
        """Rebuild the graph that `describe` took apart.

        Raises ValueError or TypeError where something is missing, and `GraphError` where it makes no sense.
        """
        return cls(*read_fields(description, arrays, prefix))

    def __reduce__(self) -> tuple[Any, ...]:
        # read as from a file, so that the copy in another process is checked and frozen, too
        return Graph.from_description, self.describe()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the graph to one safetensors file; raises `FileError` and leaves nothing half-written."""
        write_fields(self._fields(), path)

    @classmethod
    def from_arrays(
        cls,
        weights: Sequence[ArrayLike],
        delays: Sequence[ArrayLike] | None = None,
        *,
        retain: Any = 0.9,
        threshold: Any = 1.0,
        step: float = 1e-3,
        statistic: str = "maximum",
        framing: Framing | None = None,
    ) -> Graph:
        """Build a feed-forward network that was trained elsewhere: an input, LIF layers, and an integrating
        read-out.

        weights:   one array per projection, [pre, post] or [levels, pre, post]; weights of 0 make no synapse.
        delays:    for each projection a delay in steps, one per level or one per weight; None means no
                   delays.
        retain:    fraction of the potential kept per step, for all layers, or a list with one entry (scalar
                   or per neuron) per layer, the read-out included.
        threshold: likewise, for the LIF layers.
        step:      seconds of a step.
        statistic: read-out statistic.

        The populations are called ``in``, ``h1``, ``h2``, ..., ``out``.  Raises `GraphError` for arrays that
        do not fit each other.
        """
        populations, projections = build_chain(weights, delays, retain, threshold)
        return cls(step, populations, projections, Readout("out", statistic), framing=framing)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Graph):
            return NotImplemented
        names = ("step", "projections", "readout", "arithmetic", "framing")
        same = all(getattr(self, name) == getattr(other, name) for name in names)
        return same and list(self.populations.items()) == list(other.populations.items())

    __hash__ = None  # type: ignore[assignment]  # holds arrays

    @one_line
    def __repr__(self) -> str:
        sizes = ", ".join(f"{name} {p.size}" for name, p in self.populations.items())
        read = f", {self.readout.statistic} of {self.readout.population!r}" if self.readout else ""
        delays = (
            f"delays {min((p.smallest_delay for p in self.projections), default=0)}..{self.largest_delay}"
        )
        return (
            f"<Graph {sizes}; {self.synapses:,} synapses, {delays} steps of {self.step * 1e3:g} ms, "
            f"{self.arithmetic.name}{read}>"
        )

    def __str__(self) -> str:
        return self.summary()


def load(path: str | os.PathLike[str]) -> Graph:
    """Read a graph.  Raises `FileError` for a file that holds none, `GraphError` if it has no meaning."""
    description, arrays = read_tensors(path, FILE_KIND, FILE_VERSION)
    with name_damaged_file(path, "write the file again"):
        return Graph.from_description(description, arrays)
