"""The price of recorded or assumed spikes: the counts of a run, without the run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from delaycore.hardware import CostEstimate, Placement, Slice, Workload
from delaycore.memory import require_memory
from delaycore_loihi.cost._events import EventCounts, count_events
from delaycore_loihi.cost._groups import SynapseGroup, group_synapses
from delaycore_loihi.cost._memory import measure_memory
from delaycore_loihi.cost._prices import compute_cost
from delaycore_loihi.cost._routes import find_routes
from delaycore_loihi.mapping import LoihiPlan, derive_relay_spikes
from delaycore_loihi.options import Options
from delaycore_loihi.spec import SPEC

__all__ = ["estimate_cost"]

Spikes = dict[str, NDArray[np.bool_]]


def estimate_cost(workload: Workload, plan: LoihiPlan) -> CostEstimate:
    """Return what ``workload`` would take where ``plan`` places it, on a chip that need not hold it."""
    placement, options = plan.placement, plan.options
    spikes = dict(workload.spikes) | derive_relay_spikes(plan.graph, workload.spikes)
    for name, p in plan.graph.populations.items():
        spikes.setdefault(name, np.zeros((workload.samples, workload.steps, p.size), dtype=np.bool_))
    on_chip = _shift_to_chip_time(spikes, placement)
    groups = list(group_synapses(plan.demand, placement))
    routes = find_routes(groups, placement, options.cores_per_chip)

    def count_active(s: Slice) -> NDArray[np.int64]:
        """Return the neurons that fire, and of the others the assumed fraction."""
        firing = on_chip[s.population][:, :, s.start : s.stop].sum(axis=2)
        return np.asarray(firing + np.rint(options.active * (s.size - firing)), dtype=np.int64)

    counts = count_events(routes, on_chip, count_active, placement.latest)
    if not options.late:
        counts = _remove_late(counts, groups, spikes, placement)
    memory = measure_memory(plan.mapping)
    cost = compute_cost(counts, memory, options.costs, options.timing, tuple(_list_assumptions(options)))
    return CostEstimate(cost, plan.report, placement, plan.mapping)


def _shift_to_chip_time(spikes: Mapping[str, NDArray[np.bool_]], placement: Placement) -> Spikes:
    """Return spikes in the chip's time: each population's as many steps later as it runs behind the graph."""
    moved = {}
    for name, array in spikes.items():
        samples, steps, neurons = array.shape
        late = placement.offsets.get(name, 0)
        moved[name] = np.zeros((samples, steps + placement.latest, neurons), dtype=np.bool_)
        moved[name][:, late : late + steps] = array
    return moved


def _remove_late(
    counts: EventCounts, groups: Iterable[SynapseGroup], spikes: Spikes, placement: Placement
) -> EventCounts:
    """Return the counts without the synaptic operations of deliveries that are due after the last step of the
    graph's time.
    """
    synapses, dense = counts.synapses.copy(), counts.dense.copy()
    for group in groups:
        source = spikes[group.source]
        steps, start = source.shape[1], placement.offsets.get(group.source, 0)
        delay = group.field + SPEC.hop_delay + start - placement.offsets.get(group.target.population, 0)
        width = max(int(delay.max(initial=0)) + 1, 1)
        require_memory(
            f"deliveries of {group.source!r}",
            {f"{source.shape[2]:,} sources at each of {width:,} delays": 8 * 3 * source.shape[2] * width},
            "shorten the longest delays",
        )
        table = np.bincount(group.pre * width + delay, minlength=source.shape[2] * width).reshape(-1, width)
        in_time = _count_in_time(source, table)
        lost = source.astype(np.float64) @ table.sum(axis=1) - in_time
        here = slice(start, start + steps)
        synapses[:, here, group.target.core] -= np.rint(lost).astype(np.int64)
        if group.dense:
            dense[:, here, group.target.core] -= np.rint(lost).astype(np.int64)
    return replace(counts, synapses=synapses, dense=dense)


def _count_in_time(spikes: NDArray[np.bool_], per_delay: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the deliveries within the sample that the spikes of each step cause, [samples, steps].

    per_delay: how many a spike of neuron i makes d steps later, [neurons, delays].
    """
    steps, width = spikes.shape[1], per_delay.shape[1]
    within = np.cumsum(per_delay, axis=1).astype(np.float64)
    left = np.minimum(steps - 1 - np.arange(steps), width - 1)
    each = within[:, left]
    counted = [np.einsum("ti,it->t", one.astype(np.float64), each) for one in spikes]
    return np.reshape(counted, spikes.shape[:2])


def _list_assumptions(options: Options) -> Iterable[str]:
    yield f"assumed: of the neurons that do not fire, {options.active:.0%} are not at rest (option active)"
    yield "assumed: no population fires in the steps that the network's depth adds to a sample"
    if not options.late:
        yield (
            "synaptic operations for deliveries that are due after the last step are left out (option "
            "late), though a chip does them"
        )
