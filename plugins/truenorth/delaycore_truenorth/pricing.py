"""The price of recorded or assumed spikes: the crossbar points that they would read, without the run."""

from __future__ import annotations

from delaycore.hardware import CostEstimate, Workload
from delaycore_truenorth import limits
from delaycore_truenorth.cost import cost, events
from delaycore_truenorth.crossbars import points
from delaycore_truenorth.mapping import Facts
from delaycore_truenorth.options import Options
from delaycore_truenorth.quantize import quantized

__all__ = ["priced"]

_SILENT = "assumed: no population fires in the steps that the network's depth adds to a sample"


def priced(workload: Workload, options: Options) -> CostEstimate:
    """What ``workload`` would take, placed as it says or as `map` would, on cores that need not hold it.

    Raises `DoesNotFit` for kinds and delays that no placement makes possible, and for a core that is to hold
    several slices.
    """
    limits.timed(workload.graph, workload.slices).require()
    exact, _ = quantized(workload.graph, options.values)
    placement, made = limits.chosen(exact, options, workload.slices)
    report = limits.placed(exact, placement, made)
    table = points(made, placement, exact)
    fired = placement.chip_input(exact, workload.spikes)
    steps = workload.steps + placement.latest
    read = events(
        {s.name: table[s.population][s.start : s.stop] for s in placement.slices if s.name in fired},
        fired,
        workload.samples,
        steps,
    )
    late = (_SILENT,) if placement.latest else ()
    return CostEstimate(
        cost(read, placement, steps, late), report, placement, Facts(limits.facts(placement, made))
    )
