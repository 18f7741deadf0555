"""Amounts that a network takes per sample, such as energy, each a function of spikes, and what one more spike
of each neuron adds to them.

Chips enter through their backends' own prices alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from delaycore import _counting as counting
from delaycore.delay_memory import compute_occupancy, list_demands
from delaycore.deploy import Chip
from delaycore.graph import Graph
from delaycore.hardware import Workload

__all__ = ["AMOUNTS", "UNITS", "estimate_marginals"]

_BLOCK_BYTES = 64 << 20
"""Spikes of the copies of a sample that are looked at together."""

Floats = NDArray[np.float64]
Spikes = Mapping[str, NDArray[np.bool_]]


def _energy(chip: Chip, work: Workload) -> Floats:
    return chip.price(work).cost.energy.total


def _latency(chip: Chip, work: Workload) -> Floats:
    return chip.price(work).cost.latency.total


def _operations(chip: Chip, work: Workload) -> Floats:
    delivered = [
        counting.count_deliveries(p, work.spikes[p.source]).sum(axis=1) for p in work.graph.projections
    ]
    return np.asarray(np.sum(delivered, axis=0, dtype=np.float64))


def _occupancy(chip: Chip, work: Workload) -> Floats:
    words = [compute_occupancy(d.spikes, d.pruning).words for d in list_demands(work.graph, work.spikes)]
    return np.asarray(
        np.sum(words, axis=0, dtype=np.float64).max(axis=1) if words else np.zeros(work.samples)
    )


AMOUNTS: dict[str, Callable[[Chip, Workload], Floats]] = {
    "energy": _energy,
    "latency": _latency,
    "operations": _operations,
    "occupancy": _occupancy,
}
"""Amounts by name, [samples]: joules, seconds, synaptic operations, and the most words that all circular
delay queues together hold in a step.
"""

UNITS = {"energy": "J", "latency": "s", "operations": "synaptic operations", "occupancy": "words"}


def estimate_marginals(
    amount: Callable[[Chip, Workload], Floats], chip: Chip, graph: Graph, spikes: Spikes
) -> dict[str, Floats]:
    """Return what one more spike of each neuron adds to an ``amount``, [neurons], by population that fires,
    inputs left out.

    A finite difference at ``spikes``, bool [samples, steps, neurons]: every neuron in turn fires in all steps
    in which it does not, and the rise is shared among the spikes that this adds, in the mean over samples.
    """
    found = {}
    for name, population in graph.populations.items():
        if not population.spikes or name in graph.inputs:
            continue
        rises = [
            _measure_rises(amount, chip, graph, {n: s[i] for n, s in spikes.items()}, name)
            for i in range(len(spikes[name]))
        ]
        found[name] = np.mean(rises, axis=0)
    return found


def _measure_rises(
    amount: Callable[[Chip, Workload], Floats], chip: Chip, graph: Graph, one: Spikes, name: str
) -> Floats:
    """Return the rise per added spike of each neuron of population ``name``, at the spikes of ``one`` sample,
    [steps, neurons].
    """
    steps, neurons = one[name].shape
    added = steps - one[name].sum(axis=0)
    at_once = max(1, _BLOCK_BYTES // max(1, sum(s.size for s in one.values())))
    rises = []
    for first in range(0, neurons, at_once):
        each = np.arange(first, min(first + at_once, neurons))
        copies = {n: np.repeat(s[None], len(each) + 1, axis=0) for n, s in one.items()}
        copies[name][np.arange(len(each)), :, each] = True  # the last copy stays as it is
        taken = amount(chip, Workload(graph, copies))
        rises.append((taken[:-1] - taken[-1]) / np.maximum(added[each], 1))
    return np.concatenate([np.zeros(0), *rises])
