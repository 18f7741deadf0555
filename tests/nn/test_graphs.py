"""Graphs as modules: what goes in comes back or is refused by name, and both do what the reference does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import delaycore as dc
from delaycore import reference
from delaycore.conformance import live_network
from delaycore.errors import GraphError
from delaycore.graph import Arithmetic, Framing, Graph, Integrator, Readout
from delaycore.nn import (
    from_graph,
    to_graph,
)

NAMES = ("type", "a.b", "keys", "population 1", "layers.0.lif", "Ω", "type/"[:4] + ".")


def renamed(graph: Graph, names: list[str]) -> Graph:
    """``graph`` with its populations called ``names``, in their order."""
    new = dict(zip(graph.populations, names, strict=True))
    return graph.with_(
        populations={new[n]: p for n, p in graph.populations.items()},
        projections=[
            replace(p, source=new[p.source], target=new[p.target], name=f"{p.name}!")
            for p in graph.projections
        ],
        readout=graph.readout and replace(graph.readout, population=new[graph.readout.population]),
    )


@st.composite
def graphs(draw: st.DrawFn) -> tuple[Graph, Any]:
    """Live networks of every kind, reset, read-out and naming, and input spikes."""
    integrates = draw(st.booleans())
    live = live_network(
        draw(st.integers(0, 10_000)),
        kinds=("lif", "current_lif", "adaptive_lif"),
        resets=("zero", "subtract"),
        refractory=3,
        steps=30,
        integrates=integrates,
    )
    graph = live.graph
    if integrates and graph.readout is not None:
        statistic = draw(st.sampled_from(["last", "maximum", "mean", "softmax_sum"]))
        window = draw(st.sampled_from([None, (0, 10), (4, 30)]))
        scale = draw(st.sampled_from([1.0, 8.0]))
        graph = graph.with_(readout=draw(st.sampled_from([None, Readout("out", statistic, window, scale)])))
    if draw(st.booleans()):
        starts = {
            n: replace(p, start=draw(st.integers(0, 4))) for n, p in graph.populations.items() if n != "in"
        }
        graph = graph.with_(populations={**graph.populations, **starts})
    if draw(st.booleans()):
        out = graph.populations["out"]
        if isinstance(out, Integrator):
            biased = replace(out, bias=np.linspace(-0.1, 0.2, out.size))
            graph = graph.with_(populations={**graph.populations, "out": biased})
    if draw(st.booleans()):
        graph = graph.with_(arithmetic=Arithmetic(name="strict", fires=">"))
    if draw(st.booleans()):
        size = len(graph.populations)
        graph = renamed(
            graph, draw(st.lists(st.sampled_from(NAMES), min_size=size, max_size=size, unique=True))
        )
    return graph, live.spikes


@settings(max_examples=60, deadline=None)
@given(drawn=graphs())
def test_a_graph_comes_back_from_its_module_and_the_module_does_what_the_reference_does(drawn: Any) -> None:
    graph, spikes = drawn
    network = from_graph(graph, dtype=torch.float64).eval()
    assert to_graph(network) == graph
    assert not network.losses()
    truth = reference.simulate(graph, spikes)
    with torch.no_grad():
        made = network(torch.from_numpy(spikes).double().transpose(0, 1))
    for name, sent in made.spikes.items():
        np.testing.assert_array_equal(sent.numpy().transpose(1, 0, 2) > 0, truth.spikes[name])
    if graph.readout is not None:
        np.testing.assert_allclose(network.scores(made.readout).numpy(), truth.scores, atol=1e-9)


@settings(max_examples=10, deadline=None)
@given(drawn=graphs())
def test_single_precision_says_what_it_alters_and_alters_nothing_else(drawn: Any) -> None:
    graph, _ = drawn
    network = from_graph(graph)
    back = to_graph(network)
    places = {entry.place for entry in network.losses()}
    for p, q in zip(graph.projections, back.projections, strict=True):
        assert (p == q) == (f"{p.place}.weight" not in places)
        np.testing.assert_allclose(p.weight, q.weight, rtol=1e-7)
    for name, population in graph.populations.items():
        for parameter in population.parameters():
            a, b = getattr(population, parameter), getattr(back.populations[name], parameter)
            assert np.array_equal(a, b) == (f"populations[{name!r}].{parameter}" not in places)
            np.testing.assert_allclose(a, b, rtol=1e-6)
    assert back.readout == graph.readout


def test_what_a_module_cannot_hold_is_refused_all_at_once() -> None:
    graph = dc.Graph.from_arrays([np.ones((2, 2)), np.ones((2, 1))], retain=0.9, threshold=1.0)
    other = graph.with_(arithmetic=Arithmetic.float32(), readout=Readout("h1", "maximum"))
    with pytest.raises(GraphError) as caught:
        from_graph(other)
    assert [p.place for p in caught.value.problems] == ["arithmetic", "readout.statistic"]


def test_several_inputs_are_given_by_name() -> None:
    graph = Graph(
        1e-3,
        {"left": dc.Input(2), "right": dc.Input(3), "out": dc.Integrator(1, retain=0.5)},
        [
            dc.Projection("left", "out", [0, 1], [0, 0], [1.0, 2.0], [0, 3]),
            dc.Projection("right", "out", [2], [0], [4.0], [1]),
        ],
        Readout("out", "last"),
    )
    network = from_graph(graph, dtype=torch.float64)
    assert to_graph(network) == graph
    rng = np.random.default_rng(0)
    spikes = {"left": rng.random((4, 9, 2)) < 0.4, "right": rng.random((4, 9, 3)) < 0.4}
    made = network({n: torch.from_numpy(s).double().transpose(0, 1) for n, s in spikes.items()})
    truth = reference.simulate(graph, spikes)
    np.testing.assert_allclose(made.readout.detach().numpy().transpose(1, 0, 2), truth.potentials["out"])


def test_a_network_that_knows_its_number_of_steps_refuses_another() -> None:
    graph = dc.Graph.from_arrays([np.ones((2, 1))], retain=0.9, threshold=1.0)
    network = from_graph(graph.with_(framing=Framing(steps=12, step=1e-3, channels=2)))
    network(torch.zeros(12, 1, 2))
    with pytest.raises(dc.DataError, match="12 steps, not 11"):
        network(torch.zeros(11, 1, 2))
