"""TrueNorth as a backend: the plan of a network, its run and its costs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from delaycore import Backend, CostEstimate, FitReport, Graph, Program, Result, Workload
from delaycore.activity import Spikes
from delaycore.hardware import Slice, execute, find_overflow
from delaycore_truenorth.cost import estimate_cost
from delaycore_truenorth.crossbars import count_points, list_senders
from delaycore_truenorth.image import decode_image, read_crossbars, read_senders
from delaycore_truenorth.options import Options
from delaycore_truenorth.plan import TrueNorthMapping, TrueNorthPlan
from delaycore_truenorth.spec import LIMITS, SPEC

if TYPE_CHECKING:
    from delaycore.conformance import ConformanceProfile

__all__ = ["TrueNorthBackend"]

Placed = Program[Options, TrueNorthMapping]

_CLIPPED = "were clipped to the 20 bits of the potential", "train with smaller weights", "potential"
_SILENT = "assumed: no population fires in the steps that the network's depth adds to a sample"


class TrueNorthBackend(Backend[Options, TrueNorthMapping]):
    """TrueNorth: binary crossbars, four weights for each neuron, axonal delays, neurons without decay or with
    a linear leak.
    """

    api_version = 2
    spec = SPEC
    options = Options
    mapping = TrueNorthMapping

    def plan(self, graph: Graph, options: Options, slices: tuple[Slice, ...] | None = None) -> TrueNorthPlan:
        """The way of ``graph`` onto the chip."""
        return TrueNorthPlan(graph, options, slices)

    def simulate(self, program: Placed, spikes: Spikes, states: bool | Collection[str] = False) -> Result:
        """Run what the program's image holds, and count the crossbar points that its spikes read."""
        image, placement = program.image, program.placement
        run = execute(program, SPEC.name, _decode, spikes, states)
        points = {core: bits.sum(axis=1) for core, bits in read_crossbars(image, placement).items()}
        senders, fired = read_senders(image, placement), run.on_chip.spikes
        cost = estimate_cost(placement, senders, points, fired, run.samples, run.chip_steps)
        clipped = find_overflow(run.activity, LIMITS["potential"], *_CLIPPED)
        return Result(program, run.activity, cost, tuple(clipped))

    def price(self, workload: Workload, **options: Any) -> CostEstimate:
        """Estimate what ``workload`` would take from the crossbar points that its spikes would read, on cores
        that need not hold it.

        Raises `DoesNotFit` for kinds and delays that no placement makes possible, and for a core that is to
        hold several slices.
        """
        plan = self.plan(workload.graph, self.parse(options), workload.slices)
        FitReport(SPEC.name, plan.unplaceable).require()
        placement, layout = plan.laid_out
        senders, points = list_senders(plan.graph, placement, layout), count_points(layout, placement)
        spikes = placement.chip_input(plan.graph, workload.spikes)
        ticks = workload.steps + placement.latest
        cost = estimate_cost(placement, senders, points, spikes, workload.samples, ticks)
        if placement.latest:
            cost = replace(cost, not_modelled=(*cost.not_modelled, _SILENT))
        return CostEstimate(cost, plan.report, placement, plan.mapping)

    def conformance(self) -> ConformanceProfile:
        """Networks at each limit, for the conformance suite."""
        from delaycore_truenorth.limit_cases import build_profile

        return build_profile()


def _decode(program: Placed) -> Graph:
    return decode_image(program.image, program.placement, program.graph.step)
