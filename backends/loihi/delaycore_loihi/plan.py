"""Everything that `check` and `map` find out about a graph, in one pass: quantised, timed, cut in pieces, and held against the limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from delaycore.graph import Graph, Input
from delaycore.hardware import Finding, FitReport, Losses, Placement, Slice
from delaycore_loihi import timing
from delaycore_loihi.cores import Chip, Load
from delaycore_loihi.limits import graph_findings
from delaycore_loihi.placing import Cut, cut
from delaycore_loihi.quantise import quantised
from delaycore_loihi.reach import warnings
from delaycore_loihi.spec import LIMITS, SPEC
from delaycore_loihi.synapses import Wiring
from delaycore_loihi.weights import grid_for

__all__ = ["Plan", "plan"]

_REMEDIES = {
    "core.compartments": "use shorter delays: fewer delay bits leave more compartments",
    "core.synaptic_words": "prune: keep fewer synapses for each neuron",
    "core.input_axons": "let each neuron listen to fewer sources",
    "core.output_axons": "project to fewer populations, or force more cores",
    "core.decay_profiles": "let neurons share their decays and refractory periods",
    "core.threshold_profiles": "let neurons share their thresholds",
    "core.synapse_formats": "join projections into the population",
}


@dataclass(frozen=True)
class Plan:
    """A graph on the chip: quantised graph, what that lost, findings, slices and the use of each core."""

    graph: Graph
    losses: Losses
    report: FitReport
    placement: Placement
    loads: Mapping[int, Load]


def plan(graph: Graph, cores: int | None = None) -> Plan:
    """Hold ``graph`` against the chip, on ``cores`` cores if given; never stops at the first violation."""
    exact, losses = quantised(graph)
    times = timing.retimed(exact)
    chip = Chip(exact, _wirings(exact, times.offsets))
    done = cut(chip, cores)
    loads = {core: chip.load(pieces) for core, pieces in enumerate(done.cores)}
    found = [
        *graph_findings(graph),
        *timing.findings(exact),
        *(w for name in chip.computed for w in warnings(exact, name)),
        *_core_findings(done, loads),
        *_chip_findings(chip, len(done.cores), cores),
    ]
    report = FitReport(target=SPEC.name).joined(found)
    return Plan(exact, losses, report, Placement(_slices(exact, done), times.offsets, SPEC.hop), loads)


def _wirings(graph: Graph, offsets: Mapping[str, int]) -> Iterator[Wiring]:
    for p in graph.projections:
        field = np.clip(timing.fields(p, offsets), 0, SPEC.delays)  # where delays do not fit, sizes are still found
        yield Wiring(p, field, grid_for(p.weight)[0], graph.populations[p.target].size)


def _slices(graph: Graph, done: Cut) -> tuple[Slice, ...]:
    placed = [Slice(name, start, stop, core) for core, pieces in enumerate(done.cores) for name, start, stop in pieces]
    placed += [Slice(name, 0, int(p.size), None) for name, p in graph.populations.items() if isinstance(p, Input)]
    rank = {name: i for i, name in enumerate(graph.populations)}
    return tuple(sorted(placed, key=lambda s: (rank[s.population], s.start)))


def _core_findings(done: Cut, loads: Mapping[int, Load]) -> Iterator[Finding]:
    for (name, code), (count, worst) in done.homeless.items():
        message = f"{count} neurons each need more than one core has"
        yield Finding.over(code, f"populations[{name!r}]", message, worst, LIMITS[code], _REMEDIES[code])
    homeless = {code for _, code in done.homeless}
    for core, load in loads.items():
        for code in load.broken:
            if code not in homeless:
                yield Finding.over(
                    code, f"core {core}", "no placement was found that respects this limit", load.use[code], load.limit(code), _REMEDIES[code]
                )


def _chip_findings(chip: Chip, needed: int, wanted: int | None) -> Iterator[Finding]:
    if wanted == 1 < needed:  # what it is that one core cannot hold
        load = chip.load((name, 0, chip.graph.populations[name].size) for name in chip.computed)
        for code in load.broken:
            yield Finding.over(code, "core 0", "one core cannot hold the whole network", load.use[code], load.limit(code), _REMEDIES[code])
    if wanted is not None and needed != wanted:
        message = (
            f"{needed} cores are needed, {wanted} were asked for"
            if needed > wanted
            else f"{wanted} cores were asked for, but there are {needed} neurons to place"
        )
        yield Finding(
            code="cores.forced",
            place="chip",
            message=message,
            needed=needed,
            available=wanted,
            unit="cores",
            source="the option cores",
            remedy="leave the option away, or ask for a number that works",
        )
    if needed > LIMITS["chip.cores"].value:
        yield Finding.over(
            "chip.cores",
            "chip",
            "the network does not fit one chip",
            needed,
            LIMITS["chip.cores"],
            "prune, use fewer neurons or shorter delays; several chips are not modelled",
        )
