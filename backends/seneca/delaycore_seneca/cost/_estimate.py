"""Costs of recorded or assumed spikes: the counts of a run, without the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from delaycore.graph import Graph
from delaycore.hardware import Constant, Cost, CostEstimate, Placement, Workload
from delaycore.memory import require_memory_of
from delaycore_seneca.cost._cost import NetworkEvents, estimate_cost
from delaycore_seneca.machine import Traffic, add_stalls, count_hops, count_traffic
from delaycore_seneca.mapping import Layer, SenecaPlan
from delaycore_seneca.options import Overflow
from delaycore_seneca.tables import COSTS

__all__ = ["count_work", "estimate_run_cost", "estimate_workload_cost"]

Costs = Mapping[str, Constant]
Spikes = Mapping[str, NDArray[np.bool_]]

_COUNTS = 8 * 12
"""Bytes of the counts of a layer in a step."""

_LATE = (
    "assumed: after the last step the chip goes on without input until its queues are empty, and no "
    "neuron fires (option late)"
)


def estimate_workload_cost(workload: Workload, plan: SenecaPlan, costs: Costs = COSTS) -> CostEstimate:
    """Estimate what ``workload`` would take, placed as ``plan`` says, on a chip that need not hold it."""
    spikes, options = _fill_in_silent(plan.graph, workload), plan.options
    if options.late:
        more = max((layer.gate.levels for layer in plan.layers), default=1) - 1
        spikes = {name: np.pad(array, ((0, 0), (0, more), (0, 0))) for name, array in spikes.items()}
    work = count_work(plan.layers, spikes, options.queue_overflow, options.grouping)
    cost = estimate_run_cost(plan.graph, work, spikes, plan.placement, costs, plan.list_words)
    if options.late:
        cost = replace(cost, not_modelled=(*cost.not_modelled, _LATE))
    return CostEstimate(cost, plan.report, plan.placement, plan.mapping)


def count_work(
    layers: Sequence[Layer], spikes: Spikes, overflow: Overflow | None = "stall", grouping: int = 1
) -> list[Traffic]:
    """Count what ``spikes`` of all populations make each layer do.

    overflow: what a full queue does; None where no queue in hardware holds events.
    grouping: events of a step that are taken together.
    """
    samples, steps = next((array.shape[:2] for array in spikes.values()), (0, 0))
    sources = sum(layer.sources for layer in layers)
    require_memory_of(
        samples,
        steps,
        "counts",
        lambda some: {
            "spikes that arrive at layers": some * steps * sources,
            "counts by step": _COUNTS * some * steps * len(layers),
        },
        "run or price fewer steps",
    )
    work = [count_traffic(layer, spikes, grouping) for layer in layers]
    return add_stalls(work, [layer.arriving(spikes) for layer in layers], overflow) if overflow else work


def estimate_run_cost(
    graph: Graph,
    work: Sequence[Traffic],
    spikes: Spikes,
    placement: Placement,
    costs: Costs = COSTS,
    list_words: int | None = None,
) -> Cost:
    """Estimate the cost of counted ``work``, and of the events that ``spikes`` make on the network on chip,
    one for each core that they go to.
    """
    events, crossed = (np.zeros(len(next(iter(spikes.values()))), dtype=np.int64) for _ in range(2))
    cores = max(placement.cores, default=0) + 1
    targets: dict[str, set[int | None]] = {name: set() for name in graph.populations}
    for w in work:
        for name in w.layer.entry:
            targets[name].add(w.layer.slice.core)
    for name in graph.populations:
        goes_to = targets[name] - {None}
        for s in placement.of(name):
            made = spikes[name][:, :, s.start : s.stop].sum(axis=(1, 2), dtype=np.int64)
            events += len(goes_to) * made
            crossed += count_hops(s.core, [core for core in goes_to if core is not None], cores) * made
    return estimate_cost(work, NetworkEvents(events, crossed), costs, list_words)


def _fill_in_silent(graph: Graph, workload: Workload) -> dict[str, NDArray[np.bool_]]:
    shape = workload.samples, workload.steps
    return {
        name: workload.spikes[name]
        if name in workload.spikes
        else np.zeros((*shape, int(p.size)), dtype=np.bool_)
        for name, p in graph.populations.items()
    }
