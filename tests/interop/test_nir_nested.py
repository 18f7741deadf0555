"""NIR graphs within graphs become one network."""

from __future__ import annotations

from typing import Any

import nir
import numpy as np
import pytest

import delaycore as dc
from delaycore.interop import ForeignError, from_nir
from tests.interop.nir_equations import solve_equations
from tests.interop.nir_nodes import make_neurons, make_weights

STEP = 1e-3


def nested(depth: int, recurrent: bool = False) -> tuple[Any, Any]:
    """A network with neurons in graphs within graphs, and the same without."""
    n = 6
    inner_nodes: dict[str, Any] = {
        "input": nir.Input(input_type={"input": np.array([n])}),
        "lif": make_neurons("LIF", n),
        "w_rec": nir.Linear(weight=make_weights(n, n, 4)),
        "later": nir.Delay(delay=np.full(n, 2 * STEP)),
        "output": nir.Output(output_type={"output": np.array([n])}),
    }
    inner_edges = [("input", "lif"), ("lif", "output")]
    if recurrent:
        inner_edges += [("lif", "w_rec"), ("w_rec", "later"), ("later", "lif")]
    else:
        del inner_nodes["w_rec"], inner_nodes["later"]
    inner = nir.NIRGraph(inner_nodes, inner_edges, type_check=False)
    prefix = "block."
    for _ in range(depth - 1):
        around = {"input": inner_nodes["input"], "deep": inner, "output": inner_nodes["output"]}
        inner = nir.NIRGraph(around, [("input", "deep"), ("deep", "output")], type_check=False)
        prefix += "deep."
    shared: dict[str, Any] = {
        "in": nir.Input(input_type={"input": np.array([4])}),
        "w1": nir.Linear(weight=make_weights(n, 4)),
        "w2": nir.Linear(weight=2 * make_weights(3, n, 2)),
        "end": make_neurons("LIF", 3, 1),
        "out": nir.Output(output_type={"output": np.array([3])}),
    }
    outer = [("in", "w1"), ("w1", "block"), ("block", "w2"), ("w2", "end"), ("end", "out")]
    own = ["lif", "w_rec", "later"] if recurrent else ["lif"]
    flat_nodes = shared | {prefix + name: inner_nodes[name] for name in own}
    flat_edges = [tuple(prefix + "lif" if end == "block" else end for end in edge) for edge in outer]
    flat_edges += [(prefix + a, prefix + b) for a, b in inner_edges if a in own and b in own]
    return (
        nir.NIRGraph(shared | {"block": inner}, outer, type_check=False),
        nir.NIRGraph(flat_nodes, flat_edges, type_check=False),
    )


@pytest.mark.parametrize("recurrent", [False, True])
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_graphs_within_graphs_are_flattened(depth, recurrent, tmp_path):
    within, flat = nested(depth, recurrent)
    nir.write(tmp_path / "network.nir", within)
    spikes = np.random.default_rng(1).random((2, 40, 4)) < 0.3
    said = solve_equations(flat, spikes, STEP)
    name = "block." + "deep." * (depth - 1) + "lif"
    for network in (within, nir.read(tmp_path / "network.nir", type_check=False)):
        graph, losses = from_nir(network, step=STEP)
        assert not losses and set(graph.populations) == {"in", name, "end"}
        ours = dc.reference.simulate(graph, spikes).spikes
        assert 0.03 < ours["end"].mean() < 0.7
        assert all(np.array_equal(ours[n], said[n].astype(bool)) for n in (name, "end"))


def test_a_graph_within_that_is_the_end_makes_no_population_of_its_output():
    inner = nested(1)[0].nodes["block"]
    nodes = {
        "in": nir.Input(input_type={"input": np.array([4])}),
        "w": nir.Linear(weight=make_weights(6, 4)),
        "block": inner,
        "out": nir.Output(output_type={"output": np.array([6])}),
    }
    network = nir.NIRGraph(nodes, [("in", "w"), ("w", "block"), ("block", "out")], type_check=False)
    assert list(from_nir(network, step=STEP)[0].populations) == ["in", "block.lif"]


def test_a_graph_within_whose_way_in_or_out_is_unclear_is_named():
    one = {"input": np.array([1])}
    inner = nir.NIRGraph(
        {
            "left": nir.Input(input_type=one),
            "right": nir.Input(input_type=one),
            "lif": make_neurons("LIF", 1),
            "other": make_neurons("LIF", 1),
        },
        [("left", "lif"), ("right", "other"), ("lif", "gone")],
        type_check=False,
    )
    nodes = {
        "in": nir.Input(input_type=one),
        "w": nir.Linear(weight=np.ones((1, 1))),
        "block": inner,
        "lif": make_neurons("LIF", 1),
    }
    edges = [("in", "w"), ("w", "block"), ("block", "lif")]
    with pytest.raises(ForeignError) as error:
        from_nir(nir.NIRGraph(nodes, edges, type_check=False), step=STEP)
    said = [(p.place, p.message.split(",")[0]) for p in error.value.problems]
    assert said == [
        ("nodes['block'].edges", "no node 'gone'"),
        ("nodes['block']", "is a graph with 2 inputs"),
        ("nodes['block']", "is a graph with 0 outputs"),
    ]
    inner.edges.pop()
    named = [("in", "w"), ("w", "block.right"), ("block.other", "lif")]
    graph, _ = from_nir(nir.NIRGraph(nodes, named, type_check=False), step=STEP)
    assert {(p.source, p.target) for p in graph.projections} == {
        ("in", "block.other"),
        ("block.other", "lif"),
    }
