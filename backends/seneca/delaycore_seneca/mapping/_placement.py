"""Which slice of which population goes onto which core."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from itertools import pairwise

from delaycore.graph import Graph
from delaycore.hardware import Placement, Slice, spread_slices
from delaycore_seneca.mapping._layer import build_layer, count_kernel_lines, sum_program_bits
from delaycore_seneca.numbers import find_width
from delaycore_seneca.options import Options
from delaycore_seneca.tables import COSTS, LIMITS

__all__ = ["place_layers"]


def place_layers(graph: Graph, options: Options) -> Placement:
    """Choose a core for every slice; slices are in the order of populations, inputs outside.

    Neighbouring populations share a core as far as `Options` say and memory allows; one that is too large for
    a core is cut into the fewest even slices that fit.  What cannot be made to fit is placed all the same:
    `limits` finds it.
    """
    groups = _group_populations(graph, options)
    parts = {group[0]: _count_fewest_slices(graph, group[0], options) for group in groups if len(group) == 1}
    if options.cores is not None:
        sizes = {name: int(graph.populations[name].size) for name in parts}
        parts = spread_slices(sizes, parts, options.cores - (len(groups) - len(parts)))
    slices = {name: [Slice(name, 0, p.size, None)] for name, p in graph.inputs.items()}
    core = 0
    for group in groups:
        number = parts.get(group[0], 1)
        slices |= {name: _cut_evenly(name, graph.populations[name].size, number, core) for name in group}
        core += number
    return Placement(tuple(s for name in graph.populations for s in slices[name]))


@dataclass(frozen=True)
class _Need:
    """What layers need of a core together: neurons, bits of data, and lines of kernels."""

    layers: int = 0
    neurons: int = 0
    data: int = 0
    lines: int = 0

    def beside(self, other: _Need) -> _Need:
        """The need of both on one core."""
        return _Need(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    @property
    def fits(self) -> bool:
        """Whether a core holds them."""
        return (
            self.neurons <= int(LIMITS["neurons.core"])
            and float(COSTS["memory.buffers"]) + self.data <= float(LIMITS["memory.data"])
            and sum_program_bits(self.layers, self.lines) <= float(LIMITS["memory.instructions"])
        )


def _measure(graph: Graph, s: Slice, options: Options) -> _Need:
    layer = build_layer(graph, s, options.layout)
    return _Need(1, s.size, sum(layer.bits.values()), count_kernel_lines(layer, options.grouping))


def _fits(graph: Graph, s: Slice, options: Options) -> bool:
    # A slice of too many neurons need not be laid out.
    return s.size <= int(LIMITS["neurons.core"]) and _measure(graph, s, options).fits


def _group_populations(graph: Graph, options: Options) -> list[list[str]]:
    """Populations that share a core: as few together as the number of cores that was asked for allows."""
    computed = [name for name in graph.populations if name not in graph.inputs]
    cores = options.cores or len(computed)
    fewest, most = options.layers_per_core, max(options.layers_per_core, len(computed))
    if fewest == 1 and cores >= len(computed):
        return [[name] for name in computed]
    # The more may share a core, the fewer are filled: the least number that does is found by halving.
    whole = {name: Slice(name, 0, graph.populations[name].size, 0) for name in computed}
    needs = {name: _measure(graph, s, options) for name, s in whole.items()}
    while fewest < most:
        middle = (fewest + most) // 2
        if len(_fill_cores(needs, middle)) <= cores:
            most = middle
        else:
            fewest = middle + 1
    return _fill_cores(needs, fewest)


def _fill_cores(needs: Mapping[str, _Need], together: int) -> list[list[str]]:
    """One core after the other filled with up to ``together`` neighbours that fit."""
    groups: list[list[str]] = []
    held = _Need()
    for name, need in needs.items():
        if groups and len(groups[-1]) < together and held.beside(need).fits:
            groups[-1].append(name)
            held = held.beside(need)
        else:
            groups.append([name])
            held = need
    return groups


def _cut_evenly(name: str, size: int, parts: int, core: int) -> list[Slice]:
    ends = [size * k // parts for k in range(parts + 1)]
    return [Slice(name, a, b, core + k) for k, (a, b) in enumerate(pairwise(ends))]


def _count_fewest_slices(graph: Graph, name: str, options: Options) -> int:
    """The smallest number of even slices that fit; 1 if even single neurons do not, or the chip has too few
    cores.
    """
    size = graph.populations[name].size
    synapses = sum(int((p.weight != 0).sum()) for p in graph.into(name))
    least = max(1, int(synapses * find_width(graph.arithmetic) // float(LIMITS["memory.data"])))
    for parts in range(least, min(size, int(LIMITS["chip.cores"])) + 1):
        if all(_fits(graph, s, options) for s in _cut_evenly(name, size, parts, 0)):
            return parts
    return 1
