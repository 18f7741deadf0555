"""TrueNorth as a backend: check, quantize, map, simulate, price."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from delaycore import Backend, CostEstimate, FitReport, Graph, HardwareSpec, Losses, Program, Result, Workload
from delaycore.activity import Spikes
from delaycore.hardware import Plan, QuantizationScheme
from delaycore_truenorth import limits
from delaycore_truenorth.image import encoded
from delaycore_truenorth.machine import run
from delaycore_truenorth.mapping import Facts
from delaycore_truenorth.options import Options
from delaycore_truenorth.pricing import priced
from delaycore_truenorth.quantize import quantization_scheme, quantized
from delaycore_truenorth.spec import SPEC

if TYPE_CHECKING:
    from delaycore.conformance import ConformanceProfile

__all__ = ["TrueNorthBackend"]


class TrueNorthBackend(Backend):
    """TrueNorth: binary crossbars, four weights for each neuron, axonal delays, neurons without decay or with
    a linear leak.

    The options of all methods are those of `delaycore_truenorth.options.Options`.
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
        return quantization_scheme(graph, chosen.values)

    def quantize(self, graph: Graph, **options: Any) -> tuple[Graph, Losses]:
        chosen = Options.of(options)
        limits.computable(graph).require()
        return quantized(graph, chosen.values)

    def map(self, graph: Graph, **options: Any) -> Program:
        chosen = Options.of(options)
        report = limits.check(graph, chosen)
        report.require()
        exact, losses = quantized(graph, chosen.values)
        placement, made = limits.chosen(exact, chosen)
        return Program(
            SPEC.name,
            exact,
            losses,
            report,
            placement,
            encoded(exact, placement, made),
            mapping=Facts(limits.facts(placement, made)),
        )

    def simulate(self, program: Program, spikes: Spikes, states: bool | Collection[str] = False) -> Result:
        return run(program, spikes, states)

    def price(self, workload: Workload, **options: Any) -> CostEstimate:
        return priced(workload, Options.of(options))

    def conformance(self) -> ConformanceProfile:
        from delaycore_truenorth.edges import profile

        return profile()
