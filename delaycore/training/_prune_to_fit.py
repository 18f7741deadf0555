"""Prune a network until it fits a chip: its weakest synapses are removed until the backend finds nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from delaycore.deploy import Chip
from delaycore.graph import Graph, Projection
from delaycore.hardware import DoesNotFit, Losses
from delaycore.nn import Connectivity, Dense

__all__ = ["GROUPS", "prune_to_fit"]

Index = NDArray[np.int64]


def _synapses(p: Projection, connectivity: Connectivity) -> Index:
    row, column = connectivity.entries(p.pre, p.post)
    return _number_rows(row, column, p.delay)


def _axons(p: Projection, connectivity: Connectivity) -> Index:
    row, _ = connectivity.entries(p.pre, p.post)
    return _number_rows(row // (connectivity.rows // connectivity.axons), p.delay)


def _number_rows(*columns: Index) -> Index:
    """Return a number for each different row of ``columns``."""
    _, group = np.unique(np.stack(columns), axis=1, return_inverse=True)
    return np.asarray(group.reshape(-1), dtype=np.int64)


GROUPS: dict[str, Callable[[Projection, Connectivity], Index]] = {"synapses": _synapses, "axons": _axons}
"""Functions, by name, that number the group of each synapse; a group is removed as a whole.  An axon is all
synapses of one source neuron at one delay.  Copies of a shared weight are one group, and so are the axons of
one map that a convolution looks at.
"""


def prune_to_fit(
    graph: Graph, chip: Chip, prune: str = "synapses", connectivities: Mapping[str, Connectivity] = {}
) -> tuple[Graph, Losses]:
    """Return ``graph`` without as many of its weakest synapses or axons as it takes to fit ``chip``, and the
    loss.

    prune:   a key of `GROUPS`.  The weakest group is that with the smallest mean magnitude: a sum would take
             the
             axons of few targets first.  The number is found by bisection.
    connectivities: by projection, where weights are shared.
    Raises `DoesNotFit` with the findings that remain where the network has no synapse any more.
    """
    if chip.check(graph).ok:
        return graph, Losses()
    rank = _rank_groups(graph, GROUPS[prune], connectivities)
    least, most = 0, 1 + max((int(r.max(initial=-1)) for r in rank), default=-1)
    bare = chip.check(_drop(graph, rank, most))
    if not bare.ok:
        raise DoesNotFit(bare)
    while most - least > 1:
        middle = (least + most) // 2
        if chip.check(_drop(graph, rank, middle)).ok:
            most = middle
        else:
            least = middle
    left, losses = _drop(graph, rank, most), Losses()
    for before, r in zip(graph.projections, rank, strict=True):
        gone = r < most
        largest = float(np.abs(before.weight[gone]).max(initial=0.0))
        losses += Losses.counted(
            "synapse",
            "pruned",
            before.place,
            int(gone.sum()),
            len(before),
            detail=f"weakest {prune}, to fit {chip.name}",
            largest=largest,
        )
    return left, losses


def _rank_groups(
    graph: Graph,
    group: Callable[[Projection, Connectivity], Index],
    connectivities: Mapping[str, Connectivity],
) -> list[Index]:
    """Return the rank of each synapse's group among those of all projections, the weakest first, one array
    per projection.
    """
    full = {
        p.name: Dense(graph.populations[p.source].size, graph.populations[p.target].size)
        for p in graph.projections
    }
    groups = [group(p, connectivities.get(p.name, full[p.name])) for p in graph.projections]
    strengths = [
        np.bincount(g, np.abs(p.weight)) / np.bincount(g)
        for g, p in zip(groups, graph.projections, strict=True)
    ]
    order = np.argsort(np.concatenate([*strengths, np.zeros(0)]), kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    ends = np.cumsum([len(s) for s in strengths])[:-1]
    return [r[g] for r, g in zip(np.split(rank, ends), groups, strict=True)]


def _drop(graph: Graph, rank: list[Index], count: int) -> Graph:
    """Return ``graph`` without the ``count`` weakest groups."""
    projections = []
    for p, r in zip(graph.projections, rank, strict=True):
        kept = r >= count
        projections.append(
            Projection(p.source, p.target, p.pre[kept], p.post[kept], p.weight[kept], p.delay[kept], p.name)
        )
    return graph.with_(projections=projections)
