"""Which slice of which population goes onto which core."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from delaycore.graph import Graph
from delaycore.hardware import Placement, Slice
from delaycore_seneca.mapping._layer import build_layer, count_data_bits, count_program_bits
from delaycore_seneca.numbers import find_width
from delaycore_seneca.options import Options
from delaycore_seneca.tables import LIMITS

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
        _cut_further(graph, len(groups) - len(parts), parts, options.cores)
    slices = {name: [Slice(name, 0, p.size, None)] for name, p in graph.inputs.items()}
    core = 0
    for group in groups:
        number = parts.get(group[0], 1)
        slices |= {name: _cut_evenly(name, graph.populations[name].size, number, core) for name in group}
        core += number
    return Placement(tuple(s for name in graph.populations for s in slices[name]))


def _fits(graph: Graph, slices: Sequence[Slice], options: Options) -> bool:
    if sum(s.size for s in slices) > int(LIMITS["neurons.core"]):
        return False
    layers = [build_layer(graph, s, options.layout) for s in slices]
    return count_data_bits(layers) <= float(LIMITS["memory.data"]) and count_program_bits(
        layers, options.grouping
    ) <= float(LIMITS["memory.instructions"])


def _group_populations(graph: Graph, options: Options) -> list[list[str]]:
    """Populations that share a core: as few together as the number of cores that was asked for allows."""
    computed = [name for name in graph.populations if name not in graph.inputs]
    cores = options.cores or len(computed)
    groups: list[list[str]] = []
    for together in range(options.layers_per_core, max(options.layers_per_core, len(computed)) + 1):
        groups = _fill_cores(graph, computed, together, options)
        if len(groups) <= cores:
            break
    return groups


def _fill_cores(graph: Graph, computed: Sequence[str], together: int, options: Options) -> list[list[str]]:
    """One core after the other filled with up to ``together`` neighbours that fit."""
    groups: list[list[str]] = []
    for name in computed:
        joined = [*groups[-1], name] if groups else [name]
        whole = [Slice(n, 0, graph.populations[n].size, 0) for n in joined]
        if groups and len(joined) <= together and _fits(graph, whole, options):
            groups[-1] = joined
        else:
            groups.append([name])
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
        if all(_fits(graph, [s], options) for s in _cut_evenly(name, size, parts, 0)):
            return parts
    return 1


def _cut_further(graph: Graph, shared: int, parts: dict[str, int], cores: int) -> None:
    """Cut the populations of the largest slices further until ``cores`` are in use, ``shared`` among them, or
    nothing is left to cut.
    """
    while shared + sum(parts.values()) < cores:
        left = [name for name in parts if parts[name] < graph.populations[name].size]
        if not left:
            return
        parts[max(left, key=lambda name: graph.populations[name].size / parts[name])] += 1
