"""The price of recorded or assumed spikes: the counts of a run, without the run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from delaycore.hardware import CostEstimate, Placement, Slice, Workload
from delaycore_loihi.cost import price
from delaycore_loihi.counts import Counts, counted
from delaycore_loihi.image import wires
from delaycore_loihi.mapping import Facts
from delaycore_loihi.memory import memory
from delaycore_loihi.options import Options
from delaycore_loihi.plan import plan
from delaycore_loihi.relays import delayed_spikes
from delaycore_loihi.routes import Routes, Wire
from delaycore_loihi.spec import SPEC

__all__ = ["priced"]

Spikes = dict[str, NDArray[np.bool_]]


def priced(workload: Workload, options: Options) -> CostEstimate:
    """What ``workload`` would take, placed as it says or as `plan` would, on a chip that need not hold it."""
    planned = plan(workload.graph, options, workload.slices)
    placement = planned.placement
    spikes = dict(workload.spikes) | delayed_spikes(planned.graph, workload.spikes)
    for name, p in planned.graph.populations.items():
        spikes.setdefault(name, np.zeros((workload.samples, workload.steps, p.size), dtype=np.bool_))
    on_chip = _on_chip(spikes, placement)
    found = list(wires(planned.chip, placement))
    routes = Routes.of(found, placement, options.cores_per_chip)

    def active(s: Slice) -> NDArray[np.int64]:
        """Neurons that fire, and of the others the assumed fraction."""
        firing = on_chip[s.population][:, :, s.start : s.stop].sum(axis=2)
        return np.asarray(firing + np.rint(options.active * (s.size - firing)), dtype=np.int64)

    counts = counted(routes, on_chip, active, placement.latest)
    if not options.late:
        counts = _without_late(counts, found, spikes, placement)
    facts = planned.facts()
    cost = price(counts, memory(facts), options.costs, options.timing, tuple(_assumed(options)))
    return CostEstimate(cost, planned.report, placement, Facts(facts))


def _on_chip(spikes: Mapping[str, NDArray[np.bool_]], placement: Placement) -> Spikes:
    """Spikes in the chip's time: each population's as many steps later as it runs behind the graph."""
    moved = {}
    for name, array in spikes.items():
        samples, steps, neurons = array.shape
        late = placement.offsets.get(name, 0)
        moved[name] = np.zeros((samples, steps + placement.latest, neurons), dtype=np.bool_)
        moved[name][:, late : late + steps] = array
    return moved


def _without_late(counts: Counts, found: Iterable[Wire], spikes: Spikes, placement: Placement) -> Counts:
    """The counts without the synaptic operations of deliveries that are due after the last step of the
    graph's time.
    """
    synapses, dense = counts.synapses.copy(), counts.dense.copy()
    for wire in found:
        source = spikes[wire.source]
        steps, start = source.shape[1], placement.offsets.get(wire.source, 0)
        delay = wire.field + SPEC.hop_delay + start - placement.offsets.get(wire.target.population, 0)
        width = max(int(delay.max(initial=0)) + 1, 1)
        table = np.bincount(wire.pre * width + delay, minlength=source.shape[2] * width).reshape(-1, width)
        kept = _in_time(source, table)
        lost = source.astype(np.float64) @ table.sum(axis=1) - kept
        here = slice(start, start + steps)
        synapses[:, here, wire.target.core] -= np.rint(lost).astype(np.int64)
        if wire.dense:
            dense[:, here, wire.target.core] -= np.rint(lost).astype(np.int64)
    return replace(counts, synapses=synapses, dense=dense)


def _in_time(spikes: NDArray[np.bool_], per_delay: NDArray[np.int64]) -> NDArray[np.float64]:
    """Deliveries within the sample that the spikes of each step cause, [samples, steps].

    per_delay: how many a spike of neuron i makes d steps later, [neurons, delays].
    """
    steps, width = spikes.shape[1], per_delay.shape[1]
    within = np.cumsum(per_delay, axis=1).astype(np.float64)
    left = np.minimum(steps - 1 - np.arange(steps), width - 1)
    return np.asarray(np.einsum("nti,it->nt", spikes.astype(np.float64), within[:, left]))


def _assumed(options: Options) -> Iterable[str]:
    yield f"assumed: of the neurons that do not fire, {options.active:.0%} are not at rest (option active)"
    yield "assumed: no population fires in the steps that the network's depth adds to a sample"
    if not options.late:
        yield (
            "synaptic operations for deliveries that are due after the last step are left out (option "
            "late), though a chip does them"
        )
