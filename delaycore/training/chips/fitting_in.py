"""A network made to fit a chip: its weakest synapses go until the backend has nothing more to say against
it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from delaycore.deploy import Chip
from delaycore.graph import Graph, Projection
from delaycore.hardware import DoesNotFit, Losses
from delaycore.training.synapses.wiring import Full, Wiring

__all__ = ["GROUPS", "fitted_in"]

Index = NDArray[np.int64]


def _synapses(p: Projection, wiring: Wiring) -> Index:
    row, column = wiring.entries(p.pre, p.post)
    return _numbered(row, column, p.delay)


def _axons(p: Projection, wiring: Wiring) -> Index:
    row, _ = wiring.entries(p.pre, p.post)
    return _numbered(row // (wiring.rows // wiring.axons), p.delay)


def _numbered(*columns: Index) -> Index:
    """A number for each different row of ``columns``."""
    _, group = np.unique(np.stack(columns), axis=1, return_inverse=True)
    return np.asarray(group.reshape(-1), dtype=np.int64)


GROUPS: dict[str, Callable[[Projection, Wiring], Index]] = {"synapses": _synapses, "axons": _axons}
"""What goes as a whole, by name: the number of the group of each synapse.  An axon is all synapses of one
source neuron at one delay; copies of a shared weight go together, and so do the axons of one map that a
convolution looks at.
"""


def fitted_in(
    graph: Graph, chip: Chip, prune: str = "synapses", wirings: Mapping[str, Wiring] = {}
) -> tuple[Graph, Losses]:
    """``graph`` without as many of its weakest synapses or axons as it takes to fit ``chip``, and what went.

    prune:   of `GROUPS`.  The weakest group is that with the smallest mean magnitude: a sum would take the
             axons of few targets first.  How many go is found by bisection.
    wirings: by projection, where weights are shared.
    Raises `DoesNotFit` with what is left to say against the network when it has no synapse any more.
    """
    if chip.check(graph).ok:
        return graph, Losses()
    rank = _ranks(graph, GROUPS[prune], wirings)
    least, most = 0, 1 + max((int(r.max(initial=-1)) for r in rank), default=-1)
    bare = chip.check(_without(graph, rank, most))
    if not bare.ok:
        raise DoesNotFit(bare)
    while most - least > 1:
        middle = (least + most) // 2
        if chip.check(_without(graph, rank, middle)).ok:
            most = middle
        else:
            least = middle
    left, losses = _without(graph, rank, most), Losses()
    for before, r in zip(graph.projections, rank, strict=True):
        gone = r < most
        largest = float(np.abs(before.weight[gone]).max(initial=0.0))
        losses += Losses.removed(
            "synapse",
            "pruned",
            before.place,
            int(gone.sum()),
            len(before),
            detail=f"weakest {prune}, to fit {chip.name}",
            largest=largest,
        )
    return left, losses


def _ranks(
    graph: Graph, group: Callable[[Projection, Wiring], Index], wirings: Mapping[str, Wiring]
) -> list[Index]:
    """The rank of each synapse's group among those of all projections, the weakest first, one array per
    projection.
    """
    full = {
        p.name: Full(graph.populations[p.source].size, graph.populations[p.target].size)
        for p in graph.projections
    }
    groups = [group(p, wirings.get(p.name, full[p.name])) for p in graph.projections]
    strengths = [
        np.bincount(g, np.abs(p.weight)) / np.bincount(g)
        for g, p in zip(groups, graph.projections, strict=True)
    ]
    order = np.argsort(np.concatenate([*strengths, np.zeros(0)]), kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    ends = np.cumsum([len(s) for s in strengths])[:-1]
    return [r[g] for r, g in zip(np.split(rank, ends), groups, strict=True)]


def _without(graph: Graph, rank: list[Index], count: int) -> Graph:
    """``graph`` without the ``count`` weakest groups."""
    projections = []
    for p, r in zip(graph.projections, rank, strict=True):
        kept = r >= count
        projections.append(
            Projection(p.source, p.target, p.pre[kept], p.post[kept], p.weight[kept], p.delay[kept], p.name)
        )
    return graph.with_(projections=projections)
