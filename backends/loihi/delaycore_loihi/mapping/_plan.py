"""The plan of a network on Loihi: quantized, timed, placed on cores, and held against the limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from delaycore.graph import Graph
from delaycore.hardware import (
    LATEST,
    Constant,
    Finding,
    FitReport,
    Image,
    Losses,
    Placement,
    Plan,
    QuantizationScheme,
    Retiming,
    Slice,
    find_arithmetic_changes,
    find_delay_violations,
    find_unsupported,
    is_foreign,
    quantize_to,
    retime_for,
)
from delaycore_loihi.limits import LIMITS
from delaycore_loihi.mapping._cores import Demand, Piece
from delaycore_loihi.mapping._filling import Filling, fill_cores
from delaycore_loihi.mapping._findings import find_broken_limits, find_missing_cores
from delaycore_loihi.mapping._image import encode_image
from delaycore_loihi.mapping._mesh import arrange_cores, count_messages, locate_tile
from delaycore_loihi.mapping._record import CoreLoad, CoreUse, LoihiMapping
from delaycore_loihi.mapping._relays import count_relays, insert_relays
from delaycore_loihi.mapping._synapses import SynapseTable
from delaycore_loihi.mapping._timing import compute_delay_fields, find_delayed_starts
from delaycore_loihi.numbers import (
    ARITHMETIC,
    choose_grid,
    choose_quantization_scheme,
    choose_weight_bits,
    find_finer_decays,
    find_possible_overflow,
    find_unsuitable_numbers,
)
from delaycore_loihi.options import Options
from delaycore_loihi.spec import SPEC

__all__ = ["LoihiPlan"]


@dataclass(frozen=True, eq=False, repr=False)
class LoihiPlan(Plan[Options, LoihiMapping]):
    """A network on its way onto Loihi; each step is computed when it is first read."""

    @cached_property
    def weight_bits(self) -> int:
        """Bits of every weight: those of the options, unless they cannot hold both signs."""
        return choose_weight_bits(self.given, self.options.weight_bits)

    @cached_property
    def numbers(self) -> tuple[Finding, ...]:
        """Findings about numbers that the chip's registers cannot hold as they are."""
        return tuple(find_unsuitable_numbers(self.given, self.options.weight_bits))

    @cached_property
    def unsupported(self) -> tuple[Finding, ...]:
        """Why the chip could not compute such a network, wherever its neurons lie."""
        fatal = (f for f in self.numbers if f.code in ("threshold.range", "weight.bits"))
        return *find_unsupported(self.given, SPEC), *fatal

    @cached_property
    def scheme(self) -> QuantizationScheme:
        """The formats of weights, decays, thresholds and biases."""
        return choose_quantization_scheme(self.given, self.weight_bits)

    @cached_property
    def quantized(self) -> tuple[Graph, Losses]:
        """The network on the chip's grid, with relays if they are asked for, and what that changed."""
        exact, losses = self.rounded
        if not self.options.relays or any(self._find_excessive_relays()):
            return exact, losses
        relayed, added = insert_relays(exact)
        return relayed, losses + added

    @cached_property
    def rounded(self) -> tuple[Graph, Losses]:
        """The network on the chip's grid, without relays, and what that changed."""
        return quantize_to(self.given, self.scheme, ARITHMETIC)

    @cached_property
    def relays(self) -> int:
        """Relay neurons that delays take, whether or not they are asked for."""
        return count_relays(self.rounded[0])

    @cached_property
    def timing(self) -> Retiming:
        """The offsets in time under which delays fit their fields."""
        return retime_for(self.graph, SPEC)

    @cached_property
    def filled(self) -> tuple[Demand, Filling, list[int]]:
        """What neurons demand, the pieces of populations on each core, and which cores these are."""
        demand = Demand(self.graph, _make_tables(self.graph, self.timing.offsets, self.weight_bits))
        if self.slices is not None:
            return demand, *_follow_slices(demand, self.slices)
        wanted = self.options.cores
        # More than there are is a finding, for which no core need be halved.
        filling = fill_cores(demand, None if wanted is None else min(wanted, self.options.all_cores))
        messages = count_messages(demand, filling.cores)
        where = arrange_cores(messages, self.options.cores_per_chip, self.options.seed)
        return demand, filling, where.tolist()

    @property
    def demand(self) -> Demand:
        """What the neurons demand of the cores that hold them."""
        return self.filled[0]

    @cached_property
    def uses(self) -> Mapping[int, CoreUse]:
        """What each core uses of its limits."""
        demand, filling, where = self.filled
        uses = {where[core]: demand.measure(pieces) for core, pieces in enumerate(filling.cores)}
        return dict(sorted(uses.items()))

    @cached_property
    def placement(self) -> Placement:
        """Where neurons lie: in the given slices, or where the mapper puts them."""
        _, filling, where = self.filled
        slices = [
            Slice(name, start, stop, where[core])
            for core, pieces in enumerate(filling.cores)
            for name, start, stop in pieces
        ]
        return Placement.given(self.graph, slices, self.timing.offsets, SPEC.hop_delay)

    @cached_property
    def report(self) -> FitReport:
        """Every reason why the network cannot be mapped so, and what deserves a look."""
        demand, filling, _ = self.filled
        found = [
            *self.unsupported,
            *self.numbers,
            *self._find_conversions(),
            *self._find_excessive_relays(),
            *find_delay_violations(self.graph, SPEC, self.timing),
            *find_delayed_starts(self.graph, self.timing),
            *(finding for name in demand.computed for finding in find_possible_overflow(self.graph, name)),
            *find_broken_limits(filling, self.uses, self.slices is not None),
            *find_missing_cores(demand, self.uses, self.options),
        ]
        return FitReport(SPEC.name).joined(found)

    def _find_excessive_relays(self) -> Iterator[Finding]:
        """Yield why delays get no relays: these alone would fill all cores, or are for no sample."""
        if not self.options.relays or not self.relays:
            return
        remedy = "train with shorter delays, or with longer steps"
        longest, cores = self.given.largest_delay, self.options.all_cores
        if longest > LATEST.value:
            message = "no relays are made for delays that reach beyond any sample"
            yield Finding.over("relays.delay", "projections", message, longest, LATEST, remedy)
        each = LIMITS["core.compartments"]
        room = Constant(cores * each.value, each.unit, f"{cores} cores; {each.source}")
        if self.relays > room.value:
            message = "the relays of its delays alone are more than all cores hold; none was inserted"
            yield Finding.over("relays.number", "projections", message, self.relays, room, remedy)

    def _find_conversions(self) -> Iterator[Finding]:
        """Yield what the chip's arithmetic makes of thresholds and decays, if their numbers mean anything."""
        if not is_foreign(self.given.arithmetic, SPEC):
            yield from find_arithmetic_changes(self.given, *self.quantized)
            yield from find_finer_decays(self.given, self.scheme.scale)

    @cached_property
    def image(self) -> Image:
        """The memories of all cores as arrays."""
        return encode_image(self.demand, self.placement)

    @cached_property
    def mapping(self) -> LoihiMapping:
        """How full each core is, and where it lies."""
        return LoihiMapping({core: self._describe_core(core, use) for core, use in self.uses.items()})

    def _describe_core(self, core: int, use: CoreUse) -> CoreLoad:
        per_chip = self.options.cores_per_chip
        column, row = locate_tile(core, per_chip)
        return CoreLoad(**vars(use), chip=core // per_chip, tile=f"{column},{row}")


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
    rank = {name: i for i, name in enumerate(demand.graph.populations)}
    cores: dict[int, list[Piece]] = {}
    for s in sorted(placed, key=lambda s: (rank[s.population], s.start)):
        if s.population in demand.computed:
            cores.setdefault(int(s.core or 0), []).append((s.population, s.start, s.stop))
    filling = Filling(list(cores.values()))
    demand.update_output_axons(filling.cores)
    return filling, list(cores)
