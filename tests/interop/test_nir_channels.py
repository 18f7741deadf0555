"""Parameters of size 1 in NIR hold for all neurons, and a node that does not fit is named itself."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import nir
import numpy as np
import pytest

from delaycore.interop import ForeignError, from_nir
from tests.interop.nir_nodes import make_neurons, make_weights

STEP = 1e-3


def chain(kind: str, shrink: bool) -> Any:
    """An input, weights, a delay and a scale, neurons, weights, neurons; all per neuron, or of size 1."""

    def size(n: int) -> int:
        return 1 if shrink else n

    nodes = {
        "in": nir.Input(input_type={"input": np.array([7])}),
        "d": nir.Delay(delay=np.full(size(7), 2 * STEP)),
        "w1": nir.Affine(weight=make_weights(12, 7), bias=np.full(size(12), 0.02)),
        "s": nir.Scale(scale=np.full(size(12), 1.1)),
        "a": make_neurons(kind, size(12)),
        "w2": nir.Linear(weight=make_weights(5, 12, 1)),
        "b": make_neurons("LIF", size(5), 1),
        "out": nir.Output(output_type={"output": np.array([5])}),
    }
    names = list(nodes)
    return nir.NIRGraph(nodes, list(pairwise(names)), type_check=False)


@pytest.mark.parametrize("kind", ["LIF", "CubaLIF", "IF", "Threshold"])
def test_parameters_of_size_1_hold_for_all_neurons(kind):
    graph, losses = from_nir(chain(kind, shrink=True), step=STEP)
    assert (graph, losses) == from_nir(chain(kind, shrink=False), step=STEP)
    assert [p.size for p in graph.populations.values()][:3] == [7, 12, 5]


@pytest.mark.parametrize("kind", ["LI", "I"])
def test_integrators_of_size_1_are_as_many_as_arrive(kind):
    nodes = {
        "in": nir.Input(input_type={"input": np.array([7])}),
        "w": nir.Linear(weight=make_weights(12, 7)),
        "i": make_neurons(kind, 1),
    }
    graph, _ = from_nir(nir.NIRGraph(nodes, [("in", "w"), ("w", "i")], type_check=False), step=STEP)
    assert graph.populations["i"].size == 12


def test_neurons_of_size_1_are_as_many_as_the_weights_after_them_take():
    nodes = {
        "a": make_neurons("LIF", 1),
        "s": nir.Scale(scale=np.ones(1)),
        "w": nir.Linear(weight=make_weights(3, 9)),
    }
    nodes["b"] = make_neurons("LIF", 1)
    graph, _ = from_nir(
        nir.NIRGraph(nodes, [("a", "s"), ("s", "w"), ("w", "b")], type_check=False), step=STEP
    )
    assert (graph.populations["a"].size, graph.populations["b"].size) == (9, 3)


def test_neurons_between_which_nothing_says_how_many_are_one():
    nodes = {"a": make_neurons("LIF", 1), "s": nir.Scale(scale=np.ones(1)), "b": make_neurons("LIF", 1)}
    graph, _ = from_nir(nir.NIRGraph(nodes, [("a", "s"), ("s", "b")], type_check=False), step=STEP)
    assert (graph.populations["a"].size, graph.populations["b"].size) == (1, 1)


WRONG_SIZES = {
    "a": make_neurons("LIF", 5),
    "s": nir.Scale(scale=np.ones(3)),
    "d": nir.Delay(delay=np.zeros(4)),
    "w1": nir.Affine(weight=make_weights(12, 7), bias=np.zeros(11)),
    "w2": nir.Linear(weight=make_weights(5, 13)),
    "out": nir.Output(output_type={"output": np.array([6])}),
}


@pytest.mark.parametrize("name", sorted(WRONG_SIZES))
def test_a_node_of_another_size_is_named_itself(name):
    network = chain("LIF", shrink=True)
    network.nodes[name] = WRONG_SIZES[name]
    with pytest.raises(ForeignError) as error:
        from_nir(network, step=STEP)
    assert [p.place.removesuffix(".bias") for p in error.value.problems] == [f"nodes[{name!r}]"]


def test_sizes_that_differ_within_a_node_are_named_with_their_parameters():
    network = chain("LIF", shrink=False)
    network.nodes["a"].tau = np.full(3, 0.004)
    with pytest.raises(ForeignError, match=r"nodes\['a'\]: has 3 of tau, 12 of r") as error:
        from_nir(network, step=STEP)
    assert len(error.value.problems) == 1


def test_everything_that_is_wrong_is_named_at_once():
    n = np.ones(2)
    nodes = {
        "in": nir.Input(input_type={"input": np.array([3])}),
        "w": nir.Linear(weight=np.array([[np.nan, 1.0], [1.0, 1.0]])),
        "short": nir.CubaLIF(tau_syn=1e-5 * n, tau_mem=-n, r=n, v_leak=0 * n, v_threshold=np.inf * n),
        "w2": nir.Linear(weight=np.eye(2)),
        "w3": nir.Linear(weight=np.eye(2)),
        "d": nir.Delay(delay=-n),
        "li": make_neurons("LI", 2),
        "lif": make_neurons("LIF", 2),
        "conv": nir.SumPool2d(n, n, n),
        "s": nir.Scale(scale=n),
        "t": nir.Scale(scale=n),
    }
    ways = "in w short w2 w3 li d lif in|s t s lif|lif gone"
    edges = [pair for way in ways.split("|") for pair in pairwise(way.split())]
    wrong: Any = "implicit"
    with pytest.raises(ForeignError) as error:
        from_nir(nir.NIRGraph(nodes, edges, type_check=False), step=-1.0, method=wrong)
    assert {p.place for p in error.value.problems} == {
        "method",
        "step",
        "edges",
        "nodes['w'].weight",
        "nodes['w']",
        "nodes['short'].tau_mem",
        "nodes['short'].v_threshold",
        "nodes['w2']",
        "nodes['d'].delay",
        "nodes['li']",
        "nodes['conv']",
        "nodes['in']",
        "nodes['s']",
    }
    assert len(error.value.problems) == len(set(error.value.problems)) == 13
    assert all(p.remedy for p in error.value.problems if p.place != "method")
