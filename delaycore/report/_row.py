"""One row of a run's table: a network, what it answers, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from delaycore.activity import Activity
from delaycore.graph import Graph
from delaycore.hardware import Cost

__all__ = ["Row", "make_row"]


@dataclass(frozen=True, kw_only=True)
class Row:
    """Measurements of a network on the test samples; None for what does not apply.

    name, title: of files, and for readers.
    correct, samples: right answers, and all answers.
    accuracy, interval: fraction of right answers with Wilson's 95 % interval.
    same:        fraction of samples with the same prediction as the software network that it was made from.
    synapses:    each with a weight and a delay.
    spikes:      per sample, by population that fires, inputs included.
    latency, energy, memory: seconds and joules per sample, and bits; None for software.
    delay_memory: fraction of the memory that holds spikes until they are due.
    note:        what a reader should know, such as why a network does not fit.
    """

    name: str
    title: str
    correct: int | None = None
    samples: int | None = None
    accuracy: float | None = None
    interval: tuple[float, float] | None = None
    same: float | None = None
    synapses: int | None = None
    spikes: Mapping[str, float] = field(default_factory=dict)
    latency: float | None = None
    energy: float | None = None
    memory: float | None = None
    delay_memory: float | None = None
    note: str = ""


def make_row(
    name: str,
    title: str,
    predictions: NDArray[np.int64],
    labels: NDArray[np.int64],
    *,
    graph: Graph | None = None,
    activity: Activity | None = None,
    cost: Cost | None = None,
    software: NDArray[np.int64] | None = None,
    note: str = "",
) -> Row:
    """Make the row of a network from its ``predictions`` and the ``labels``, both [samples].

    software: predictions [samples] of the network from which this one was made.
    """
    from scipy.stats import binomtest

    correct, samples = int((predictions == labels).sum()), len(labels)
    interval = binomtest(correct, samples).proportion_ci(0.95, "wilson")
    firing = [n for n, p in graph.populations.items() if p.spikes] if graph is not None else []
    return Row(
        name=name,
        title=title,
        correct=correct,
        samples=samples,
        accuracy=correct / samples,
        interval=(float(interval.low), float(interval.high)),
        same=None if software is None else float((predictions == software).mean()),
        synapses=None if graph is None else graph.synapses,
        spikes={} if activity is None else {n: float(activity.spikes[n].sum()) / samples for n in firing},
        latency=None if cost is None else cost.latency.mean,
        energy=None if cost is None else cost.energy.mean,
        memory=None if cost is None else cost.memory_total,
        delay_memory=None if cost is None else cost.delay_memory_share,
        note=note,
    )
