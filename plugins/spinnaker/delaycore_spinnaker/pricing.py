"""The price of recorded or assumed spikes: the counts of a run, without the run."""

from __future__ import annotations

import numpy as np

from delaycore.hardware import CostEstimate, Workload
from delaycore_spinnaker import limits
from delaycore_spinnaker.cost import cost, counted
from delaycore_spinnaker.layout import rows
from delaycore_spinnaker.machine import missed_ticks
from delaycore_spinnaker.mapping import Facts
from delaycore_spinnaker.options import Options
from delaycore_spinnaker.quantize import quantized

__all__ = ["priced"]

_SILENT = "assumed: no population fires in the steps that the network's depth adds to a sample"


def priced(workload: Workload, options: Options) -> CostEstimate:
    """What ``workload`` would take, placed as it says or as `map` would, on chips that need not hold it.

    Raises `DoesNotFit` for kinds and delays that no placement makes possible, and for slices that no core
    runs.
    """
    limits.timed(workload.graph, options, workload.slices).require()
    exact, _ = quantized(workload.graph, options)
    placement = limits.chosen(exact, options, workload.slices)
    found = list(rows(exact, placement, options.slots))
    moved = placement.chip_input(exact, workload.spikes)
    fired = {
        name: np.concatenate([moved[s.name] for s in placement.of(name)], axis=2) for name in workload.spikes
    }
    work = counted(
        found, placement, fired, workload.samples, workload.steps + placement.latest, options.slots
    )
    sources = {name: int(p.size) for name, p in exact.populations.items()}
    report = limits.placed(exact, placement, options).joined(missed_ticks(work))
    late = (_SILENT,) if placement.latest else ()
    return CostEstimate(
        cost(work, found, placement, sources, options, late),
        report,
        placement,
        Facts(limits.facts(placement, found, options)),
    )
