"""Time, energy and memory from counts: crossbar points that are read, cores in use, ticks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaycore.delay_memory import count_due_events
from delaycore.hardware import Cost, Placement, Quantity
from delaycore_truenorth.crossbars import Sender
from delaycore_truenorth.spec import COSTS, LIMITS, NOT_MODELLED

__all__ = ["estimate_cost"]

Points = Mapping[int, NDArray[Any]]
Spikes = Mapping[str, NDArray[np.bool_]]


def estimate_cost(
    placement: Placement, senders: Sequence[Sender], points: Points, spikes: Spikes, samples: int, ticks: int
) -> Cost:
    """Estimate the cost of a run, or of assumed spikes.

    senders: packets of each slice.    points: on each axon of each core.
    spikes:  of slices by name, bool [samples, steps, neurons]; a slice without any is silent.
    """
    cores, unit = len(placement.cores), {name: float(constant) for name, constant in COSTS.items()}
    seconds, read = np.full(samples, ticks * unit["tick"]), np.zeros(samples)
    for s, packets in senders:
        if s.name in spikes:
            read += _count_events(packets, points, spikes[s.name])
    static = cores * unit["core.static"] * seconds
    return Cost(
        energy=Quantity("J", {"synaptic events": read * unit["event"], "static: cores in use": static}),
        latency=Quantity("s", {"ticks": seconds}),
        memory={"core rows": cores * 256 * unit["core.row"], "schedulers": cores * unit["scheduler"]},
        delay_memory=("schedulers",),
        counts={"synaptic events": read},
        model="fit to published powers at 0.8 V: static per core, energy per synaptic event; ticks of 1 ms",
        not_modelled=NOT_MODELLED,
    )


def _count_events(packets: NDArray[np.int64], points: Points, spikes: NDArray[np.bool_]) -> NDArray[Any]:
    """Crossbar points read in each sample; what is due after the last step is not."""
    per_delay = np.zeros((spikes.shape[2], int(LIMITS["delay.range"]) + 2), dtype=np.int64)
    for neuron, core, axon, delay in packets.tolist():
        per_delay[neuron, delay] += points[core][axon]
    return np.asarray(count_due_events(spikes, per_delay).sum(axis=1))
