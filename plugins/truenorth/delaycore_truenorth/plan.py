"""The plan of a network on TrueNorth: quantized, cut into slices, laid out on crossbars, held against
limits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from delaycore.graph import Graph
from delaycore.hardware import (
    ChipMapping,
    Finding,
    FitReport,
    Image,
    Losses,
    Placement,
    Plan,
    QuantizationScheme,
    find_arithmetic_changes,
    find_core_violations,
    find_delay_violations,
    find_unsupported,
    retime_for,
)
from delaycore_truenorth.crossbars import Layout, lay_out
from delaycore_truenorth.image import encode_image
from delaycore_truenorth.options import Options
from delaycore_truenorth.quantize import choose_quantization_scheme, quantize
from delaycore_truenorth.spec import LIMITS, SPEC

__all__ = ["CoreUse", "TrueNorthMapping", "TrueNorthPlan"]

_SIZES = (256, 128, 64, 32, 16, 8, 4, 2, 1)
"""Neurons of a slice to try, the most that fit."""
_CROWDED = {
    "core.axons": "each (source neuron, delay, weight) into a core takes an axon of its own",
    "core.neurons": "a neuron has one target, so it is copied for every axon that it feeds",
}


@dataclass(frozen=True)
class CoreUse:
    """Axons and neurons in use on a core, copies included."""

    axons: int
    neurons: int


@dataclass(frozen=True)
class TrueNorthMapping(ChipMapping):
    """How full each core is."""

    cores: Mapping[int, CoreUse]


@dataclass(frozen=True, eq=False, repr=False)
class TrueNorthPlan(Plan[Options, TrueNorthMapping]):
    """A network on its way onto TrueNorth; each step is computed when it is first read."""

    @cached_property
    def unsupported(self) -> tuple[Finding, ...]:
        """Kinds, leaks, resets and an arithmetic that the chip has not."""
        return tuple(find_unsupported(self.given, SPEC))

    @cached_property
    def scheme(self) -> QuantizationScheme:
        """Whole numbers, and few weights for each neuron."""
        return choose_quantization_scheme(self.given, self.options.values)

    @cached_property
    def quantized(self) -> tuple[Graph, Losses]:
        """The network without the synapses whose weight became 0, and what that changed."""
        return quantize(self.given, self.scheme)

    @cached_property
    def unplaceable(self) -> tuple[Finding, ...]:
        """What no placement and no option mends, and given slices that share a core."""
        late = () if self.unsupported else find_delay_violations(self.given, SPEC)
        return *self.unsupported, *late, *self._find_shared_cores()

    @cached_property
    def laid_out(self) -> tuple[Placement, Layout]:
        """The placement in the given slices, or else in the largest that fit, in the smallest if none do; and
        the axons of each core.
        """
        offsets = retime_for(self.graph, SPEC).offsets
        if self.slices is not None:
            placement = Placement.given(self.graph, self.slices, offsets, SPEC.hop_delay)
            return placement, lay_out(self.graph, placement)
        largest = max((int(p.size) for p in self.graph.populations.values()), default=1)
        sizes = (self.options.neurons_per_core,) if self.options.neurons_per_core else _SIZES
        for size in sorted({min(size, largest) for size in sizes}, reverse=True):
            placement = Placement.evenly(self.graph, size, offsets=offsets, hop_delay=SPEC.hop_delay)
            layout = lay_out(self.graph, placement)
            if not any(_find_crowded_cores(placement, layout)):
                break
        return placement, layout

    @property
    def placement(self) -> Placement:
        """A slice on each core."""
        return self.laid_out[0]

    @cached_property
    def report(self) -> FitReport:
        """What no placement mends; where there is nothing of that kind, what the placement breaks."""
        if self.unplaceable:
            return FitReport(SPEC.name, self.unplaceable)
        changed = find_arithmetic_changes(self.given, *self.quantized)
        return FitReport(SPEC.name, (*_find_crowded_cores(*self.laid_out), *changed))

    @cached_property
    def image(self) -> Image:
        """Crossbars, neurons and targets of all cores."""
        return encode_image(self.graph, *self.laid_out)

    @cached_property
    def mapping(self) -> TrueNorthMapping:
        """Axons and neurons of each core."""
        return TrueNorthMapping(_measure_cores(*self.laid_out))

    def _find_shared_cores(self) -> Iterator[Finding]:
        message = "holds several slices; this mapper lays out one for each core"
        remedy = "give each a core of its own"
        for core, slices in Counter(s.core for s in self.slices or ()).items():
            if core is not None and slices > 1:
                yield Finding(code="core.slices", place=f"core {core}", message=message, remedy=remedy)


def _measure_cores(placement: Placement, layout: Layout) -> dict[int, CoreUse]:
    slices = {s.core: s for s in placement.slices if s.core is not None}
    return {core: CoreUse(len(layout.axons[core]), layout.neurons(s)) for core, s in slices.items()}


def _find_crowded_cores(placement: Placement, layout: Layout) -> Iterator[Finding]:
    yield from find_core_violations(len(placement.cores), SPEC)
    for core, use in _measure_cores(placement, layout).items():
        for code, needed in (("core.axons", use.axons), ("core.neurons", use.neurons)):
            if needed > LIMITS[code].value:
                remedy = "prune whole (source, delay) pairs, or use fewer neurons_per_core"
                yield Finding.over(code, f"core {core}", _CROWDED[code], needed, LIMITS[code], remedy)
