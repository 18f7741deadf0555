"""A NIR graph with Delay nodes as a Graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaycore.errors import ForeignError, Problem
from delaycore.graph import Arithmetic, Graph, Integrator, Population, Projection, Readout
from delaycore.hardware import Loss, Losses
from delaycore.interop._nir_neurons import NEURONS, Method, Neurons, checked_method, neurons
from delaycore.interop._nir_paths import THROUGH, Bias, Path, into
from delaycore.interop._steps import from_seconds
from delaycore.interop._tensors import Floats

__all__ = ["from_nir"]


def from_nir(
    network: Any, *, step: float | None = None, method: Method = "euler", readout: Readout | None = None
) -> tuple[Graph, Losses]:
    """A `nir.NIRGraph` as a Graph: Input, LIF, CubaLIF, IF, LI, I and Threshold nodes joined by Linear,
    Affine, Scale and Delay nodes.

    step:    seconds of a step; NIR has none, so it is needed unless the graph's metadata holds a ``step``, as
             `to_nir` writes it.
    method:  how equations become steps: ``"euler"``, ``retain = 1 - step / tau``, or ``"exponential"``,
             ``retain = exp(-step / tau)``.
    readout: how an answer is read, which NIR does not say.

    All ways from one population to another become one projection.  Delays are rounded to steps, and a
    population that projects to itself without a delay does so in the next step; both are in the losses.
    Neurons fire strictly above the threshold.  A weighted sum that goes to an Output without neurons becomes
    an `Integrator` that keeps nothing.  Raises `ForeignError` for nodes and ways that a Graph cannot say.
    """
    checked_method(method)
    if not hasattr(network, "nodes") or not hasattr(network, "edges"):
        raise ForeignError.at(
            "network", f"a {type(network).__name__} is no NIRGraph", "read a file with nir.read first"
        )
    step = _step(network, step)
    nodes: Mapping[str, Any] = network.nodes
    ForeignError.collect([*_unknown(nodes), *_dangling(nodes, network.edges)])
    sources: dict[str, list[str]] = {}
    for source, target in network.edges:
        sources.setdefault(str(target), []).append(str(source))
    read: dict[str, Neurons] = {}
    losses = Losses()
    for name, node in nodes.items():
        if type(node).__name__ in NEURONS:
            read[name], lost = neurons(name, node, step, method)
            losses += lost
        elif type(node).__name__ == "Output" and any(
            type(nodes[s]).__name__ in THROUGH for s in sources.get(name, [])
        ):
            read[name] = _sum(int(np.prod(np.asarray(node.output_type["output"]))))
    populations: dict[str, Population] = {}
    projections: list[Projection] = []
    for name, target in read.items():
        ways = list(into(name, target.size, nodes, sources))
        bias = sum((way.values for way in ways if isinstance(way, Bias)), np.zeros(target.size))
        populations[_name(name)] = target.make(bias)
        for source in read:
            paths = [way for way in ways if isinstance(way, Path) and way.source == source]
            if paths:
                projection, lost = _projection(source, name, paths, read[source].size, target.gain, step)
                projections.append(projection)
                losses += lost
    return Graph(step, populations, projections, readout, Arithmetic(fires=">")), losses


def _step(network: Any, step: float | None) -> float:
    if step is None:
        step = getattr(network, "metadata", {}).get("step")
    if step is None:
        raise ForeignError.at(
            "step", "is not in the NIR graph, which is in seconds", "give step=, such as 1e-3"
        )
    if not 0 < float(step) < np.inf:
        raise ForeignError.at(
            "step", f"must be a positive number of seconds, not {step!r}", "milliseconds are 1e-3"
        )
    return float(step)


def _unknown(nodes: Mapping[str, Any]) -> list[Problem]:
    known = (*NEURONS, *THROUGH)
    remedy = f"a Graph can say {', '.join(known)}; write convolutions as Linear, and subgraphs out in full"
    kinds = {name: type(node).__name__ for name, node in nodes.items()}
    return [
        Problem(f"nodes[{name!r}]", f"no Graph is known for a node of kind {kind}", remedy)
        for name, kind in kinds.items()
        if kind not in known
    ]


def _dangling(nodes: Mapping[str, Any], edges: Iterable[tuple[str, str]]) -> list[Problem]:
    ends = sorted({str(end) for edge in edges for end in edge if end not in nodes})
    return [Problem("edges", f"no node {end!r}", f"the graph has {', '.join(nodes)}") for end in ends]


def _sum(size: int) -> Neurons:
    """A weighted sum that is an output: what arrives is the potential."""
    return Neurons(size, lambda bias: Integrator(size, retain=0.0, bias=bias), np.ones(size))


def _name(name: str) -> str:
    return name.replace("/", ".")


def _projection(
    source: str, target: str, paths: list[Path], sources: int, gain: Floats, step: float
) -> tuple[Projection, Losses]:
    """All ways from a population of ``sources`` neurons to another, in the order of the graph's edges."""
    for path in paths:
        if path.sources != sources:
            raise ForeignError.at(
                f"nodes[{source!r}]",
                f"has {sources} channels, but its way to {target!r} takes {path.sources}",
                "check the shapes of the graph",
            )
    pre, post, weight, seconds = (
        np.concatenate(column) for column in zip(*(path.columns() for path in paths), strict=True)
    )
    place = f"projections['{_name(source)}->{_name(target)}']"
    delay, losses = from_seconds(f"{place}.delay", seconds, step)
    if source == target:
        delay, added = _next_step(f"{place}.delay", delay)
        losses += added
    return Projection(_name(source), _name(target), pre, post, weight * gain[post], delay), losses


def _next_step(place: str, delay: NDArray[np.int64]) -> tuple[NDArray[np.int64], Losses]:
    instant = int(np.count_nonzero(delay == 0))
    if not instant:
        return delay, Losses()
    detail = "a loop without a delay acts in the next step, as it does in every simulator that goes in steps"
    entry = Loss(
        what="delay",
        change="added",
        place=place,
        count=instant,
        of=delay.size,
        largest=1,
        unit="steps",
        detail=detail,
    )
    return np.maximum(delay, 1), Losses(entries=(entry,))
