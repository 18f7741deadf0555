"""New synapses at finer delays, beside those that pruning left (arXiv 2404.10597)."""

from __future__ import annotations

import numpy as np

from delaycore.graph import Graph, Projection
from delaycore.hardware import Losses

__all__ = ["regrow"]


def regrow(graph: Graph, distance: int) -> tuple[Graph, Losses]:
    """Add synapses of weight 0, ``distance`` steps before and after every one of a delayed projection, and
    return the graph with the number of those that were added.

    They stay within the delays that the projection has, so one that has a single delay is left alone.  The
    function of the network is the same until they are trained.
    """
    losses, projections = Losses(), []
    for p in graph.projections:
        grown = _regrow_projection(p, distance)
        losses += Losses.counted(
            "synapse",
            "added",
            p.place,
            len(grown) - len(p),
            len(grown),
            detail=f"{distance} steps beside survivors, weight 0",
        )
        projections.append(grown)
    return graph.with_(projections=projections), losses


def _regrow_projection(p: Projection, distance: int) -> Projection:
    here = np.stack([p.pre, p.post, p.delay], axis=1)
    later = np.array([0, 0, distance])
    beside = np.concatenate([here - later, here + later])
    beside = beside[(beside[:, 2] >= p.smallest_delay) & (beside[:, 2] <= p.largest_delay)]
    known = set(map(tuple, here.tolist()))
    new = np.array(
        sorted({row for row in map(tuple, beside.tolist()) if row not in known}), dtype=np.int64
    ).reshape(-1, 3)
    joined = np.concatenate([here, new])
    weight = np.concatenate([p.weight, np.zeros(len(new))])
    return Projection(p.source, p.target, joined[:, 0], joined[:, 1], weight, joined[:, 2], p.name)
