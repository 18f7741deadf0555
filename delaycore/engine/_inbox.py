"""The synapses into one population, laid out for the kernel that adds arrivals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from delaycore.graph import Graph, Projection

__all__ = ["Inbox", "build_inbox", "number_neurons"]


class Inbox(NamedTuple):
    """Synapses sorted as in `delaycore.reference`: falling age, source population and neuron; cut into runs
    of one delay and source.

    run_delay, run_pop, run_first, run_row: per run, its delay, the number and the event-list column of its
        source, and where its rows begin.
    row:          where the synapses of each source neuron of each run begin.
    post, weight: per synapse.
    line:         per entry of ``row``, whether its synapses go to neighbouring neurons, one after the other.
    """

    run_delay: NDArray[np.int64]
    run_pop: NDArray[np.int64]
    run_first: NDArray[np.int64]
    run_row: NDArray[np.int64]
    row: NDArray[np.int64]
    post: NDArray[np.int64]
    weight: NDArray[np.float64]
    line: NDArray[np.bool_]


def number_neurons(graph: Graph) -> dict[str, int]:
    """Return the number of each population's first neuron, when the neurons of all are numbered in order."""
    ends = np.cumsum([0, *(p.size for p in graph.populations.values())])
    return {name: int(first) for name, first in zip(graph.populations, ends, strict=False)}


def build_inbox(
    graph: Graph, first: Mapping[str, int], target: str, steps: int, negative: bool | None = None
) -> Inbox:
    """Lay out the synapses into population ``target``.

    first:    the number of each population's first neuron, as of `number_neurons`.
    steps:    of a sample: what is delayed by as many or more never arrives, and takes no memory.
    negative: take its negative weights alone (True) or the others (False), as magnitudes; None takes all.
    """
    into = [part for part in (_select(p, p.delay < steps) for p in graph.into(target)) if len(part)]
    if negative is not None:
        signed = (_select(p, (p.weight < 0) == negative) for p in into)
        into = [replace(part, weight=np.abs(part.weight)) for part in signed if len(part)]
    if not into:
        none = np.zeros(0, dtype=np.int64)
        return Inbox(
            none,
            none,
            none,
            none,
            np.zeros(1, dtype=np.int64),
            none,
            np.zeros(0),
            np.zeros(1, dtype=np.bool_),
        )
    pop = np.concatenate([np.full(len(p), graph.places[p.source]) for p in into])
    begin = np.concatenate([np.full(len(p), graph.populations[p.source].start) for p in into])
    pre, post, delay, weight = (
        np.concatenate([getattr(p, c) for p in into]) for c in ("pre", "post", "delay", "weight")
    )
    order = np.lexsort((pre, pop, -delay - begin))  # stable: synapses that tie keep their order in the graph
    pop, pre, post, delay, weight = pop[order], pre[order], post[order], delay[order], weight[order]
    starts = np.flatnonzero(np.r_[True, (np.diff(delay) != 0) | (np.diff(pop) != 0)])
    name_of = {graph.places[p.source]: p.source for p in into}
    names = [name_of[k] for k in pop[starts].tolist()]
    sizes = np.array([graph.populations[name].size for name in names])
    run_row = np.r_[0, np.cumsum(sizes + 1)[:-1]]
    row = np.empty(int((sizes + 1).sum()), dtype=np.int64)
    for start, stop, size, at in zip(starts, np.r_[starts[1:], len(pre)], sizes, run_row, strict=True):
        row[at : at + size + 1] = start + np.searchsorted(pre[start:stop], np.arange(size + 1))
    columns = np.array([first[name] for name in names], dtype=np.int64)
    return Inbox(
        delay[starts],
        pop[starts].astype(np.int64),
        columns,
        run_row.astype(np.int64),
        row,
        post.astype(np.int64),
        weight,
        _find_lines(row, post),
    )


def _find_lines(row: NDArray[np.int64], post: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Find the rows that name neighbours one after the other; the last entry of a run begins no row."""
    breaks = np.concatenate(
        [[0, 0], np.cumsum(np.diff(post) != 1)]
    )  # breaks[k]: before synapse k, counted from the first
    first, last = row[:-1], row[1:] - 1
    found = last >= first
    found[found] = breaks[last[found] + 1] == breaks[first[found] + 1]
    return np.append(found, False)


def _select(p: Projection, here: NDArray[np.bool_]) -> Projection:
    if here.all():
        return p
    return replace(p, pre=p.pre[here], post=p.post[here], weight=p.weight[here], delay=p.delay[here])
