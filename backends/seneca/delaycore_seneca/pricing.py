"""The price of recorded or assumed spikes: the counts of a run, without the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import ceil

import numpy as np
from numpy.typing import NDArray

from delaycore.graph import Graph
from delaycore.hardware import Constant, Cost, CostEstimate, Placement, Slice, Workload
from delaycore_seneca import limits, mesh
from delaycore_seneca.cost import Sent, Software, cost
from delaycore_seneca.expected import expected
from delaycore_seneca.layer import Layer, layers
from delaycore_seneca.mapping import Facts
from delaycore_seneca.options import Options
from delaycore_seneca.placement import place
from delaycore_seneca.quantize import quantize
from delaycore_seneca.queue_machine import Overflow
from delaycore_seneca.spec import COSTS
from delaycore_seneca.stalls import stalled
from delaycore_seneca.traffic import Traffic, traffic

__all__ = ["LATE", "cost_of", "priced", "software", "work_of"]

Costs = Mapping[str, Constant]
Spikes = Mapping[str, NDArray[np.bool_]]

LATE = (
    "assumed: after the last step the chip goes on without input until its queues are empty, and no "
    "neuron fires (option late)"
)


def priced(workload: Workload, options: Options, costs: Costs = COSTS) -> CostEstimate:
    """What ``workload`` would take, placed as it says or as `place` would, on a chip that need not hold
    it.
    """
    graph, _ = quantize(workload.graph, options.width)
    placement = place(graph, options) if workload.slices is None else _outside(graph, workload)
    report = limits.check(workload.graph, options, placement)
    made = [layer.with_filter() for layer in layers(graph, placement, options.layout)]
    spikes = _complete(graph, workload)
    if options.late:
        more = max((layer.gate.levels for layer in made), default=1) - 1
        spikes = {name: np.pad(array, ((0, 0), (0, more), (0, 0))) for name, array in spikes.items()}
    amounts = cost_of(
        graph,
        work_of(made, spikes, options.overflow if options.delays == "queue" else None, options.grouping),
        spikes,
        placement,
        costs,
        software(made, options),
    )
    if options.late:
        amounts = replace(amounts, not_modelled=(*amounts.not_modelled, LATE))
    return CostEstimate(amounts, report, placement, Facts({"delays": options.delays}))


def work_of(
    made: Sequence[Layer], spikes: Spikes, overflow: Overflow | None = "stall", grouping: int = 1
) -> list[Traffic]:
    """What ``spikes`` of all populations make each layer do.  overflow: what a full queue does; None where no
    queue in hardware holds events.
    """
    work = [traffic(layer, spikes, grouping) for layer in made]
    return stalled(work, [layer.arriving(spikes) for layer in made], overflow) if overflow else work


def cost_of(
    graph: Graph,
    work: Sequence[Traffic],
    spikes: Spikes,
    placement: Placement,
    costs: Costs = COSTS,
    delays: Software | None = None,
) -> Cost:
    """The cost of counted ``work``, and of the events that ``spikes`` make on the network on chip, one for
    each core that they go to.
    """
    events, crossed = (np.zeros(len(next(iter(spikes.values()))), dtype=np.int64) for _ in range(2))
    cores = max(placement.cores, default=0) + 1
    for name in graph.populations:
        goes_to = {w.layer.slice.core for w in work if name in w.layer.entry} - {None}
        for s in placement.of(name):
            made = spikes[name][:, :, s.start : s.stop].sum(axis=(1, 2), dtype=np.int64)
            events += len(goes_to) * made
            crossed += mesh.hops(s.core, [core for core in goes_to if core is not None], cores) * made
    return cost(work, Sent(events, crossed), costs, delays)


def software(made: Sequence[Layer], options: Options) -> Software | None:
    """The room of the lists of events that the RISC-V keeps, as expected from the activity; None where the
    hardware has a queue.
    """
    if options.delays == "queue":
        return None
    cores = {layer.slice.core for layer in made if layer.delayed}
    each = [[layer for layer in made if layer.slice.core == core] for core in cores]
    return Software(sum(ceil(expected(here, options.activity, software=True).peak) for here in each))


def _outside(graph: Graph, workload: Workload) -> Placement:
    """The workload's slices, inputs and populations in the graph's order; inputs come from outside whatever
    the workload says.
    """
    given = [s for s in workload.slices or () if s.population not in graph.inputs]
    given += [Slice(name, 0, int(p.size), None) for name, p in graph.inputs.items()]
    order = list(graph.populations)
    return Placement(tuple(sorted(given, key=lambda s: (order.index(s.population), s.start))))


def _complete(graph: Graph, workload: Workload) -> dict[str, NDArray[np.bool_]]:
    shape = workload.samples, workload.steps
    return {
        name: workload.spikes[name]
        if name in workload.spikes
        else np.zeros((*shape, int(p.size)), dtype=np.bool_)
        for name, p in graph.populations.items()
    }
