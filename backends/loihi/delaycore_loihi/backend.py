"""The backend: what the core asks of a chip."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from delaycore.activity import Spikes
from delaycore.backend import Backend
from delaycore.delay_memory import Widths
from delaycore.graph import Graph
from delaycore.hardware import (
    CostEstimate,
    DoesNotFit,
    FitReport,
    HardwareSpec,
    Losses,
    Plan,
    Program,
    QuantizationScheme,
    Result,
    Workload,
)
from delaycore_loihi.image import encoded
from delaycore_loihi.limits import graph_findings, takes
from delaycore_loihi.machine import run
from delaycore_loihi.mapping import Facts
from delaycore_loihi.options import Options
from delaycore_loihi.plan import plan, prepared
from delaycore_loihi.pricing import priced
from delaycore_loihi.quantize import quantization_scheme
from delaycore_loihi.spec import SIZES, SPEC

if TYPE_CHECKING:
    from delaycore.conformance import ConformanceProfile

__all__ = ["LoihiBackend"]


class LoihiBackend(Backend):
    """Intel's Loihi: integer arithmetic, delays in rings of dendritic accumulators, 128 cores.

    The options of all methods are those of `delaycore_loihi.options.Options`.
    """

    api_version = 2
    mapping = Facts

    def plan(self, graph: Graph, options: Any, slices: Any = None) -> Plan:
        raise NotImplementedError("this backend makes no delaycore.hardware.Plan yet")

    @property
    def spec(self) -> HardwareSpec:
        return SPEC

    def check(self, graph: Graph, **options: Any) -> FitReport:
        """Every violation at once, for a placement with ``options``."""
        return plan(graph, Options.of(options)).report

    def quantization_scheme(self, graph: Graph, **options: Any) -> QuantizationScheme:
        chosen = self._require(graph, options)
        return quantization_scheme(graph, chosen.weight_bits)

    def quantize(self, graph: Graph, **options: Any) -> tuple[Graph, Losses]:
        return prepared(graph, self._require(graph, options))

    def map(self, graph: Graph, **options: Any) -> Program:
        planned = plan(graph, Options.of(options))
        planned.report.require()
        image = encoded(planned.chip, planned.placement)
        return Program(
            SPEC.name,
            planned.graph,
            planned.losses,
            planned.report,
            planned.placement,
            image,
            mapping=Facts(planned.facts()),
        )

    def simulate(self, program: Program, spikes: Spikes, states: bool | Collection[str] = False) -> Result:
        return run(program, spikes, states)

    def price(self, workload: Workload, **options: Any) -> CostEstimate:
        return priced(workload, self._require(workload.graph, options))

    def conformance(self) -> ConformanceProfile:
        """Networks at each limit, for the conformance suite; see `Backend.conformance`."""
        from delaycore_loihi.edges import PROFILE

        return PROFILE

    def delay_widths(self) -> Widths:
        accumulator = SIZES["accumulator"]
        return Widths(
            int(accumulator),
            16,
            None,
            f"accumulators: {accumulator.source}; events of a queue: assumed as wide as in arXiv 2501.13610",
        )

    def _require(self, graph: Graph, options: Mapping[str, Any]) -> Options:
        chosen = Options.of(options)
        if not takes(tuple(graph_findings(graph, chosen.weight_bits))):
            raise DoesNotFit(self.check(graph, **options))
        return chosen
