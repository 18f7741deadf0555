"""Everything that can be asked about a graph on the chip, found out in one pass: its numbers quantized, its
delays timed, its neurons on cores, and all of it held against the limits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from delaycore.graph import Graph, Input
from delaycore.hardware import FitReport, Losses, Placement, Slice, find_vanished_thresholds
from delaycore_loihi.mapping._cores import CoreUse, Demand, Piece
from delaycore_loihi.mapping._filling import Filling, fill_cores
from delaycore_loihi.mapping._findings import find_broken_limits, find_missing_cores
from delaycore_loihi.mapping._mesh import arrange_cores, count_messages, locate_tile
from delaycore_loihi.mapping._relays import insert_relays
from delaycore_loihi.mapping._synapses import SynapseTable
from delaycore_loihi.mapping._timing import compute_delay_fields, find_timing_problems, retime_network
from delaycore_loihi.numbers import (
    choose_grid,
    choose_weight_bits,
    find_possible_overflow,
    find_unsuitable_numbers,
    quantize,
)
from delaycore_loihi.options import Options
from delaycore_loihi.spec import SPEC

__all__ = ["LoihiPlan", "make_plan", "prepare_graph"]


@dataclass(frozen=True)
class LoihiPlan:
    """A graph on the chip: quantized graph, what that lost, findings, slices and the use of each core."""

    demand: Demand
    losses: Losses
    report: FitReport
    placement: Placement
    uses: Mapping[int, CoreUse]
    options: Options

    @property
    def graph(self) -> Graph:
        """The quantized graph."""
        return self.demand.graph

    def facts(self) -> dict[str, Any]:
        """Use of each core and the options, as plain values."""
        cores, per_chip = {}, self.options.cores_per_chip
        for core, use in self.uses.items():
            column, row = locate_tile(core, per_chip)
            cores[str(core)] = {"chip": core // per_chip, "tile": f"{column},{row}"} | use.facts()
        return {"cores": cores, "options": self.options.facts()}


def make_plan(graph: Graph, options: Options = Options(), slices: Sequence[Slice] | None = None) -> LoihiPlan:  # noqa: B008  # a frozen value
    """Hold ``graph`` against the chip, placed as ``slices`` say if they are given; never stop at the first
    violation.
    """
    exact, losses = prepare_graph(graph, options)
    offsets = retime_network(exact).offsets
    demand = Demand(exact, _make_tables(exact, offsets, choose_weight_bits(graph, options.weight_bits)))
    if slices is None:
        filling = fill_cores(demand, options.cores)
        messages = count_messages(demand, filling.cores)
        where = arrange_cores(messages, options.cores_per_chip, options.seed).tolist()
    else:
        filling, where = _follow_slices(demand, slices)
    uses = {where[core]: demand.measure(pieces) for core, pieces in enumerate(filling.cores)}
    found = [
        *find_unsuitable_numbers(graph, options.weight_bits),
        *find_vanished_thresholds(graph, exact),
        *find_timing_problems(exact),
        *(w for name in demand.computed for w in find_possible_overflow(exact, name)),
        *find_broken_limits(filling, uses, slices is not None),
        *find_missing_cores(demand, uses, options),
    ]
    report = FitReport(target=SPEC.name).joined(found)
    placement = Placement(_make_slices(exact, filling, where), offsets, SPEC.hop_delay)
    return LoihiPlan(demand, losses, report, placement, dict(sorted(uses.items())), options)


def prepare_graph(graph: Graph, options: Options) -> tuple[Graph, Losses]:
    """Return ``graph`` on the chip's grid, with relays if they are asked for, and what that changed."""
    exact, losses = quantize(graph, choose_weight_bits(graph, options.weight_bits))
    if options.relays:
        exact, added = insert_relays(exact)
        losses += added
    return exact, losses


def _make_tables(graph: Graph, offsets: Mapping[str, int], bits: int) -> Iterator[SynapseTable]:
    for p in graph.projections:
        # Where delays do not fit, sizes are still found.
        field = np.clip(compute_delay_fields(p, offsets), 0, SPEC.max_delay)
        yield SynapseTable(p, field, choose_grid(p.weight, bits=bits)[0], graph.populations[p.target].size)


def _follow_slices(demand: Demand, slices: Sequence[Slice]) -> tuple[Filling, list[int]]:
    """Return the pieces of each core of a placement, and which cores they are; relays lie with their sources'
    first neuron.
    """
    placed = list(slices)
    first = {s.population: s.core for s in reversed(placed)}
    for name in demand.computed:
        if name not in first:
            home = next((first[w.source] for w in demand.into[name] if first.get(w.source) is not None), 0)
            first[name] = home
            placed.append(Slice(name, 0, int(demand.graph.populations[name].size), home))
    cores: dict[int, list[Piece]] = {}
    for s in sorted(placed, key=lambda s: (list(demand.graph.populations).index(s.population), s.start)):
        if s.population in demand.computed:
            cores.setdefault(int(s.core or 0), []).append((s.population, s.start, s.stop))
    filling = Filling(list(cores.values()))
    demand.update_output_axons(filling.cores)
    return filling, list(cores)


def _make_slices(graph: Graph, filling: Filling, where: Sequence[int]) -> tuple[Slice, ...]:
    slices = [
        Slice(name, start, stop, where[core])
        for core, pieces in enumerate(filling.cores)
        for name, start, stop in pieces
    ]
    slices += [
        Slice(name, 0, int(p.size), None) for name, p in graph.populations.items() if isinstance(p, Input)
    ]
    rank = {name: i for i, name in enumerate(graph.populations)}
    return tuple(sorted(slices, key=lambda s: (rank[s.population], s.start)))
