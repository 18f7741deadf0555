"""Delays moved onto a coarser grid, for delay memories that hold few of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from delaycore.errors import SettingsError
from delaycore.graph import Format, Graph, Projection
from delaycore.hardware._losses import Losses
from delaycore.hardware._retiming import list_looping

__all__ = ["coarsen_delays"]


def coarsen_delays(graph: Graph, stride: int) -> tuple[Graph, Losses]:
    """``graph`` with every delay rounded to a multiple of ``stride`` steps by `Format.round`, and what that
    changed.

    No delay becomes longer than the longest of its projection, unless that is shorter than a stride, and none
    of a loop becomes 0. Synapses of a pair that meet at one delay are one, whose weight is their sum.
    """
    if not isinstance(stride, int) or stride < 1:
        raise SettingsError.at(
            "stride", f"must be a whole number of steps from 1, not {stride!r}", "1 leaves delays as they are"
        )
    losses: list[Losses] = []
    projections, looping = [], list_looping(graph)
    for p in graph.projections:
        least = stride if p.name in looping else 0
        number = Format(
            family="fixed", step=stride, minimum=least, maximum=max(least, p.largest_delay // stride * stride)
        )
        delay = np.asarray(number.round(p.delay), dtype=np.int64)
        losses.append(Losses.of("delay", "rounded", f"{p.place}.delay", p.delay, delay, unit="steps"))
        merged = _merge_synapses(p, delay)
        detail = "same pair and delay, weights added"
        losses.append(
            Losses.counted("synapse", "merged", p.place, len(p) - len(merged), len(p), detail=detail)
        )
        projections.append(merged)
    return graph.with_(projections=projections), Losses.join(losses)


def _merge_synapses(p: Projection, delay: NDArray[np.int64]) -> Projection:
    """``p`` with these delays, in its order of synapses, those that have become one at the place of the
    first.
    """
    _, first, which = np.unique(
        np.stack([p.pre, p.post, delay]), axis=1, return_index=True, return_inverse=True
    )
    if len(first) == len(p):
        return Projection(p.source, p.target, p.pre, p.post, p.weight, delay, p.name)
    weight = np.bincount(which.reshape(-1), p.weight, len(first))
    order = np.argsort(first)
    kept = first[order]
    return Projection(p.source, p.target, p.pre[kept], p.post[kept], weight[order], delay[kept], p.name)
