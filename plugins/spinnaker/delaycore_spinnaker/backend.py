"""SpiNNaker as a backend: its plan, its run and its price."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import numpy as np

from delaycore import Backend, CostEstimate, FitReport, Graph, Program, Result, Workload, hardware
from delaycore.activity import Spikes
from delaycore_spinnaker.cost import cost, count_work, find_missed_ticks
from delaycore_spinnaker.image import decode, read_rows
from delaycore_spinnaker.options import Options
from delaycore_spinnaker.plan import SATURATED, Mapping, Plan
from delaycore_spinnaker.spec import LIMITS, SPEC

if TYPE_CHECKING:
    from delaycore.conformance import ConformanceProfile

__all__ = ["SpinnakerBackend"]

_SILENT = "assumed: no population fires in the steps that the network's depth adds to a sample"


class SpinnakerBackend(Backend[Options, Mapping]):
    """SpiNNaker 1: 16-bit weights, saturating ring buffers, delay extension, ticks of 1 ms."""

    api_version = 2
    spec = SPEC
    options = Options
    mapping = Mapping

    def plan(self, graph: Graph, options: Options, slices: tuple[hardware.Slice, ...] | None = None) -> Plan:
        return Plan(graph, options, slices)

    def simulate(
        self, program: Program[Options, Mapping], spikes: Spikes, states: bool | Collection[str] = False
    ) -> Result:
        run = hardware.execute(program, SPEC.name, decode, spikes, states)
        placement, rows = program.placement, read_rows(program)
        work = count_work(
            rows, placement, run.fired(placement), run.samples, run.chip_steps, program.options.slots
        )
        busiest = {core: float(work.cycles(core).max(initial=0.0)) for core in work.events}
        became = "saturated a ring buffer or a potential"
        saturated = hardware.find_overflow(run.activity, LIMITS["ring.sum"], became, SATURATED, "ring.sum")
        return Result(
            program,
            run.activity,
            cost(work, rows, program.graph, placement, program.options),
            (*saturated, *find_missed_ticks(work)),
            {"most cycles of a step": busiest},
        )

    def price(self, workload: Workload, **options: Any) -> CostEstimate:
        plan = self.plan(workload.graph, self.parse(options), workload.slices)
        FitReport(SPEC.name, plan.impossible).require()
        placement, steps = plan.placement, workload.steps + plan.placement.latest
        moved = placement.chip_input(plan.graph, workload.spikes)
        fired = {
            name: np.concatenate([moved[s.name] for s in placement.of(name)], axis=2)
            for name in workload.spikes
        }
        work = count_work(plan.rows, placement, fired, workload.samples, steps, plan.options.slots)
        late = (_SILENT,) if placement.latest else ()
        return CostEstimate(
            cost(work, plan.rows, plan.graph, placement, plan.options, late),
            plan.report.joined(find_missed_ticks(work)),
            placement,
            plan.mapping,
        )

    def conformance(self) -> ConformanceProfile:
        from delaycore_spinnaker.limit_cases import PROFILE

        return PROFILE
