"""Random networks go to NIR and come back: equal, but for what the losses name."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import nir
import numpy as np
import pytest

from delaycore.graph import AdaptiveLIF, Graph, Input, Population
from delaycore.interop import from_nir, to_nir
from tests.properties.networks import Limits, draw_case

Synapses = dict[tuple[str, str, int, int, int], float]


def add_up(graph: Graph) -> Synapses:
    """The weight from each neuron to each at each delay; without those that come to 0."""
    sums: Synapses = defaultdict(float)
    for p in graph.projections:
        for i, j, weight, delay in zip(p.pre, p.post, p.weight, p.delay, strict=True):
            sums[p.source, p.target, int(i), int(j), int(delay)] += float(weight)
    return {key: weight for key, weight in sums.items() if abs(weight) > 1e-12}


def find_changes(name: str, given: Population, back: Population, strict: bool) -> set[str]:
    """The places of all that differs between a population and what came back of it."""
    place = f"populations[{name!r}]"
    changed = {f"{place}.start"} if given.start else set()
    for field in ("retain", "retain_current", "bias"):
        if hasattr(given, field) and not np.array_equal(getattr(given, field), getattr(back, field)):
            changed.add(f"{place}.{field}")
    if hasattr(given, "threshold"):
        expected: Any = given.threshold if strict else np.nextafter(given.threshold, -np.inf)
        np.testing.assert_array_equal(getattr(back, "threshold", None), expected)
        changed |= set() if strict else {f"{place}.threshold"}
    changed |= {f"{place}.reset"} if getattr(given, "reset", "zero") != "zero" else set()
    changed |= {place} if getattr(given, "refractory", 0) else set()
    if isinstance(given, AdaptiveLIF) and given.adaptation.any():
        changed.add(f"{place}.adaptation")
    return changed


@pytest.mark.networks(ordinary=60, thorough=2000)
def test_whatever_nir_does_not_give_back_is_in_the_losses(seeds: range, tmp_path) -> None:
    for seed in seeds:
        graph = draw_case(seed, Limits(odd=False)).graph
        method: Any = ("euler", "exponential")[seed % 2]
        written, losses = to_nir(graph, method=method)
        nir.write(tmp_path / "graph.nir", written)
        for network in (written, nir.read(tmp_path / "graph.nir")):
            back, again = from_nir(network, method=method)
            assert not again, seed
            assert set(back.populations) == set(graph.populations), seed
            ours, theirs = add_up(graph), add_up(back)
            assert ours.keys() == theirs.keys(), seed
            for key, weight in ours.items():
                assert theirs[key] == pytest.approx(weight, rel=1e-12), (seed, key)
            named = {loss.place for loss in losses}
            for name, population in graph.populations.items():
                if isinstance(population, Input):
                    assert back.populations[name].size == population.size
                    continue
                strict = graph.arithmetic.fires == ">"
                changed = find_changes(name, population, back.populations[name], strict)
                assert changed <= named, (seed, name)
        merged = sum(loss.count for loss in losses if loss.change == "merged")
        rows = [
            tuple(row)
            for p in graph.projections
            for row in zip([p.name] * len(p), p.pre, p.post, p.delay, strict=True)
        ]
        assert merged == len(rows) - len(set(rows)), seed
        zeros = sum(loss.count for loss in losses if (loss.what, loss.change) == ("synapse", "dropped"))
        assert zeros == sum(int((p.weight == 0).sum()) for p in graph.projections), seed
