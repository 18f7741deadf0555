"""The backend: what the core asks of a chip."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from delaycore.activity import Spikes
from delaycore.backend import Backend
from delaycore.errors import SettingsError
from delaycore.graph import Graph
from delaycore.hardware import DoesNotFit, FitReport, Grids, HardwareSpec, Losses, Program, Result
from delaycore_loihi.image import encoded
from delaycore_loihi.limits import graph_findings, takes
from delaycore_loihi.machine import run
from delaycore_loihi.plan import plan
from delaycore_loihi.quantise import grids_of, quantised
from delaycore_loihi.spec import SPEC

__all__ = ["LoihiBackend"]


class LoihiBackend(Backend):
    """Intel's Loihi: integer arithmetic, delays in rings of dendritic accumulators, 128 cores."""

    api_version = 1

    @property
    def spec(self) -> HardwareSpec:
        return SPEC

    def check(self, graph: Graph, **options: Any) -> FitReport:
        """Every violation at once.  Option ``cores``: the number of cores to use, as few as possible without it."""
        return plan(graph, _cores(options)).report

    def grids(self, graph: Graph) -> Grids:
        self._require(graph)
        return grids_of(graph)

    def quantize(self, graph: Graph) -> tuple[Graph, Losses]:
        self._require(graph)
        return quantised(graph)

    def map(self, graph: Graph, **options: Any) -> Program:
        """Place ``graph``.  Option ``cores``: the number of cores to use, as few as possible without it."""
        planned = plan(graph, _cores(options))
        if not planned.report.ok:
            raise DoesNotFit(planned.report)
        facts = {"cores": {str(core): load.facts() for core, load in planned.loads.items()}}
        image = encoded(planned.graph, planned.placement)
        return Program(SPEC.name, planned.graph, planned.losses, planned.report, planned.placement, image, facts)

    def simulate(self, program: Program, spikes: Spikes, states: bool | Collection[str] = False) -> Result:
        return run(program, spikes, states)

    def _require(self, graph: Graph) -> None:
        if not takes(tuple(graph_findings(graph))):
            raise DoesNotFit(self.check(graph))


def _cores(options: Mapping[str, Any]) -> int | None:
    unknown = [name for name in options if name != "cores"]
    if unknown:
        raise SettingsError.at(f"option {unknown[0]!r}", "is not one of the Loihi backend's", "it takes cores=NUMBER")
    cores = options.get("cores")
    if cores is not None and (isinstance(cores, bool) or not isinstance(cores, int) or cores < 1):
        raise SettingsError.at("option 'cores'", f"must be a whole number of at least 1, not {cores!r}", "leave it away for as few as possible")
    return cores
