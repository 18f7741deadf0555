"""A Graph as a NIR graph.

A projection becomes one way of a Delay and a weighted node where each source neuron has one delay, and one
such way per delay otherwise: so per-synapse delays, and several synapses per pair, are held in full though
NIR's Delay is per channel.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaycore._installing import suggest_packages
from delaycore.errors import ForeignError
from delaycore.graph import Arithmetic, Graph, Input, Projection
from delaycore.hardware import Losses
from delaycore.interop._modules import Floats
from delaycore.interop._names import make_unique
from delaycore.interop._nir_populations import make_node
from delaycore.interop._nir_steps import Method, check_choices
from delaycore.interop._problems import ProblemList
from delaycore.memory import describe_need

__all__ = ["import_nir", "to_nir"]


def to_nir(graph: Graph, *, method: Method = "euler") -> tuple[Any, Losses]:
    """Write ``graph`` as a `nir.NIRGraph`, and say what NIR cannot hold.

    method: how a reader will turn its equations into steps, see `from_nir`; time constants are
            chosen so that it gets this graph's neurons back, and the graph's step goes into the metadata
            under ``step``.

    Lost, and listed: arithmetic other than float64, read-out, framing, refractory periods, adaptive
    thresholds, resets by subtraction, delayed starts, synapses of weight 0, and the order of additions of
    synapses that share neurons and delay.  A population that nothing leads to gets weights of 0 from the
    first input, since `nir.read` puts an input of its own before it otherwise.  Raises `ForeignError` with
    every population of a kind that NIR does not have.  Needs the package nir.
    """
    check_choices(method)
    nir = import_nir()
    nodes: dict[str, Any] = {}
    edges: list[tuple[str, str]] = []
    losses = [_list_network_losses(graph)]
    strict = graph.arithmetic.fires == ">"
    problems = ProblemList()
    for name, population in graph.populations.items():
        with problems.gather():
            nodes[name], lost = make_node(nir, name, population, graph.step, method, strict)
            losses.append(lost)
    _check_matrices(graph, problems)
    problems.raise_any()
    for projection in graph.projections:
        losses += [_count_merged(projection), _count_empty(projection)]
        size = graph.populations[projection.source].size, graph.populations[projection.target].size
        for i, (delay, weight) in enumerate(_split(projection, *size)):
            way = [projection.source]
            if delay.any():
                way.append(_name(f"{projection.name}.delay{i}", nodes))
                nodes[way[-1]] = nir.Delay(delay=delay * graph.step)
            way.append(_name(f"{projection.name}.weight{i}", nodes))
            nodes[way[-1]] = nir.Linear(weight=weight)
            edges += zip(way, [*way[1:], projection.target], strict=True)
    for name in _find_roots(graph):
        start = next(iter(graph.inputs))
        empty = _name(f"{start}->{name}.weight", nodes)
        nodes[empty] = nir.Linear(
            weight=np.zeros((graph.populations[name].size, graph.populations[start].size))
        )
        edges += [(start, empty), (empty, name)]
    for name in _find_outputs(graph):
        end = _name(f"{name}.output", nodes)
        nodes[end] = nir.Output(output_type={"output": np.array([graph.populations[name].size])})
        edges.append((name, end))
    return nir.NIRGraph(nodes, edges, metadata={"step": graph.step}, type_check=False), Losses.join(losses)


def import_nir() -> Any:
    """Import the package nir.  Raises `ForeignError` if it is not installed."""
    try:
        return import_module("nir")
    except ImportError:
        raise ForeignError.at("nir", "is not installed", suggest_packages("nir")) from None


def _name(name: str, nodes: Container[str]) -> str:
    """Choose a name for a node that none of ``nodes`` has and that a file can have."""
    return make_unique(name.replace("/", "."), nodes)


def _find_roots(graph: Graph) -> list[str]:
    """Find populations that get weights of 0 from an input, if there is one.

    These are populations that nothing leads to, before which `nir.read` puts an input of their own, and the
    first of all where no input leads anywhere, which it does not read.
    """
    computed = [name for name in graph.populations if name not in graph.inputs]
    joined = [p for p in graph.projections if len(p)]
    if not graph.inputs:
        return []
    reached = {p.target for p in joined}
    alone = [name for name in computed if name not in reached]
    if alone or any(p.source in graph.inputs for p in joined):
        return alone
    return computed[:1]


def _find_outputs(graph: Graph) -> list[str]:
    """Find the population that is read, or else those that project nowhere."""
    if graph.readout is not None:
        return [graph.readout.population]
    ends = [
        name for name, p in graph.populations.items() if not graph.out_of(name) and not isinstance(p, Input)
    ]
    return ends or [name for name, p in graph.populations.items() if not isinstance(p, Input)]


def _split(projection: Projection, sources: int, targets: int) -> Iterator[tuple[NDArray[np.int64], Floats]]:
    """Yield delays [sources] in steps and weights [targets, sources] that together are the projection."""
    pre, post, weight, delay = projection.pre, projection.post, projection.weight, projection.delay
    per_source = _find_axonal_delays(projection, sources)
    if per_source is not None:
        yield per_source, _fill_matrix(pre, post, weight, sources, targets)
        return
    for level in np.unique(delay):
        at = delay == level
        yield np.full(sources, level), _fill_matrix(pre[at], post[at], weight[at], sources, targets)


def _find_axonal_delays(projection: Projection, sources: int) -> NDArray[np.int64] | None:
    """Find the delay of each source, [sources] in steps; None where synapses of one have several."""
    per_source = np.zeros(sources, np.int64)
    per_source[projection.pre] = projection.delay
    return per_source if np.array_equal(per_source[projection.pre], projection.delay) else None


def _check_matrices(graph: Graph, problems: ProblemList) -> None:
    """Note where the matrices that NIR has for synapses, one for each delay, would not fit into memory."""
    for p in graph.projections:
        sources, targets = int(graph.populations[p.source].size), int(graph.populations[p.target].size)
        number = 1 if _find_axonal_delays(p, sources) is not None else len(np.unique(p.delay))
        if need := describe_need(number * sources * targets, "weights in matrices", 8):
            remedy = "use fewer delays or smaller populations: NIR has no sparse matrices"
            problems.add(p.place, f"becomes {need}", remedy)


def _fill_matrix(
    pre: NDArray[np.int64], post: NDArray[np.int64], weight: Floats, sources: int, targets: int
) -> Floats:
    matrix = np.zeros((targets, sources))
    np.add.at(matrix, (post, pre), weight)
    return matrix


def _count_merged(projection: Projection) -> Losses:
    """Count synapses that share both neurons and the delay: they are added up, which moves a rounding."""
    rows = np.stack([projection.pre, projection.post, projection.delay])
    gone = len(projection) - np.unique(rows, axis=1).shape[1] if len(projection) else 0
    return Losses.counted(
        "synapse",
        "merged",
        projection.place,
        gone,
        len(projection),
        "same neurons and delay: their weights are added",
    )


def _count_empty(projection: Projection) -> Losses:
    """Count synapses of weight 0, which are gone: a matrix has a 0 where there is no synapse, too."""
    return Losses.counted(
        "synapse",
        "dropped",
        projection.place,
        int(np.count_nonzero(projection.weight == 0)),
        len(projection),
        "of weight 0: NIR's matrices do not tell them from none",
    )


def _list_network_losses(graph: Graph) -> Losses:
    """List what belongs to the network as a whole and has no place in NIR."""
    losses = Losses()
    if replace(graph.arithmetic, fires=">=") != Arithmetic():
        losses += Losses.counted(
            "parameter",
            "dropped",
            "arithmetic",
            1,
            1,
            f"{graph.arithmetic.name}: NIR's numbers are real numbers",
        )
    if graph.readout is not None:
        losses += Losses.counted(
            "parameter",
            "dropped",
            "readout",
            1,
            1,
            f"{graph.readout.statistic} of {graph.readout.population}"
            + (", with the names of its classes" if graph.readout.classes else ""),
        )
    if graph.framing is not None:
        losses += Losses.counted("parameter", "dropped", "framing", 1, 1, "how events become steps")
    return losses
