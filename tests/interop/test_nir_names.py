"""Names of NIR's nodes and of populations: all that differ stay apart."""

from __future__ import annotations

from typing import Any

import nir
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import delaycore as dc
from delaycore.interop import from_nir, to_nir

STEP = 1e-3
PARTS = st.text(st.sampled_from("ab./_ ->"), max_size=4)


def neuron(threshold: float = 1.0) -> Any:
    one = np.ones(1)
    return nir.LIF(tau=2 * STEP * one, r=2 * one, v_leak=0 * one, v_threshold=threshold * one)


def star(names: list[str]) -> Any:
    """An input that each of the neurons hears by a weight of its own."""
    start = "the input itself"
    nodes: dict[str, Any] = {start: nir.Input(input_type={"input": np.array([1])})}
    edges = []
    for i, name in enumerate(names):
        nodes[name] = neuron()
        nodes[f"weight {i}, which is long"] = nir.Linear(weight=np.array([[i + 1.0]]))
        edges += [(start, f"weight {i}, which is long"), (f"weight {i}, which is long", name)]
    return nir.NIRGraph(nodes, edges, type_check=False)


@given(st.lists(PARTS, unique=True, min_size=1, max_size=8))
def test_every_node_of_neurons_is_a_population_of_its_own(names):
    graph, _ = from_nir(star(names), step=STEP)
    populations = [name for name in graph.populations if name != "the input itself"]
    assert len(populations) == len(names)
    heard = {p.target: p.weight.tolist() for p in graph.projections}
    assert [heard[name] for name in populations] == [[i + 1.0] for i in range(len(names))]
    kept = [name for name in names if name and "/" not in name]
    assert [name for name in populations if name in kept] == kept


def test_a_slash_is_a_dot_unless_another_node_has_that_name():
    graph, _ = from_nir(star(["a/b", "a.b", "c/d"]), step=STEP)
    assert list(graph.populations) == ["the input itself", "a.b_", "a.b", "c.d"]


def test_names_that_make_the_same_projection_stay_apart():
    nodes = {
        "a": nir.Input(input_type={"input": np.array([1])}),
        "a->b": nir.Input(input_type={"input": np.array([1])}),
        "b->c": neuron(),
        "c": neuron(),
        "w": nir.Linear(weight=np.array([[2.0]])),
        "x": nir.Linear(weight=np.array([[3.0]])),
    }
    edges = [("a", "w"), ("w", "b->c"), ("a->b", "x"), ("x", "c")]
    graph, _ = from_nir(nir.NIRGraph(nodes, edges, type_check=False), step=STEP)
    assert {(p.source, p.target): p.weight.tolist() for p in graph.projections} == {
        ("a", "b->c"): [2.0],
        ("a->b", "c"): [3.0],
    }
    back, _ = from_nir(to_nir(graph)[0])
    assert {(p.source, p.target): p.weight.tolist() for p in back.projections} == {
        (p.source, p.target): p.weight.tolist() for p in graph.projections
    }


def test_a_node_within_has_a_name_that_no_node_without_has():
    inner = nir.NIRGraph(
        {
            "input": nir.Input(input_type={"input": np.array([1])}),
            "lif": neuron(3.0),
            "output": nir.Output(output_type={"output": np.array([1])}),
        },
        [("input", "lif"), ("lif", "output")],
    )
    for names in (["block.lif", "block"], ["block", "block.lif"]):
        nodes = {name: {"block": inner, "block.lif": neuron(5.0)}[name] for name in names}
        nodes["in"] = nir.Input(input_type={"input": np.array([1])})
        edges = [("in", "block"), ("block", "block.lif")]
        graph, _ = from_nir(nir.NIRGraph(nodes, edges, type_check=False), step=STEP)
        thresholds = {p.threshold[0] for p in graph.populations.values() if isinstance(p, dc.LIF)}
        assert thresholds == {3.0, 5.0}
        (between,) = [p for p in graph.projections if p.source != "in"]
        assert graph.populations[between.source].threshold[0] == 3.0  # type: ignore[attr-defined]  # a LIF
