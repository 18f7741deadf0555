"""Counts that follow from spikes alone, so that recorded or assumed activity can be priced without running a
network.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaycore.graph import Projection
from delaycore.memory import require_memory

__all__ = ["BLOCK_BYTES", "count_deliveries", "count_due_events", "count_fan_out", "count_late"]

BLOCK_BYTES = 2**24
"""Bytes of the steps that are counted at a time: their spikes, and the events that these make, as floats."""


def count_fan_out(projection: Projection, sources: int, steps: int | None = None) -> NDArray[np.int64]:
    """Count the synapses of each source neuron at each delay, [sources, largest delay + 1].

    sources: neurons of the source.    steps: leaves out the delays from there on.
    """
    width = projection.largest_delay + 1
    pre, delay = projection.pre, projection.delay
    if steps is not None and steps < width:
        width = steps
        pre, delay = pre[delay < steps], delay[delay < steps]
    require_memory(
        f"projection {projection.name!r}",
        {"its synapses counted by source and delay": 8 * sources * width, "their places": 8 * len(pre)},
        "shorten its longest delays",
    )
    flat = np.bincount(pre * width + delay, minlength=sources * width)
    return flat.reshape(sources, width)


def count_due_events(spikes: NDArray[np.bool_], per_delay: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count the events due in each step, [samples, steps], when a spike of neuron i makes ``per_delay[i, d]``
    events d steps later.

    spikes: [samples, steps, neurons].  What would be due after the last step is left out.
    """
    samples, steps, neurons = spikes.shape
    used = np.flatnonzero(per_delay.any(axis=0))
    exact = np.float32 if per_delay.sum(axis=0).max(initial=0) < 2**24 else np.float64
    each: NDArray[Any] = per_delay[:, used].astype(exact)
    due = np.zeros((samples, steps), dtype=np.int64)
    rows = max(1, BLOCK_BYTES // (each.itemsize * max(1, neurons + len(used))))
    at_once, span = max(1, rows // max(1, steps)), max(1, min(steps, rows))
    for n in range(0, samples, at_once):
        for t in range(0, steps, span):
            sent = spikes[n : n + at_once, t : t + span]
            whole, parts = sent.shape[:2]
            made = sent.reshape(whole * parts, neurons).astype(exact) @ each
            made = np.rint(made, out=made).reshape(whole, parts, len(used))
            for k, d in enumerate(used):
                here = due[n : n + at_once, t + d : t + d + span]  # no further than the last step
                here += made[:, : here.shape[1], k].astype(np.int64)
    return due


def count_deliveries(projection: Projection, spikes: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Count the synaptic events that arrive in each step, [samples, steps], from recorded spikes of the
    source, bool [samples, steps, neurons].
    """
    return count_due_events(spikes, count_fan_out(projection, spikes.shape[2], spikes.shape[1]))


def count_late(
    projection: Projection, spikes: NDArray[np.bool_], delivered: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Count the synaptic events that are due after the last step, [samples].

    delivered: what `count_deliveries` has counted of the same spikes.
    """
    sent = np.bincount(projection.pre, minlength=spikes.shape[2])
    at_once = max(1, BLOCK_BYTES // (8 * max(1, spikes.shape[2])))
    parts = (spikes[n : n + at_once] for n in range(0, len(spikes), at_once))
    made = [part.sum(axis=1) @ sent for part in parts]
    return np.asarray(np.concatenate([np.zeros(0, np.int64), *made]) - delivered.sum(axis=1))
