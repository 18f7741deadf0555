"""Which slice of which population goes onto which core."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from delaycore.graph import Graph
from delaycore.hardware import Placement, Slice
from delaycore_seneca.layer import layer
from delaycore_seneca.layout import WORD, Layout
from delaycore_seneca.options import Options
from delaycore_seneca.spec import COSTS, LIMITS

__all__ = ["data_bits", "place"]


def data_bits(graph: Graph, slices: Sequence[Slice], layout: Layout) -> float:
    """Data memory of a core that holds ``slices``, its buffers included."""
    return float(COSTS["memory.buffers"]) + sum(sum(layer(graph, s, layout).bits.values()) for s in slices)


def place(graph: Graph, options: Options) -> Placement:
    """Slices in the order of populations, inputs outside.

    Neighbouring populations share a core as far as `Options` say and memory allows; one that is too large for a core is cut into the
    fewest even slices that fit.  What cannot be made to fit is placed all the same: `limits` finds it.
    """
    computed = [name for name in graph.populations if name not in graph.inputs]
    parts = dict.fromkeys(computed, 1)
    together = options.layers_per_core
    if options.cores is not None and options.cores < len(computed):
        together = max(together, -(-len(computed) // options.cores))

    def whole(name: str) -> Slice:
        return Slice(name, 0, graph.populations[name].size, 0)

    def fits(slices: Sequence[Slice]) -> bool:
        room = data_bits(graph, slices, options.layout) <= float(LIMITS["memory.data"])
        return room and sum(s.size for s in slices) <= int(LIMITS["neurons.core"])

    groups: list[list[str]] = []
    for first in range(0, len(computed), together):
        group = computed[first : first + together]
        groups += [group] if fits([whole(name) for name in group]) else [[name] for name in group]
    for group in groups:
        if len(group) == 1:
            synapses = sum(int((p.weight != 0).sum()) for p in graph.into(group[0]))
            least = max(1, int(synapses * WORD // float(LIMITS["memory.data"])))
            parts[group[0]] = _fewest(graph.populations[group[0]].size, group[0], least, fits)
    if options.cores is not None:
        _spread(graph, groups, parts, options.cores)
    slices = {name: [Slice(name, 0, p.size, None)] for name, p in graph.inputs.items()}
    core = 0
    for group in groups:
        if len(group) == 1:
            slices[group[0]] = _cut(group[0], graph.populations[group[0]].size, parts[group[0]], core)
        else:
            slices |= {name: _cut(name, graph.populations[name].size, 1, core) for name in group}
        core += parts[group[0]] if len(group) == 1 else 1
    return Placement(tuple(s for name in graph.populations for s in slices[name]))


def _cut(name: str, size: int, parts: int, core: int) -> list[Slice]:
    ends = [size * k // parts for k in range(parts + 1)]
    return [Slice(name, a, b, core + k) for k, (a, b) in enumerate(pairwise(ends))]


def _fewest(size: int, name: str, least: int, fits: Callable[[Sequence[Slice]], bool]) -> int:
    """The smallest number of even slices, at ``least`` so many, that fit; 1 if even single neurons do not, or the chip has too few cores."""
    for parts in range(least, min(size, int(LIMITS["cores"])) + 1):
        if all(fits([s]) for s in _cut(name, size, parts, 0)):
            return parts
    return 1


def _spread(graph: Graph, groups: Sequence[Sequence[str]], parts: dict[str, int], cores: int) -> None:
    """Cut the populations of the largest slices further until ``cores`` are in use, or nothing is left to cut."""
    alone = [group[0] for group in groups if len(group) == 1]
    while len(groups) - len(alone) + sum(parts[name] for name in alone) < cores:
        name = max((n for n in alone if parts[n] < graph.populations[n].size), key=lambda n: graph.populations[n].size / parts[n], default=None)
        if name is None:
            return
        parts[name] += 1
