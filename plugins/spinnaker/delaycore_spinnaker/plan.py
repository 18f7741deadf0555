"""The way of a network onto SpiNNaker: its numbers, its slices and rows, and everything that does not fit."""

from __future__ import annotations

import collections.abc
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from delaycore import Finding, FitReport, Graph, Losses, hardware
from delaycore.hardware import Constant, Placement
from delaycore_spinnaker.image import Image, encode
from delaycore_spinnaker.layout import Rows, chip_of, core_bytes, find_keys, make_rows
from delaycore_spinnaker.options import EXTENSIONS, Options
from delaycore_spinnaker.quantize import choose_scheme
from delaycore_spinnaker.spec import ARITHMETIC, LIMITS, SPEC

__all__ = ["SATURATED", "CoreUse", "Mapping", "Plan"]

SATURATED = "map with a larger option rate, which takes coarser weights"
"""What to do about rings that saturate."""


@dataclass(frozen=True)
class CoreUse:
    """Bytes of a core's data memory that are used."""

    data_bytes: int


@dataclass(frozen=True)
class Mapping(hardware.ChipMapping):
    """Use of each core, slots of a ring buffer, and entries of each chip's routing table."""

    cores: collections.abc.Mapping[int, CoreUse] = field(default_factory=dict)
    slots: int = 0
    router_entries: collections.abc.Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Plan(hardware.Plan[Options, Mapping]):
    """Each step is computed when it is first read."""

    @cached_property
    def spec(self) -> hardware.HardwareSpec:
        """The chip with the reach that the rule of delay extension gives it."""
        current = f"Y, current rule: {EXTENSIONS + 1} x {self.options.slots} slots"
        classic = "classic rule: 16 slots and 8 stages of delay extension, 144 steps"
        source = classic if self.options.rule == "classic" else current
        return SPEC.with_delay_range(Constant(self.options.reach, "steps", source))

    @cached_property
    def unsupported(self) -> tuple[Finding, ...]:
        return tuple(hardware.find_unsupported(self.given, SPEC))

    @cached_property
    def scheme(self) -> hardware.QuantizationScheme:
        return choose_scheme(self.given, self.options.rate)

    @cached_property
    def quantized(self) -> tuple[Graph, Losses]:
        return hardware.quantize_to(self.given, self.scheme, ARITHMETIC)

    @cached_property
    def timing(self) -> hardware.Retiming:
        """The offsets under which every delay fits."""
        return hardware.retime_for(self.given, self.spec)

    @cached_property
    def impossible(self) -> tuple[Finding, ...]:
        """What no other placement mends: kinds, delays, and slices that no core runs."""
        delays = hardware.find_delay_violations(self.given, self.spec, self.timing)
        asked = {"option neurons_per_core": {"core.neurons": self.options.neurons_per_core}}
        return (*self.unsupported, *delays, *hardware.find_overuse(asked, SPEC), *self._find_wrong_slices())

    def _find_wrong_slices(self) -> Iterator[Finding]:
        size = self.options.neurons_per_core
        cores = Counter(s.core for s in self.slices or () if s.core is not None)
        for core in sorted(core for core, slices in cores.items() if slices > 1):
            yield Finding(
                code="core.slices",
                place=f"core {core}",
                message="holds several slices; a core runs neurons of one",
                source="Y: vertices",
                remedy="give each a core of its own",
            )
        limit = Constant(size, "neurons", "option neurons_per_core, from which index bits and slots follow")
        for s in self.slices or ():
            if s.core is not None and (s.size > size or s.start % size):
                message = "a slice begins elsewhere than where neurons_per_core cuts, or has more neurons"
                remedy = "cut populations into slices of neurons_per_core"
                yield Finding.over("core.neurons", s.name, message, s.size, limit, remedy)

    @cached_property
    def placement(self) -> Placement:
        offsets, hop = self.timing.offsets, SPEC.hop_delay
        if self.slices is not None:
            return Placement.given(self.given, self.slices, offsets, hop)
        return Placement.evenly(self.given, self.options.neurons_per_core, None, offsets, hop)

    @cached_property
    def rows(self) -> list[Rows]:
        """All synaptic rows."""
        return list(make_rows(self.graph, self.placement, self.options.slots))

    @cached_property
    def mapping(self) -> Mapping:
        cores = {
            core: CoreUse(sum(sum(core_bytes(s, self.options).values()) for s in self.placement.on(core)))
            for core in self.placement.cores
        }
        keys = find_keys(self.rows, self.placement, self.options)
        return Mapping(cores, self.options.slots, {chip: len(k) for chip, k in sorted(keys.items())})

    @cached_property
    def report(self) -> FitReport:
        found = FitReport(SPEC.name, self.impossible)
        if not found.ok:
            return found
        return found.joined(
            [
                *hardware.find_core_violations(len(self.placement.cores), SPEC),
                *hardware.find_overuse(self._count_use(), SPEC),
                *_find_saturation(self.graph),
                *hardware.find_arithmetic_changes(self.given, *self.quantized),
            ]
        )

    def _count_use(self) -> dict[str, dict[str, float]]:
        """What each core, row and chip needs, by the code of the limit."""
        used = {
            f"core {core}": {"core.dtcm": float(use.data_bytes)} for core, use in self.mapping.cores.items()
        }
        chips = {chip: {"router.entries": float(n)} for chip, n in self.mapping.router_entries.items()}
        for r in self.rows:
            row = used.setdefault(f"projections[{r.projection!r}] onto {r.target.name}", {})
            row["row.synapses"] = float(r.lengths().max(initial=0))
            chip = chips.setdefault(chip_of(int(r.target.core or 0)), {})
            sources = int(self.graph.populations[r.source].size)
            chip["chip.sdram"] = chip.get("chip.sdram", 0.0) + r.sdram(sources)
        return used | {f"chip {chip}": needs for chip, needs in chips.items()}

    @cached_property
    def image(self) -> Image:
        return encode(self.graph, self.placement, self.rows, self.options)


def _find_saturation(exact: Graph) -> Iterator[Finding]:
    """Warnings where a ring could saturate if every synapse of a sign delivered at once."""
    limit = LIMITS["ring.sum"]
    for name, p in exact.populations.items():
        for sign, what in ((1, "excitatory"), (-1, "inhibitory")):
            sums = np.zeros(int(p.size))
            for q in exact.into(name):
                sums += np.bincount(q.post, np.maximum(sign * q.weight, 0), minlength=int(p.size))
            if (worst := float(sums.max(initial=0.0))) > limit.value:
                message = f"the {what} ring saturates if all synapses deliver at once; a run counts how often"
                place = f"populations[{name!r}]"
                yield Finding.over("ring.sum", place, message, worst, limit, SATURATED, "warning")
