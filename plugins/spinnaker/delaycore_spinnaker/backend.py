"""SpiNNaker as a backend: check, quantize, map, simulate, price."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from delaycore import Backend, CostEstimate, FitReport, Graph, HardwareSpec, Losses, Program, Result, Workload
from delaycore.activity import Spikes
from delaycore.hardware import Plan, QuantizationScheme
from delaycore_spinnaker import limits
from delaycore_spinnaker.image import encoded
from delaycore_spinnaker.layout import rows
from delaycore_spinnaker.machine import run
from delaycore_spinnaker.mapping import Facts
from delaycore_spinnaker.options import Options
from delaycore_spinnaker.pricing import priced
from delaycore_spinnaker.quantize import quantization_scheme, quantized
from delaycore_spinnaker.spec import SPEC

if TYPE_CHECKING:
    from delaycore.conformance import ConformanceProfile

__all__ = ["SpinnakerBackend"]


class SpinnakerBackend(Backend):
    """SpiNNaker 1: 16-bit weights, saturating ring buffers, delay extension, ticks of 1 ms.

    The options of all methods are those of `delaycore_spinnaker.options.Options`.
    """

    api_version = 2
    mapping = Facts

    def plan(self, graph: Graph, options: Any, slices: Any = None) -> Plan:
        raise NotImplementedError("this backend makes no delaycore.hardware.Plan yet")

    @property
    def spec(self) -> HardwareSpec:
        return SPEC

    def check(self, graph: Graph, **options: Any) -> FitReport:
        return limits.check(graph, Options.of(options))

    def quantization_scheme(self, graph: Graph, **options: Any) -> QuantizationScheme:
        chosen = Options.of(options)
        limits.computable(graph).require()
        return quantization_scheme(graph, chosen)

    def quantize(self, graph: Graph, **options: Any) -> tuple[Graph, Losses]:
        chosen = Options.of(options)
        limits.computable(graph).require()
        return quantized(graph, chosen)

    def map(self, graph: Graph, **options: Any) -> Program:
        chosen = Options.of(options)
        report = limits.check(graph, chosen)
        report.require()
        exact, losses = quantized(graph, chosen)
        placement = limits.chosen(exact, chosen)
        facts = limits.facts(placement, rows(exact, placement, chosen.slots), chosen)
        return Program(
            SPEC.name,
            exact,
            losses,
            report,
            placement,
            encoded(exact, placement, chosen),
            mapping=Facts(facts),
        )

    def simulate(self, program: Program, spikes: Spikes, states: bool | Collection[str] = False) -> Result:
        return run(program, spikes, states)

    def price(self, workload: Workload, **options: Any) -> CostEstimate:
        return priced(workload, Options.of(options))

    def conformance(self) -> ConformanceProfile:
        from delaycore_spinnaker.edges import profile

        return profile()
