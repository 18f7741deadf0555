"""NIR graphs that nir itself would not have made: each is refused with its place."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import delaycore as dc
from delaycore.interop import ForeignError, from_nir
from delaycore.interop._nir_nodes import PARAMETERS

STEP = 1e-3
ONE = np.ones(1)


def node(kind: str, **values: Any) -> Any:
    """A node of this kind that nir has not checked."""
    made = type(kind, (), {})()
    made.__dict__.update(values)
    return made


def graph(nodes: Any, edges: Any) -> Any:
    return SimpleNamespace(nodes=nodes, edges=edges, metadata={})


def entry(n: int = 1) -> Any:
    return node("Input", input_type={"input": np.array([n])})


def chain(*nodes: Any) -> Any:
    names = [f"n{i}" for i in range(len(nodes))]
    return graph(dict(zip(names, nodes, strict=True)), list(pairwise(names)))


def right(kind: str) -> dict[str, Any]:
    """The parameters of a right node of this kind."""
    return {field: ONE.copy() for field in PARAMETERS[kind]} | ({"v_reset": None} if kind == "LIF" else {})


LIF = node("LIF", **right("LIF"))


def find_problems(network: Any) -> list[tuple[str, str]]:
    with pytest.raises(ForeignError) as error:
        from_nir(network, step=STEP)
    assert all(problem.remedy for problem in error.value.problems)
    return [(problem.place, problem.message) for problem in error.value.problems]


BAD = {
    "missing": None,
    "complex": np.array([0.5 + 1j]),
    "<U1": np.array(["a"]),
    "not real numbers": np.array([object()]),
    "no array of numbers": [[1.0], [1.0, 2.0]],
    "may round": np.array([2**53 + 1]),
}


@given(st.sampled_from(sorted(PARAMETERS)), st.data(), st.sampled_from(sorted(BAD)))
def test_a_parameter_that_is_no_real_number_is_named(kind, data, what):
    field = data.draw(st.sampled_from(sorted(set(PARAMETERS[kind]) - {"v_reset"})))
    wrong = node(kind, **right(kind) | {field: BAD[what]})
    nodes = [entry(), wrong, LIF] if kind in ("Scale", "Delay") else [entry(), wrong]
    ((place, message),) = find_problems(chain(*nodes))
    assert place == f"nodes['n1'].{field}" and what in message
    if what == "missing":
        delattr(wrong, field)
        assert find_problems(chain(*nodes)) == [(place, message)]


@pytest.mark.parametrize("what", BAD)
def test_a_weight_or_a_bias_that_is_no_real_number_is_named(what):
    for kind, field in (("Linear", "weight"), ("Affine", "weight"), ("Affine", "bias")):
        wrong = node(kind, **{"weight": np.ones((1, 1)), "bias": ONE} | {field: BAD[what]})
        ((place, message),) = find_problems(chain(entry(), wrong, LIF))
        assert place == f"nodes['n1'].{field}" and what in message


def test_a_reset_voltage_may_be_missing_since_nir_takes_0_then():
    without = node("LIF", **{name: ONE for name in PARAMETERS["LIF"] if name != "v_reset"})
    none, zero = (node("LIF", **right("LIF") | {"v_reset": v}) for v in (None, 0.0))
    first, *others = (from_nir(chain(entry(), neuron), step=STEP) for neuron in (without, none, zero))
    assert all(other == first for other in others)


def test_every_unreadable_parameter_is_named_at_once():
    wrong = node("CubaLIF", **right("CubaLIF") | {"w_in": None, "r": None, "tau_mem": 1j * ONE})
    found = find_problems(chain(entry(), node("Linear", weight=np.array([["a"]])), wrong))
    assert [place for place, _ in found] == [
        "nodes['n1'].weight",
        "nodes['n2'].tau_mem",
        "nodes['n2'].r",
        "nodes['n2'].w_in",
    ]


@pytest.mark.parametrize("shape", [[0], [-3], [2.5], [2**31], [1j], ["a"], [np.nan], [2**16, 2**16]])
def test_a_shape_that_no_population_has_is_named(shape):
    wrong = node("Input", input_type={"input": np.array(shape)})
    ((place, _),) = find_problems(graph({"in": wrong}, []))
    assert place == "nodes['in'].input_type"


@pytest.mark.parametrize("nodes", [{}, {"s": node("Scale", scale=ONE)}, {"o": node("Output")}])
def test_a_graph_without_neurons_is_refused(nodes):
    ((place, message),) = find_problems(graph(nodes, []))
    assert place == "nodes" and "no neurons" in message


@pytest.mark.parametrize(
    ("nodes", "edges", "place"),
    [
        ([entry()], [], "nodes"),
        ({"in": entry(), "l": LIF}, None, "edges"),
        ({"in": entry(), "l": LIF}, [("in",)], "edges"),
        ({"in": entry(), "l": LIF}, ["il"], "edges"),
        ({"in": entry(), "l": LIF}, [("in", "l", "l")], "edges"),
        ({"in": entry(), "l": LIF}, [None], "edges"),
    ],
)
def test_what_are_no_nodes_by_name_and_no_pairs_of_names_is_refused(nodes, edges, place):
    assert find_problems(graph(nodes, edges))[0][0] == place


def test_metadata_of_any_kind_only_lack_a_step():
    network = chain(entry(), LIF)
    network.metadata = None
    with pytest.raises(ForeignError, match="step: is not in the NIR graph"):
        from_nir(network)
    network.metadata = {"step": 1e-3 + 1j}
    with pytest.raises(ForeignError, match="step: must be a positive number"):
        from_nir(network)


def test_names_that_are_the_same_as_text_are_refused_within_graphs_as_well():
    def build(end: Any) -> Any:
        return graph({0: entry(), 2: LIF, "2": node("LIF", **right("LIF")), "o": end}, [(0, 2), (2, "o")])

    assert find_problems(build(node("Output"))) == [("nodes", "2 and '2' are the same name")]
    inner = graph({"input": entry(), 1: LIF, "1": LIF}, [("input", 1)])
    found = find_problems(graph({"in": entry(), "x": inner}, [("in", "x")]))
    assert found == [("nodes['x'].nodes", "1 and '1' are the same name")]


def test_an_edge_that_is_there_twice_is_refused_as_nir_does():
    twice = graph({"in": entry(), "l": LIF}, [("in", "l"), ("in", "l")])
    assert find_problems(twice) == [("edges", "the edge from 'in' to 'l' is there 2 times")]
    inner = graph({"input": entry(), "l": LIF}, [("input", "l")])
    both = graph({"in": entry(), "x": inner}, [("in", "x"), ("in", "x.input")])
    assert find_problems(both) == [("edges", "the edge from 'in' to 'x.input' is there 2 times")]


def nest(depth: int) -> Any:
    """A neuron in as many graphs within graphs."""
    end = node("Output", output_type={"output": np.array([1])})
    network = graph({"input": entry(), "lif": LIF, "output": end}, [("input", "lif"), ("lif", "output")])
    for _ in range(depth):
        network = graph({"input": entry(), "x": network, "output": end}, [("input", "x"), ("x", "output")])
    return network


def test_graphs_within_graphs_go_deep_but_not_without_end():
    assert len(from_nir(nest(150), step=STEP)[0].populations) == 2
    for depth in (300, 1500):
        ((_, message),) = find_problems(nest(depth))
        assert message == "lies more than 200 networks deep"


def test_graphs_within_themselves_are_refused():
    outer, inner = graph({"in": entry()}, []), graph({"input": entry()}, [])
    outer.nodes["a"] = outer.nodes["b"] = inner
    inner.nodes["c"] = outer
    outer.edges.append(("in", "a"))
    assert find_problems(outer) == [(f"nodes['{name}.c']", "lies within itself") for name in "ab"]


def test_ways_of_any_length_are_followed():
    scales = [node("Scale", scale=ONE) for _ in range(3000)]
    network, _ = from_nir(chain(entry(), *scales, LIF), step=STEP)
    assert network.synapses == 1
    loop = chain(entry(), *scales, LIF)
    loop.edges.append(("n3000", "n1"))
    assert {message for _, message in find_problems(loop)} == {"lies on a loop without neurons"}


@pytest.mark.parametrize("seconds", [1e30, 1e300, 1e308, 2.0**54 * STEP])
def test_a_delay_that_no_count_of_steps_holds_is_named_at_its_node(seconds):
    long = node("Delay", delay=ONE * seconds)
    ((place, message),) = find_problems(chain(entry(), long, LIF))
    assert place == "nodes['n1'].delay" and "too many steps" in message


def test_delays_whose_sum_no_count_of_steps_holds_are_refused_without_an_overflow():
    halves = [node("Delay", delay=ONE * 2.0**30 * STEP) for _ in range(2)]
    ((place, message),) = find_problems(chain(entry(), *halves, LIF))
    assert place == "projections['n0->n3'].delay" and "too long to count" in message
    longest = chain(entry(), node("Delay", delay=ONE * 2.0**30 * STEP), LIF)
    assert isinstance(from_nir(longest, step=STEP)[0], dc.Graph)


@pytest.mark.parametrize("kind", ["LIF", "CubaLIF", "IF", "LI", "I", "Threshold", "Scale", "Delay"])
@pytest.mark.parametrize("value", [1e308, 1e300, 1e-320, -1e308])
@pytest.mark.filterwarnings("error")
def test_the_ends_of_the_range_of_numbers_are_read_or_refused_without_a_warning(kind, value):
    for field in PARAMETERS[kind]:
        other = node(kind, **(right(kind) | {field: ONE * value}))
        try:
            made, _ = from_nir(chain(entry(), other, LIF), step=STEP)
        except dc.DelaycoreError:
            continue
        assert all(np.isfinite(p.weight).all() for p in made.projections)
