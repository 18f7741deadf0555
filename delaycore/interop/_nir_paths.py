"""The weighted, delayed ways through a NIR graph that lead from neurons to neurons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from delaycore.interop._modules import Floats
from delaycore.interop._nir_flatten import FlatGraph
from delaycore.interop._nir_nodes import CONNECTIONS, Node

__all__ = ["Bias", "Path", "PathFinder"]

Whole = NDArray[np.int64]


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
            channel = np.flatnonzero(self.after)
            return channel, channel, self.after[channel], (self.late + self.early)[channel]
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
class PathFinder:
    """Finds the ways into populations.

    graph:      the nodes and edges, without loops that have no neurons and two weighted nodes in a row.
    parameters: those of each Scale and Delay node, [channels] each.
    """

    graph: FlatGraph
    parameters: Mapping[str, Mapping[str, Floats]]

    def find(self, target: str, size: int) -> list[Path | Bias]:
        """Find every way into population ``target`` of ``size`` neurons from other populations, and every
        bias on it.
        """
        return list(self._extend(Path.begin(target, size), self.graph.list_sources()))

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
