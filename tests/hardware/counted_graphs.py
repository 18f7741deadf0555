"""Graphs that count how often all their populations or projections, or all slices of a placement, are gone
through: what is done once for each population must not go through all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from types import MappingProxyType
from typing import Any
from unittest.mock import patch

import numpy as np

import delaycore as dc

__all__ = ["count_passes", "make_chain", "make_star"]


@contextmanager
def count_passes(*modules: Any) -> Iterator[Counter[str]]:
    """Count passes through the tuples and named mappings that ``modules`` make, by what is in them."""
    passes: Counter[str] = Counter()

    class Pairs(dict[Any, Any]):
        def __iter__(self) -> Iterator[Any]:
            passes["populations"] += 1
            return super().__iter__()

        def items(self) -> Any:
            passes["populations"] += 1
            return super().items()

        def values(self) -> Any:
            passes["populations"] += 1
            return super().values()

    class Row(tuple[Any, ...]):
        def __iter__(self) -> Iterator[Any]:
            passes[type(self[0]).__name__ if len(self) else "none"] += 1
            return super().__iter__()

    def keep(place: str, entries: Mapping[str, Any]) -> Mapping[str, Any]:
        return MappingProxyType(Pairs(entries))

    with patch.multiple(modules[0], tuple=Row, by_name=keep, create=True):
        if len(modules) == 1:
            yield passes
        else:
            with count_passes(*modules[1:]) as more:
                yield more
                more.update(passes)


def _make_population(retain: float) -> dc.LIF:
    return dc.LIF(1, retain=retain, threshold=1.0)


def _join(source: str, target: str) -> dc.Projection:
    return dc.Projection(source, target, [0], [0], [1.0], [1])


def make_chain(number: int, retain: float) -> dc.Graph:
    """An input, and ``number`` populations of a neuron, one after the other."""
    names = ["in", *(f"h{i}" for i in range(number))]
    populations = {name: _make_population(retain) if i else dc.Input(1) for i, name in enumerate(names)}
    joined = [_join(a, b) for a, b in pairwise(names)]
    return dc.Graph(1e-3, populations, joined)


def make_star(number: int, retain: float) -> dc.Graph:
    """An input, a neuron, and ``number`` populations that it projects to."""
    leaves = [f"t{i}" for i in range(number)]
    populations = {"in": dc.Input(1)} | {name: _make_population(retain) for name in ("h", *leaves)}
    return dc.Graph(1e-3, populations, [_join("in", "h"), *(_join("h", name) for name in leaves)])


def run_everything(target: str, graph: dc.Graph, **options: Any) -> None:
    """Check, map, save, read, run and price a graph."""
    program = dc.map(graph, target=target, **options)
    spikes = np.ones((1, 3, 1), dtype=np.bool_)
    fired = dc.simulate(program, spikes).spikes
    recorded = {name: fired[name] for name, p in graph.populations.items() if p.spikes}
    dc.price(dc.hardware.Workload(graph, recorded), target=target, **options)
    str(program.describe())


def find_repeated(target: str, shape: Any, retain: float = 0.5, **options: Any) -> dict[str, tuple[int, int]]:
    """Return the passes whose number grows with the populations: of some and of twice as many."""
    from delaycore.graph import _graph
    from delaycore.hardware import _placement

    counted = []
    for number in (8, 16):
        with count_passes(_graph, _placement) as passes:
            run_everything(target, shape(number, retain), **options)
        counted.append(dict(passes))
    few, many = counted
    assert {"populations", "Projection", "Slice"} <= set(few), f"not all is counted: {few}"
    return {name: (few.get(name, 0), many[name]) for name in many if many[name] > few.get(name, 0)}
