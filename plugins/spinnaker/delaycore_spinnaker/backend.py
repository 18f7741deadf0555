"""SpiNNaker as a backend: check, quantise, map, simulate."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from delaycore import Backend, DoesNotFit, FitReport, Graph, HardwareSpec, Losses, Program, Result
from delaycore.activity import Spikes
from delaycore.hardware import Grids, retime
from delaycore_spinnaker import limits
from delaycore_spinnaker.image import encoded
from delaycore_spinnaker.layout import core_bytes, place
from delaycore_spinnaker.machine import run
from delaycore_spinnaker.options import Options
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
        self._require(limits.computable(graph))
        return grids_of(graph, chosen)

    def quantize(self, graph: Graph, **options: Any) -> tuple[Graph, Losses]:
        chosen = Options.of(options)
        self._require(limits.computable(graph))
        return quantised(graph, chosen)

    def map(self, graph: Graph, **options: Any) -> Program:
        chosen = Options.of(options)
        report = limits.check(graph, chosen)
        self._require(report)
        exact, losses = quantised(graph, chosen)
        placement = place(exact, retime(exact, SPEC.hop, chosen.reach - SPEC.hop).offsets, chosen)
        cores = {str(c): {"data bytes": sum(core_bytes(placement.on(c)[0], chosen).values())} for c in placement.cores}
        facts = {"options": asdict(chosen), "cores": cores, "slots": chosen.slots}
        return Program(SPEC.name, exact, losses, report, placement, encoded(exact, placement, chosen), facts)

    def simulate(self, program: Program, spikes: Spikes, states: bool | Collection[str] = False) -> Result:
        return run(program, spikes, states)

    def conformance(self) -> Profile:
        from delaycore_spinnaker.edges import profile

        return profile()

    def _require(self, report: FitReport) -> None:
        if not report.ok:
            raise DoesNotFit(report)
