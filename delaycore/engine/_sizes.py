"""How many samples run at a time, and the bytes that a run takes."""

from __future__ import annotations

import os
from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from delaycore._counting import BLOCK_BYTES
from delaycore.activity import select_recorded
from delaycore.engine._updates import has_kernel
from delaycore.graph import Graph, Projection

__all__ = ["choose_chunk", "estimate_memory"]

_CHUNK_BYTES = 16 << 20  # event lists of a chunk stay within the cache hierarchy's reach
_CHUNK_SAMPLES = 32

_NUMBER = 8
"""Bytes of a float64 or an int64; a spike is one byte."""

_KEPT, _SORTED = 17, 144
"""Bytes of a synapse in its table, and more of them while the table of its population is made."""

_ROW_KEPT, _ROW_SOUGHT = 9, 40
"""Bytes of a row of such a table, which says where the synapses of a delay and a source neuron begin, and
more of them while it is made.
"""

_OBJECTS = 2**16
"""Bytes of what is no array."""


def choose_chunk(graph: Graph, steps: int) -> int:
    """Return how many samples run at a time, in one thread."""
    neurons = sum(p.size for p in graph.populations.values())
    return int(max(1, min(_CHUNK_SAMPLES, _CHUNK_BYTES // max(1, 4 * steps * neurons))))


def estimate_memory(
    graph: Graph,
    samples: int,
    steps: int,
    states: bool | Collection[str] = False,
    threads: int | None = None,
) -> dict[str, int]:
    """Estimate the bytes that `simulate` takes at most, by what they hold, the input spikes not among them.

    The bytes in all are at least those that are taken, and at most twice as many in runs that take megabytes.
    The other arguments are those of `simulate`.
    """
    computed = [name for name in graph.populations if name not in graph.inputs]
    recorded = select_recorded(graph, states)
    sizes = {name: int(p.size) for name, p in graph.populations.items()}
    laid_out = {p.name: p.delay[p.delay < steps] for p in graph.projections}
    synapses = {name: len(delay) for name, delay in laid_out.items()}
    delays = {name: _count_different(delay) for name, delay in laid_out.items()}
    rows = {p.name: delays[p.name] * (sizes[p.source] + 1) for p in graph.projections}
    need = {f"spikes of {name!r}": samples * steps * sizes[name] for name in computed}
    need |= {f"potentials of {name!r}": _NUMBER * samples * steps * sizes[name] for name in recorded}
    need["counts by step"] = _NUMBER * samples * steps * (len(computed) + len(graph.projections))
    need["tables of synapses"] = sum(_KEPT * synapses[name] + _ROW_KEPT * rows[name] for name in rows)
    building = (
        sum(_SORTED * synapses[p.name] + _ROW_SOUGHT * rows[p.name] for p in graph.into(name))
        for name in computed
    )
    at_once = min(samples, choose_chunk(graph, steps) * (threads or os.cpu_count() or 1))
    lists = steps * (4 * sum(sizes.values()) + _NUMBER * len(sizes))
    traces = _NUMBER * steps * sum(sizes[name] for name in computed if name not in recorded)
    state = _NUMBER * sum(sizes[name] * _count_numbers(graph, name) for name in computed)
    counting = (
        _estimate_counting(p, sizes[p.source], delays[p.name], samples, steps) for p in graph.projections
    )
    need["arrays of the work"] = _OBJECTS + max(at_once * (lists + traces + state), *building, *counting)
    return need


def _count_numbers(graph: Graph, name: str) -> int:
    """Count the numbers that a chunk keeps of each neuron: its state, and what a step makes of it."""
    return 7 if has_kernel(graph.populations[name], graph.arithmetic) else 16


def _count_different(delay: NDArray[np.int64]) -> int:
    if delay.max(initial=0) <= 4 * len(delay):
        return int(np.count_nonzero(np.bincount(delay)))
    return len(np.unique(delay))


def _estimate_counting(p: Projection, sources: int, delays: int, samples: int, steps: int) -> int:
    """Estimate the bytes that it takes to count the deliveries of a projection."""
    number = 4 if len(p) < 2**24 else _NUMBER  # of exact counts, as floats
    tables = sources * (_NUMBER * min(p.largest_delay + 1, steps) + number * delays)
    counted = min(
        max(BLOCK_BYTES, number * (sources + delays)), samples * steps * number * (sources + delays)
    )
    late = min(max(BLOCK_BYTES, _NUMBER * sources), _NUMBER * samples * sources)
    return max(tables + counted + _NUMBER * 3 * len(p), late)
