"""Everything that `check` and `map` find out about a graph, in one pass: quantized, timed, cut in pieces, and
held against the limits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from delaycore.graph import Graph, Input
from delaycore.hardware import (
    Constant,
    Finding,
    FitReport,
    Losses,
    Placement,
    Slice,
    find_vanished_thresholds,
)
from delaycore_loihi import timing
from delaycore_loihi.cores import Chip, Load, Piece
from delaycore_loihi.limits import bits_of, graph_findings
from delaycore_loihi.mesh import arranged, traffic
from delaycore_loihi.options import Options
from delaycore_loihi.placing import Cut, cut
from delaycore_loihi.quantize import quantized
from delaycore_loihi.reach import warnings
from delaycore_loihi.relays import relayed
from delaycore_loihi.routes import tile
from delaycore_loihi.spec import LIMITS, SPEC
from delaycore_loihi.synapses import Wiring
from delaycore_loihi.weights import grid_for

__all__ = ["Plan", "plan", "prepared"]

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
    """A graph on the chip: quantized graph, what that lost, findings, slices and the use of each core."""

    chip: Chip
    losses: Losses
    report: FitReport
    placement: Placement
    loads: Mapping[int, Load]
    options: Options

    @property
    def graph(self) -> Graph:
        """The quantized graph."""
        return self.chip.graph

    def facts(self) -> dict[str, Any]:
        """Use of each core and the options, as plain values."""
        cores = {}
        for core, load in self.loads.items():
            chip, (column, row) = core // self.options.cores_per_chip, tile(core, self.options.cores_per_chip)
            cores[str(core)] = {"chip": chip, "tile": f"{column},{row}"} | load.facts()
        return {"cores": cores, "options": self.options.facts()}


def plan(graph: Graph, options: Options = Options(), slices: Sequence[Slice] | None = None) -> Plan:  # noqa: B008  # a frozen value
    """Hold ``graph`` against the chip, placed as ``slices`` say if they are given; never stops at the first
    violation.
    """
    exact, losses = prepared(graph, options)
    times = timing.retimed(exact)
    chip = Chip(exact, _wirings(exact, times.offsets, bits_of(graph, options)))
    if slices is None:
        done = cut(chip, options.cores)
        where = (
            arranged(traffic(chip, done.cores), options.cores_per_chip, options.seed).tolist()
            if len(done.cores) > 1
            else [0]
        )
    else:
        done, where = _given(chip, slices)
    loads = {where[core]: chip.load(pieces) for core, pieces in enumerate(done.cores)}
    found = [
        *graph_findings(graph, options.weight_bits),
        *find_vanished_thresholds(graph, exact),
        *timing.findings(exact),
        *(w for name in chip.computed for w in warnings(exact, name)),
        *_core_findings(done, loads, slices is not None),
        *_chip_findings(chip, loads, options),
    ]
    report = FitReport(target=SPEC.name).joined(found)
    placement = Placement(_slices(exact, done, where), times.offsets, SPEC.hop_delay)
    return Plan(chip, losses, report, placement, dict(sorted(loads.items())), options)


def prepared(graph: Graph, options: Options) -> tuple[Graph, Losses]:
    """``graph`` on the chip's grid, with relays if they are asked for, and what that changed."""
    exact, losses = quantized(graph, bits_of(graph, options))
    if options.relays:
        exact, added = relayed(exact)
        losses += added
    return exact, losses


def _wirings(graph: Graph, offsets: Mapping[str, int], bits: int) -> Iterator[Wiring]:
    for p in graph.projections:
        field = np.clip(
            timing.fields(p, offsets), 0, SPEC.max_delay
        )  # where delays do not fit, sizes are still found
        yield Wiring(p, field, grid_for(p.weight, bits=bits)[0], graph.populations[p.target].size)


def _given(chip: Chip, slices: Sequence[Slice]) -> tuple[Cut, list[int]]:
    """The pieces of each core of a placement, and which cores they are; relays lie with their sources' first
    neuron.
    """
    placed = list(slices)
    first = {s.population: s.core for s in reversed(placed)}
    for name in chip.computed:
        if name not in first:
            home = next((first[w.source] for w in chip.into[name] if first.get(w.source) is not None), 0)
            first[name] = home
            placed.append(Slice(name, 0, int(chip.graph.populations[name].size), home))
    cores: dict[int, list[Piece]] = {}
    for s in sorted(placed, key=lambda s: (list(chip.graph.populations).index(s.population), s.start)):
        if s.population in chip.computed:
            cores.setdefault(int(s.core or 0), []).append((s.population, s.start, s.stop))
    done = Cut(list(cores.values()))
    chip.count_output_axons(done.cores)
    return done, list(cores)


def _slices(graph: Graph, done: Cut, where: Sequence[int]) -> tuple[Slice, ...]:
    placed = [
        Slice(name, start, stop, where[core])
        for core, pieces in enumerate(done.cores)
        for name, start, stop in pieces
    ]
    placed += [
        Slice(name, 0, int(p.size), None) for name, p in graph.populations.items() if isinstance(p, Input)
    ]
    rank = {name: i for i, name in enumerate(graph.populations)}
    return tuple(sorted(placed, key=lambda s: (rank[s.population], s.start)))


def _core_findings(done: Cut, loads: Mapping[int, Load], given: bool) -> Iterator[Finding]:
    for (name, code), (count, worst) in done.homeless.items():
        message = f"{count} neurons each need more than one core has"
        yield Finding.over(code, f"populations[{name!r}]", message, worst, LIMITS[code], _REMEDIES[code])
    homeless = {code for _, code in done.homeless}
    said = (
        "the given placement breaks this limit"
        if given
        else "no placement was found that respects this limit"
    )
    for core, load in loads.items():
        for code in load.broken:
            if code not in homeless:
                yield Finding.over(
                    code, f"core {core}", said, load.use[code], load.limit(code), _REMEDIES[code]
                )


def _chip_findings(chip: Chip, loads: Mapping[int, Load], options: Options) -> Iterator[Finding]:
    needed, wanted = len(loads), options.cores
    if wanted == 1 < needed:  # what it is that one core cannot hold
        load = chip.load((name, 0, chip.graph.populations[name].size) for name in chip.computed)
        for code in load.broken:
            yield Finding.over(
                code,
                "core 0",
                "one core cannot hold the whole network",
                load.use[code],
                load.limit(code),
                _REMEDIES[code],
            )
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
    last = max(loads, default=-1) + 1  # a given placement may leave cores out
    if last > options.all_cores:
        limit = LIMITS["chip.cores"]
        if options.chips == 1 and options.cores_per_chip == limit.value:
            message = "the network does not fit one chip"
        else:
            message = (
                f"the network does not fit {options.chips} chips with {options.cores_per_chip} cores each"
            )
            source = f"options chips and cores_per_chip; {limit.source}"
            limit = Constant(value=options.all_cores, unit="cores", source=source)
        chips = -(-last // options.cores_per_chip)
        remedy = f"prune, use fewer neurons or shorter delays, or map onto chips={chips}"
        yield Finding.over("chip.cores", "chip", message, last, limit, remedy)
