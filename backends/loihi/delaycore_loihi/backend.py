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
    Program,
    QuantizationScheme,
    Result,
    Workload,
)
from delaycore_loihi.cost import estimate_cost
from delaycore_loihi.machine import run_program
from delaycore_loihi.mapping import encode_image, make_plan, prepare_graph
from delaycore_loihi.numbers import choose_quantization_scheme, find_unsuitable_numbers, is_computable
from delaycore_loihi.options import Options
from delaycore_loihi.spec import SIZES, SPEC

if TYPE_CHECKING:
    from delaycore.conformance import ConformanceProfile

__all__ = ["LoihiBackend"]


class LoihiBackend(Backend):
    """Intel's Loihi: integer arithmetic, delays in rings of dendritic accumulators, 128 cores.

    The options of all methods are those of `delaycore_loihi.options.Options`.
    """

    api_version = 1

    @property
    def spec(self) -> HardwareSpec:
        return SPEC

    def check(self, graph: Graph, **options: Any) -> FitReport:
        """Every violation at once, for a placement with ``options``."""
        return make_plan(graph, Options.of(options)).report

    def quantization_scheme(self, graph: Graph, **options: Any) -> QuantizationScheme:
        chosen = self._require(graph, options)
        return choose_quantization_scheme(graph, chosen.weight_bits)

    def quantize(self, graph: Graph, **options: Any) -> tuple[Graph, Losses]:
        return prepare_graph(graph, self._require(graph, options))

    def map(self, graph: Graph, **options: Any) -> Program:
        planned = make_plan(graph, Options.of(options))
        planned.report.require()
        image = encode_image(planned.demand, planned.placement)
        return Program(
            SPEC.name,
            planned.graph,
            planned.losses,
            planned.report,
            planned.placement,
            image,
            planned.facts(),
        )

    def simulate(self, program: Program, spikes: Spikes, states: bool | Collection[str] = False) -> Result:
        return run_program(program, spikes, states)

    def price(self, workload: Workload, **options: Any) -> CostEstimate:
        return estimate_cost(workload, self._require(workload.graph, options))

    def conformance(self) -> ConformanceProfile:
        """Networks at each limit, for the conformance suite; see `Backend.conformance`."""
        from delaycore_loihi.limit_cases import PROFILE

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
        if not is_computable(tuple(find_unsuitable_numbers(graph, chosen.weight_bits))):
            raise DoesNotFit(self.check(graph, **options))
        return chosen
