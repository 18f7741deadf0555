"""A slice of a population as it lives on a core: its neurons, the synapses onto them, and the delay queue in
front.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from delaycore.delay_memory import PruningFilter
from delaycore.graph import Graph, Population
from delaycore.hardware import Placement, Slice
from delaycore_seneca.mapping._kernels import build_kernels, count_states, list_parameters
from delaycore_seneca.mapping._synapses import Fan, collect_fans, pad_to_lanes
from delaycore_seneca.numbers import WORD
from delaycore_seneca.options import Layout
from delaycore_seneca.tables import COSTS

__all__ = [
    "Layer",
    "build_layer",
    "build_layers",
    "count_data_bits",
    "count_kernel_lines",
    "count_program_bits",
    "find_entry_ages",
    "sum_program_bits",
]


@dataclass(frozen=True, eq=False)
class Layer:
    """What a core holds for one slice.

    population: the slice's neurons.
    fans:       synapses by source population, in the order in which a step's events of one age are taken.
    entry:      age in steps at which the events of each source enter: 0, or 1 for those made at the end of
                the step before.
    pruning:    the filter of its delay queue over all sources counted through; None if there is no queue, or
                none was made yet.
    """

    slice: Slice
    population: Population
    fans: tuple[Fan, ...]
    entry: Mapping[str, int]
    pruning: PruningFilter | None = None

    @property
    def place(self) -> str:
        """The name of the layer in findings and details."""
        return f"core {self.slice.core} {self.slice.name}"

    @property
    def width(self) -> int:
        """Bits of a weight."""
        return self.fans[0].width if self.fans else WORD

    @property
    def sources(self) -> int:
        """Number of neurons whose events arrive here."""
        return sum(fan.sources for fan in self.fans)

    @property
    def delayed(self) -> bool:
        """Whether a synapse has a delay, so that a queue is needed."""
        return any(bool(fan.delay.any()) for fan in self.fans)

    @property
    def lifetimes(self) -> NDArray[np.int64]:
        """Steps that an event of each source has to live, [sources]: the longest delay that it serves, plus
        one.
        """
        steps = [np.zeros(fan.sources, dtype=np.int64) for fan in self.fans]
        for fan, longest in zip(self.fans, steps, strict=True):
            np.maximum.at(longest, fan.pre, fan.delay + 1)
        return np.concatenate([*steps, np.zeros(0, dtype=np.int64)])

    def with_filter(self) -> Layer:
        """This layer with the pruning filter that its synapses need, if it needs a queue."""
        if not self.delayed or self.pruning is not None:
            return self
        first = np.cumsum([0, *(fan.sources for fan in self.fans)])
        source = np.concatenate([fan.pre + at for fan, at in zip(self.fans, first, strict=False)])
        return replace(
            self,
            pruning=PruningFilter.of(self.sources, source, np.concatenate([fan.delay for fan in self.fans])),
        )

    @cached_property
    def gate(self) -> PruningFilter:
        """The pruning filter; without a queue, one that lets every event through at once."""
        return self.pruning or PruningFilter(np.ones((self.sources, 1), dtype=np.bool_))

    @cached_property
    def ages(self) -> NDArray[np.int64]:
        """Entry age of each source neuron, [sources]."""
        return np.concatenate(
            [np.full(fan.sources, self.entry[fan.source]) for fan in self.fans]
            or [np.zeros(0, dtype=np.int64)]
        )

    def arriving(self, spikes: Mapping[str, NDArray[np.bool_]]) -> NDArray[np.bool_]:
        """The spikes of all sources side by side, [samples, steps, sources], from those by population."""
        if self.fans:
            return np.concatenate([spikes[fan.source] for fan in self.fans], axis=2)
        samples, steps = next(iter(spikes.values())).shape[:2]
        return np.zeros((samples, steps, 0), dtype=np.bool_)

    @property
    def bits(self) -> dict[str, int]:
        """Bits of data memory by part."""
        words = pad_to_lanes(self.population.size) * WORD
        return {
            "weights": sum(fan.bits for fan in self.fans),
            "parameters": len(list_parameters(self.population)) * words,
            "states": count_states(self.population) * words,
        }


def find_entry_ages(graph: Graph, target: str) -> dict[str, int]:
    """The age at which events of each source enter ``target``'s queue.

    A source that a step computes before its target sends in that same step.  One that comes later, or the
    target itself, makes its events when the target's step is over: they enter in the next step, with one step
    less to live.
    """
    at = graph.ranks
    return {
        p.source: int(p.source not in graph.inputs and at[p.source] >= at[target]) for p in graph.into(target)
    }


def build_layers(graph: Graph, placement: Placement, layout: Layout = "auto") -> list[Layer]:
    """The layers of a placed graph, core by core; their queues have no filters yet."""
    return [build_layer(graph, s, layout) for core in placement.cores for s in placement.on(core)]


def build_layer(graph: Graph, here: Slice, layout: Layout = "auto") -> Layer:
    """One slice's layer, whose queue has no filter yet."""
    into = tuple(collect_fans(graph, here, layout))
    ages = find_entry_ages(graph, here.population)
    population = graph.populations[here.population].slice(here.start, here.stop)
    return Layer(here, population, into, {fan.source: ages[fan.source] for fan in into})


def count_data_bits(on_core: Sequence[Layer]) -> float:
    """Data memory of a core that holds these layers, its buffers included."""
    return float(COSTS["memory.buffers"]) + sum(sum(layer.bits.values()) for layer in on_core)


def count_program_bits(on_core: Sequence[Layer], grouping: int = 1) -> float:
    """Instruction memory of a core that works on these layers.

    A layer brings three routines of the RISC-V, to receive an event, to send one and to end a step, and its
    micro-kernels; what all layers of a core use is there once.
    grouping: events that a dense row's kernel takes together.
    """
    return sum_program_bits(len(on_core), sum(count_kernel_lines(layer, grouping) for layer in on_core))


def count_kernel_lines(layer: Layer, grouping: int = 1) -> int:
    """Instructions of a layer's micro-kernels; grouping as in `count_program_bits`."""
    layouts = frozenset(f.layout for f in layer.fans)
    return sum(map(len, build_kernels(layer.population, layouts, layer.width, grouping)))


def sum_program_bits(layers: int, lines: int) -> float:
    """Instruction memory of a core with so many layers, whose kernels have so many ``lines``."""
    routines = 2 * float(COSTS["riscv.event"]) + float(COSTS["riscv.step"])
    return float(COSTS["code.shared"]) + (layers * routines + lines) * float(COSTS["code.instruction"])
