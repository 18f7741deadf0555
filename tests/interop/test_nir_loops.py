"""Loops of NIR without a delay get a step on the way back, and the report says so."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import nir
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import delaycore as dc
from delaycore.interop import from_nir
from tests.interop.nir_equations import solve_equations
from tests.interop.nir_nodes import make_neurons, make_weights

STEP = 1e-3


def loop(delays: dict[str, int]) -> Any:
    """An input into the first of three populations in a ring, with delays on some of the ways."""
    n = 6
    nodes: dict[str, Any] = {"in": nir.Input(input_type={"input": np.array([4])})}
    nodes["z first"] = make_neurons("LIF", n, 1)
    nodes |= {
        "b": make_neurons("LIF", n, 2),
        "a last": make_neurons("LIF", n, 3),
        "w": nir.Linear(weight=make_weights(n, 4)),
    }
    edges = [("in", "w"), ("w", "z first")]
    for i, (source, target) in enumerate([("z first", "b"), ("b", "a last"), ("a last", "z first")]):
        nodes[f"w{i}"] = nir.Linear(weight=make_weights(n, n, i + 1))
        way = [source, f"w{i}", target]
        if delays.get(f"w{i}"):
            nodes[f"d{i}"] = nir.Delay(delay=np.full(n, STEP * delays[f"w{i}"]))
            way.insert(2, f"d{i}")
        edges += pairwise(way)
    return nir.NIRGraph(nodes, edges, type_check=False)


def test_a_loop_of_populations_gets_a_step_on_the_way_back_and_says_so():
    network = loop({})
    graph, losses = from_nir(network, step=STEP)
    delays = {(p.source, p.target): set(p.delay.tolist()) for p in graph.projections}
    assert delays["a last", "z first"] == {1} and delays["z first", "b"] == delays["b", "a last"] == {0}
    (loss,) = losses
    assert (loss.what, loss.change, loss.place) == ("delay", "added", "projections['a last->z first'].delay")
    assert (loss.count, loss.of, loss.largest, loss.unit) == (36, 36, 1, "steps")
    spikes = np.random.default_rng(1).random((2, 40, 4)) < 0.3
    said = solve_equations(loop({"w2": 1}), spikes, STEP)
    ours = dc.reference.simulate(graph, spikes).spikes
    assert 0.05 < ours["b"].mean() < 0.6
    assert all(np.array_equal(ours[name], said[name].astype(bool)) for name in ("z first", "b", "a last"))


@pytest.mark.parametrize("where", ["w0", "w1", "w2"])
def test_a_loop_with_a_delay_anywhere_is_left_as_it_is(where):
    graph, losses = from_nir(loop({where: 3}), step=STEP)
    assert not losses and sorted(p.largest_delay for p in graph.projections) == [0, 0, 0, 3]


@given(
    st.integers(1, 5),
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 2)), max_size=12, unique=True),
)
def test_any_network_of_loops_has_an_order_and_only_what_closes_a_loop_is_delayed(count, ways):
    nodes: dict[str, Any] = {"in": nir.Input(input_type={"input": np.array([1])})}
    nodes["w"] = nir.Linear(weight=np.ones((1, 1)))
    nodes |= {f"p{i}": make_neurons("LIF", 1) for i in range(count)}
    edges = [("in", "w"), ("w", "p0")]
    ways = [way for way in ways if max(way[:2]) < count]
    for k, (source, target, delay) in enumerate(ways):
        nodes |= {f"d{k}": nir.Delay(delay=np.array([delay * STEP])), f"w{k}": nir.Linear(weight=np.eye(1))}
        edges += [(f"p{source}", f"d{k}"), (f"d{k}", f"w{k}"), (f"w{k}", f"p{target}")]
    graph, losses = from_nir(nir.NIRGraph(nodes, edges, type_check=False), step=STEP)
    assert len(graph.order) == count + 1  # a graph with a loop of delay 0 would have been refused
    given = sorted((f"p{s}", f"p{t}", d) for s, t, d in ways)
    got = sorted((p.source, p.target, int(d)) for p in graph.projections for d in p.delay if p.source != "in")
    assert len(given) == len(got) and sum(loss.count for loss in losses) == sum(d for *_, d in got) - sum(
        d for *_, d in given
    )
    assert all((loss.what, loss.change) == ("delay", "added") for loss in losses)
    instant = {(s, t) for s, t, d in given if d == 0}
    for loss in losses:  # its population can be reached again without a delay
        source, target = loss.place[len("projections['") : -len("'].delay")].split("->")
        reached = {target}
        for _ in range(count):
            reached |= {t for s, t in instant if s in reached}
        assert source in reached
