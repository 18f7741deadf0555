"""Counts that follow from spikes alone, so that recorded or assumed activity can be priced without running a
network.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from delaycore.graph import Projection

__all__ = ["count_deliveries", "count_due_events", "count_fan_out", "count_late"]


def count_fan_out(projection: Projection, sources: int, steps: int | None = None) -> NDArray[np.int64]:
    """Count the synapses of each source neuron at each delay, [sources, largest delay + 1].

    sources: neurons of the source.    steps: leaves out the delays from there on.
    """
    width = projection.largest_delay + 1
    pre, delay = projection.pre, projection.delay
    if steps is not None and steps < width:
        width = steps
        pre, delay = pre[delay < steps], delay[delay < steps]
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
    made = spikes.reshape(samples * steps, neurons).astype(exact) @ per_delay[:, used].astype(exact)
    made = made.reshape(samples, steps, len(used))
    due = np.zeros((samples, steps), dtype=np.int64)
    for k, d in enumerate(used):
        if d < steps:
            due[:, d:] += np.rint(made[:, : steps - d, k]).astype(np.int64)
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
    return np.asarray(spikes.sum(axis=1) @ sent - delivered.sum(axis=1), dtype=np.int64)
