"""The weighted, delayed ways through a NIR graph that lead from neurons to neurons."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from delaycore.interop._modules import Floats
from delaycore.interop._nir_flatten import FlatGraph
from delaycore.interop._nir_nodes import CONNECTIONS, WEIGHTED, Node
from delaycore.interop._problems import ProblemList
from delaycore.memory import SYNAPSE_BYTES, describe_need

__all__ = ["MOST_WAYS", "Bias", "Path", "PathFinder"]

Whole = NDArray[np.int64]

_BEYOND = 10**15
"""More ways are not counted: their number itself would grow without a bound."""

MOST_WAYS = 100_000
"""Ways into one population: more than anybody draws, and few enough to follow them all in seconds."""


@dataclass(frozen=True)
class Path:
    """A way that ends at a population: ``y[i] = after[i] * sum over j of weight[i, j] * before[j] * x[j]``,
    delayed.

    source: where the way begins.
    weight: [targets, sources]; None where channels stay what they are.
    before, after: factors on either side of the weight.
    early, late:   delays in seconds on either side of it.
    """

    source: str
    after: Floats
    late: Floats
    before: Floats
    early: Floats
    weight: Floats | None = None

    @classmethod
    def begin(cls, target: str, size: int) -> Path:
        """Make the way of no length that ends at population ``target`` of ``size`` neurons."""
        return cls(target, np.ones(size), np.zeros(size), np.ones(size), np.zeros(size))

    def list_synapses(self) -> tuple[Whole, Whole, Floats, Floats]:
        """List the synapses as columns (pre, post, weight, delay in seconds); weights of 0 make none."""
        if self.weight is None:
            same = self.after * self.before
            there = np.flatnonzero(same)
            return there, there, same[there], self.late[there] + self.early[there]
        scaled = self.after[:, None] * self.weight * self.before
        post, pre = np.nonzero(scaled)
        return pre, post, scaled[post, pre], self.late[post] + self.early[pre]

    def scale(self, factor: Floats) -> Path:
        """Put a factor of each channel at the beginning."""
        if self.weight is None:
            return replace(self, after=self.after * factor)
        return replace(self, before=self.before * factor)

    def delay(self, seconds: Floats) -> Path:
        """Put a delay of each channel at the beginning."""
        if self.weight is None:
            return replace(self, late=self.late + seconds)
        return replace(self, early=self.early + seconds)


@dataclass(frozen=True)
class Bias:
    """A constant input [targets] that an affine node on the way adds, delayed by ``seconds`` [targets]."""

    values: Floats
    seconds: Floats


@dataclass(frozen=True)
class _Ways:
    """Ways from populations to a node: all of them, the synapses of those through a weight, and how many go
    through none; None for those of a population, which begin here.
    """

    ways: int
    weighted: int
    plain: int | None = None

    def count_synapses(self, size: int) -> int:
        """The synapses of all ways, if they lead to a population of ``size`` neurons next."""
        return self.weighted + (self.ways if self.plain is None else self.plain) * size


@dataclass(frozen=True)
class PathFinder:
    """Finds the ways into populations.

    graph:      the nodes and edges, without loops that have no neurons and two weighted nodes in a row.
    parameters: those of each Scale and Delay node, [channels] each.
    """

    graph: FlatGraph
    parameters: Mapping[str, Mapping[str, Floats]]

    @cached_property
    def _sources(self) -> dict[str, list[str]]:
        return self.graph.list_sources()

    def check_numbers(self, sizes: Mapping[str, int], problems: ProblemList) -> None:
        """Note the populations into which there are more ways than `MOST_WAYS`, or more synapses than memory
        holds, before any is made: where ways branch and join n times, there are 2^n of them.

        sizes: neurons of each population.
        """
        counted: dict[str, _Ways] = {}
        for target, size in sizes.items():
            for name in self._sort_back(target, counted):
                counted[name] = self._count(name, counted, sizes)
            into = [counted[name] for name in self._sources.get(target, [])]
            ways, synapses = sum(w.ways for w in into), sum(w.count_synapses(size) for w in into)
            remedy = "add up where ways join: put neurons, or one weighted node, between two branchings"
            place = f"nodes[{target!r}]"
            if ways > MOST_WAYS:
                number = f"{ways:,}" if ways < _BEYOND else f"at least {_BEYOND:,}"
                message = f"{number} ways lead to it, more than the {MOST_WAYS:,} that are followed"
                problems.add(place, message, remedy)
            elif need := describe_need(synapses, "synapses", SYNAPSE_BYTES):
                problems.add(place, f"{ways:,} ways lead to it, of {need}", remedy)

    def _sort_back(self, target: str, known: Collection[str]) -> Iterator[str]:
        """Yield what leads to ``target``, and is not ``known`` yet, after its own sources."""
        waiting = [(name, False) for name in self._sources.get(target, [])]
        while waiting:
            name, ready = waiting.pop()
            if name in known:
                continue
            if ready or self.graph.nodes[name].kind not in CONNECTIONS:
                yield name
                continue
            waiting += [(name, True), *((s, False) for s in self._sources.get(name, []))]

    def _count(self, name: str, counted: Mapping[str, _Ways], sizes: Mapping[str, int]) -> _Ways:
        node = self.graph.nodes[name]
        if node.kind not in CONNECTIONS:
            return _Ways(1, 0)
        into = [counted[s] for s in self._sources.get(name, [])]
        ways = min(sum(w.ways for w in into), _BEYOND)
        if node.kind in WEIGHTED:
            return _Ways(ways, ways * int(np.count_nonzero(node.values["weight"])), plain=0)
        plain = sum(w.ways if w.plain is None else w.plain for w in into)
        return _Ways(ways, sum(w.weighted for w in into), plain)

    def find(self, target: str, size: int) -> list[Path | Bias]:
        """Find every way into population ``target`` of ``size`` neurons from other populations, and every
        bias on it.
        """
        return list(self._extend(Path.begin(target, size), self._sources))

    def _extend(self, path: Path, sources: Mapping[str, list[str]]) -> Iterator[Path | Bias]:
        """Begin ``path`` further back, in all ways there are, until populations are reached."""
        waiting = [(path, name) for name in reversed(sources.get(path.source, []))]
        while waiting:
            path, name = waiting.pop()
            node = self.graph.nodes[name]
            longer = replace(self._pass(name, node, path), source=name)
            if node.kind not in CONNECTIONS:
                yield longer
                continue
            if node.kind == "Affine":
                bias = np.broadcast_to(node.values["bias"].ravel(), path.after.shape)
                yield Bias(path.after * bias, path.late)
            waiting += [(longer, further) for further in reversed(sources.get(name, []))]

    def _pass(self, name: str, node: Node, path: Path) -> Path:
        match node.kind:
            case "Scale":
                return path.scale(self.parameters[name]["scale"])
            case "Delay":
                return path.delay(self.parameters[name]["delay"])
            case "Linear" | "Affine":
                weight = node.values["weight"]
                return replace(
                    path, weight=weight, before=np.ones(weight.shape[1]), early=np.zeros(weight.shape[1])
                )
            case _:
                return path
