"""The plan of a network on Seneca: quantized, placed, laid out in memories, and held against the limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import ceil

from delaycore.graph import Graph
from delaycore.hardware import (
    Constant,
    Finding,
    FitReport,
    HardwareSpec,
    Image,
    Losses,
    Placement,
    Plan,
    QuantizationScheme,
    find_arithmetic_changes,
    find_delay_violations,
    find_unsupported,
    quantize_to,
)
from delaycore_seneca.mapping._image import encode_image
from delaycore_seneca.mapping._layer import Layer, build_layers, count_data_bits, count_program_bits
from delaycore_seneca.mapping._limits import (
    find_crowded_cores,
    find_crowded_layers,
    find_empty_graph,
    find_expected_overruns,
    find_fired_readout,
    find_wrong_core_numbers,
)
from delaycore_seneca.mapping._occupancy import QueueWords, describe_activity, estimate_queue_words
from delaycore_seneca.mapping._placement import place_layers
from delaycore_seneca.mapping._record import CoreUse, SenecaMapping
from delaycore_seneca.numbers import (
    WORD,
    choose_quantization_scheme,
    choose_width,
    find_possible_overflow,
    find_unsuitable_numbers,
    make_arithmetic,
)
from delaycore_seneca.options import Options
from delaycore_seneca.spec import SPEC
from delaycore_seneca.tables import LIMITS

__all__ = ["SenecaPlan"]


@dataclass(frozen=True, eq=False, repr=False)
class SenecaPlan(Plan[Options, SenecaMapping]):
    """A network on its way onto Seneca; each step is computed when it is first read."""

    @cached_property
    def width(self) -> int:
        """Bits of a weight on the chip, 16 for bfloat16."""
        return choose_width(self.given, self.options.width)

    @cached_property
    def scheme(self) -> QuantizationScheme:
        """bfloat16, with weights of `width` bits; the projections into a population share its scale."""
        return choose_quantization_scheme(self.given, self.width)

    @cached_property
    def numbers(self) -> tuple[Finding, ...]:
        """Numbers that leave the range of their format."""
        return tuple(find_unsuitable_numbers(self.given, self.scheme))

    @cached_property
    def unsupported(self) -> tuple[Finding, ...]:
        """What the chip has no kernel or no number for, wherever neurons lie."""
        overflowing = (finding for finding in self.numbers if finding.severity == "error")
        return *find_empty_graph(self.given), *find_unsupported(self.given, SPEC), *overflowing

    @cached_property
    def quantized(self) -> tuple[Graph, Losses]:
        """The network in chip units, under the chip's arithmetic, and what that changed."""
        return quantize_to(self.given, self.scheme, make_arithmetic(self.width))

    @cached_property
    def is_quantizable(self) -> bool:
        """Whether the network's numbers mean something on the chip."""
        return not {"arithmetic.foreign", "number.overflow"} & {f.code for f in self.unsupported}

    @cached_property
    def to_place(self) -> Graph:
        """The quantized network, in which weights that became 0 take no memory; where its numbers mean
        nothing on the chip, the network as it was given.
        """
        return self.graph if self.is_quantizable else self.given

    @cached_property
    def placement(self) -> Placement:
        """Where neurons lie: in the given slices, or where the mapper puts them."""
        if self.slices is None:
            return place_layers(self.to_place, self.options)
        return Placement.given(self.to_place, self.slices)

    @cached_property
    def cores(self) -> Mapping[int, tuple[Layer, ...]]:
        """The layers on each core; their delay queues have no filters yet."""
        found: dict[int, list[Layer]] = {core: [] for core in self.placement.cores}
        for layer in build_layers(self.to_place, self.placement, self.options.layout):
            if layer.slice.core is not None:
                found[layer.slice.core].append(layer)
        return {core: tuple(layers) for core, layers in found.items()}

    @cached_property
    def filtered_cores(self) -> Mapping[int, tuple[Layer, ...]]:
        """The layers on each core with their pruning filters, which are as long as the longest delay."""
        return {core: tuple(layer.with_filter() for layer in layers) for core, layers in self.cores.items()}

    @property
    def layers(self) -> tuple[Layer, ...]:
        """All layers with their pruning filters, core by core."""
        return tuple(layer for layers in self.filtered_cores.values() for layer in layers)

    @cached_property
    def queue_words(self) -> Mapping[int, QueueWords]:
        """How full the queue of each core that has delays will be, or the lists that the RISC-V keeps."""
        steps = None if self.given.framing is None else self.given.framing.steps
        software = self.options.delays == "software"
        return {
            core: estimate_queue_words(layers, self.options.activity, steps, software)
            for core, layers in self.filtered_cores.items()
            if any(layer.delayed for layer in layers)
        }

    @property
    def list_words(self) -> int | None:
        """Words that the RISC-V keeps free for its lists of delayed events, over all cores; None where a
        queue in hardware holds them.
        """
        if self.options.delays == "queue":
            return None
        return sum(ceil(words.peak) for words in self.queue_words.values())

    @cached_property
    def report(self) -> FitReport:
        """Every reason why the network cannot be mapped so, and what deserves a look."""
        late = tuple(find_delay_violations(self.given, _make_spec(self.options)))
        found = [*self.unsupported, *self.numbers, *late, *find_fired_readout(self.given)]
        if self.is_quantizable:
            found += find_arithmetic_changes(self.given, *self.quantized)
            found += find_possible_overflow(self.graph)
        found += find_wrong_core_numbers(len(self.cores), self.options.cores)
        found += find_crowded_cores(self.to_place, self.cores, self.options)
        for layers in self.cores.values():
            found += find_crowded_layers(self.to_place, layers, self.options)
        if not late:
            found += find_expected_overruns(self.queue_words, self.options)
        return FitReport(SPEC.name).joined(found)

    @cached_property
    def image(self) -> Image:
        """The memories of all cores as arrays."""
        return encode_image(self.layers)

    @cached_property
    def mapping(self) -> SenecaMapping:
        """How full cores are, and what is expected of their queues."""
        return SenecaMapping(
            {core: self._measure_core(core) for core in self.cores},
            "bfloat16" if self.width == WORD else f"whole numbers of {self.width} bits",
            describe_activity(self.options.activity),
            self.list_words,
        )

    def _measure_core(self, core: int) -> CoreUse:
        layers, words = self.cores[core], self.queue_words.get(core)
        in_hardware = words is not None and self.options.delays == "queue"
        return CoreUse(
            data_bytes=int(-(-count_data_bits(layers) // 8)),
            data_bytes_available=int(LIMITS["memory.data"]) // 8,
            instruction_bytes=int(-(-count_program_bits(layers, self.options.grouping) // 8)),
            layouts={
                f"{fan.source}->{layer.slice.name}": f"{fan.layout}, {len(fan.levels)} levels"
                for layer in layers
                for fan in layer.fans
            },
            queue_words=int(LIMITS["queue.words"]) if in_hardware else None,
            expected_peak_words=None if words is None else round(words.peak),
            expected_mean_words=None if words is None else round(words.mean),
        )


def _make_spec(options: Options) -> HardwareSpec:
    """The chip with the delay range that the address bits of an event leave."""
    limit = Constant(
        value=(1 << options.counter_bits) - 1,
        unit="steps",
        source=(
            f"{LIMITS['event.bits'].source}; assumed: {options.address_bits} of them address, the rest count"
        ),
    )
    return SPEC.with_delay_range(limit)
