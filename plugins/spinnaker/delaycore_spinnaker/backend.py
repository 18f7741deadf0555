"""SpiNNaker as a backend: check, quantise, map, simulate, price."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from delaycore import Backend, FitReport, Graph, HardwareSpec, Losses, Priced, Program, Result, Workload
from delaycore.activity import Spikes
from delaycore.hardware import Grids
from delaycore_spinnaker import limits
from delaycore_spinnaker.image import encoded
from delaycore_spinnaker.layout import rows
from delaycore_spinnaker.machine import run
from delaycore_spinnaker.options import Options
from delaycore_spinnaker.pricing import priced
from delaycore_spinnaker.quantise import grids_of, quantised
from delaycore_spinnaker.spec import SPEC

if TYPE_CHECKING:
    from delaycore.conformance import Profile

__all__ = ["SpinnakerBackend"]


class SpinnakerBackend(Backend):
    """SpiNNaker 1: 16-bit weights, saturating ring buffers, delay extension, ticks of 1 ms.

    The options of all methods are those of `delaycore_spinnaker.options.Options`.
    """

    api_version = 1

    @property
    def spec(self) -> HardwareSpec:
        return SPEC

    def check(self, graph: Graph, **options: Any) -> FitReport:
        return limits.check(graph, Options.of(options))

    def grids(self, graph: Graph, **options: Any) -> Grids:
        chosen = Options.of(options)
        limits.computable(graph).require()
        return grids_of(graph, chosen)

    def quantize(self, graph: Graph, **options: Any) -> tuple[Graph, Losses]:
        chosen = Options.of(options)
        limits.computable(graph).require()
        return quantised(graph, chosen)

    def map(self, graph: Graph, **options: Any) -> Program:
        chosen = Options.of(options)
        report = limits.check(graph, chosen)
        report.require()
        exact, losses = quantised(graph, chosen)
        placement = limits.chosen(exact, chosen)
        facts = limits.facts(placement, rows(exact, placement, chosen.slots), chosen)
        return Program(SPEC.name, exact, losses, report, placement, encoded(exact, placement, chosen), facts)

    def simulate(self, program: Program, spikes: Spikes, states: bool | Collection[str] = False) -> Result:
        return run(program, spikes, states)

    def price(self, workload: Workload, **options: Any) -> Priced:
        return priced(workload, Options.of(options))

    def conformance(self) -> Profile:
        from delaycore_spinnaker.edges import profile

        return profile()
