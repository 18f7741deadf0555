"""The backend: what the core asks of the chip."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from delaycore.activity import Spikes
from delaycore.backend import Backend
from delaycore.delay_memory import Widths
from delaycore.graph import Graph
from delaycore.hardware import CostEstimate, Program, Result, Slice, Workload
from delaycore_loihi.cost import estimate_cost
from delaycore_loihi.machine import run_program
from delaycore_loihi.mapping import LoihiMapping, LoihiPlan
from delaycore_loihi.options import Options
from delaycore_loihi.spec import SPEC
from delaycore_loihi.tables import SIZES

if TYPE_CHECKING:
    from delaycore.conformance import ConformanceProfile

__all__ = ["LoihiBackend"]


class LoihiBackend(Backend[Options, LoihiMapping]):
    """Intel's Loihi: integer arithmetic, delays in rings of dendritic accumulators, 128 cores."""

    api_version = 2
    spec = SPEC
    options = Options
    mapping = LoihiMapping

    def plan(self, graph: Graph, options: Options, slices: tuple[Slice, ...] | None = None) -> LoihiPlan:
        """The way of ``graph`` onto the chip."""
        return LoihiPlan(graph, options, slices)

    def simulate(
        self, program: Program[Options, LoihiMapping], spikes: Spikes, states: bool | Collection[str] = False
    ) -> Result:
        """Run what the program's image holds, and count what the run cost."""
        return run_program(program, spikes, states)

    def price(self, workload: Workload, **options: Any) -> CostEstimate:
        """Estimate what recorded or assumed spikes would take; see `Backend.price`."""
        plan = self.plan(workload.graph, self.parse(options), workload.slices)
        self.require_supported(plan)
        return estimate_cost(workload, plan)

    def conformance(self) -> ConformanceProfile:
        """Networks at each limit, for the conformance suite; see `Backend.conformance`."""
        from delaycore_loihi.limit_cases import PROFILE

        return PROFILE

    def delay_widths(self) -> Widths:
        """Widths of an accumulator of the rings, and of an event of a queue."""
        accumulator = SIZES["accumulator"]
        return Widths(
            int(accumulator),
            16,
            None,
            f"accumulators: {accumulator.source}; events of a queue: assumed as wide as in arXiv 2501.13610",
        )
