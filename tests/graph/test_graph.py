"""The Graph: everything that is wrong is said at once, and what stands cannot be changed."""

from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import delaycore as dc
from delaycore import GraphError
from delaycore.conformance import live_network
from delaycore.graph import fixed_point

NO_NAME: Any = ["out"]


def populations():
    return {"in": dc.Input(2), "h": dc.LIF(3, retain=0.9, threshold=1.0), "out": dc.Integrator(2, retain=0.9)}


def synapse(source="in", target="h", pre=0, post=0, weight=1.0, delay=1, name=""):
    return dc.Projection(source, target, [pre], [post], [weight], [delay], name)


def problems(*projections, **fields):
    with pytest.raises(GraphError) as raised:
        dc.Graph(**({"step": 1e-3, "populations": populations(), "projections": projections} | fields))
    return {p.place: p.message for p in raised.value.problems}


def test_every_problem_is_found_in_one_pass_each_with_its_place():
    found = problems(
        dc.Projection("in", "h", [0, 5, -1], [0, 9, 0], [1.0, np.nan, np.inf], [0, -1, 2]),
        synapse("nowhere", "h"),
        synapse("in", "nowhere2"),
        synapse("out", "h"),
        synapse("h", "in"),
        dc.Projection("in", "out", [0, 1], [0], [1.0], [1]),
        synapse("h", "h", delay=0),
        step=0.0,
        populations=populations()
        | {
            "a/b": dc.Input(1),
            "": dc.Input(1),
            3: dc.Input(1),
            "bad": dc.LIF(2, retain=2.0, threshold=np.nan),
        },
        readout=dc.Readout("gone", "median", (5, 2), -1.0),
        framing=dc.Framing(steps=10, step=1e-3, channels=700),
    )
    assert found["step"] == "must be a positive number of seconds, not 0.0"
    assert (
        "2 of 3 indices lie outside population 'in' of 2 neurons, the first is 5 of synapse 1"
        in found["projections['in->h'].pre"]
    )
    assert "1 of 3 indices lie outside population 'h'" in found["projections['in->h'].post"]
    assert (
        "2 of 3 weights are not finite, the first is nan of synapse 1" in found["projections['in->h'].weight"]
    )
    assert "1 of 3 delays are negative, the first is -1 of synapse 1" in found["projections['in->h'].delay"]
    assert found["projections['nowhere->h'].source"] == "no population 'nowhere'"
    assert found["projections['in->nowhere2'].target"] == "no population 'nowhere2'"
    assert "never fires" in found["projections['out->h'].source"]
    assert "is an input" in found["projections['h->in'].target"]
    assert "columns differ in length" in found["projections['in->out']"]
    assert found["projections"] == "a loop of total delay 0: h -> h"
    assert {"populations['a/b']", "populations['']", "populations[3]"} <= found.keys()
    assert {"populations['bad'].threshold", "populations['bad'].retain"} <= found.keys()
    assert {"readout.statistic", "readout.window", "readout.scale", "readout.population"} <= found.keys()
    assert found["framing"] == "makes 700 inputs, but the graph has 5"


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"step": "1 ms"}, "step"),
        ({"step": None}, "step"),
        ({"step": float("nan")}, "step"),
        ({"step": -1e-3}, "step"),
        ({"populations": [dc.Input(1)]}, "populations"),
        ({"populations": {"h": 3}}, "populations['h']"),
        ({"populations": {"h": dc.LIF}}, "populations['h']"),
        ({"projections": 4}, "projections"),
        ({"projections": [("in", "h")]}, "projections[0]"),
        ({"readout": "out"}, "readout"),
        ({"readout": dc.Readout(NO_NAME)}, "readout.population"),
        ({"populations": populations() | {None: dc.Input(1)}}, "populations[None]"),
        ({"arithmetic": "float32"}, "arithmetic"),
        ({"framing": 100}, "framing"),
    ],
)
def test_a_field_of_the_wrong_type_is_named(fields, place):
    assert problems(**fields).keys() == {place}


def test_two_projections_of_one_name_are_refused():
    assert problems(synapse(), synapse()) == {"projections['in->h']": "the name stands twice"}
    dc.Graph(1e-3, populations(), [synapse(), synapse(name="again")])


def test_a_loop_of_total_delay_zero_is_refused_and_one_with_any_delay_is_not():
    ring = populations() | {"g": dc.LIF(1, retain=0.5, threshold=1.0)}
    assert (
        "h -> g -> h"
        in problems(synapse("h", "g", delay=0), synapse("g", "h", delay=0), populations=ring)["projections"]
    )
    dc.Graph(1e-3, ring, [synapse("h", "g", delay=0), synapse("g", "h", delay=1)])


def test_weights_must_be_numbers_of_the_arithmetic():
    found = problems(synapse(weight=0.1), arithmetic=dc.Arithmetic.bfloat16())
    assert (
        "1 weights are not numbers of the arithmetic's format (bfloat16), the first is 0.1 of synapse 0"
        in found["projections['in->h'].weight"]
    )
    found = problems(
        dc.Projection("in", "h", [0, 0], [0, 1], [np.nan, 0.5], [1, 1]), arithmetic=dc.Arithmetic.bfloat16()
    )
    assert found == {
        "projections['in->h'].weight": "1 of 2 weights are not finite, the first is nan of synapse 0"
    }


def test_a_read_out_must_read_something_that_computes():
    assert "readout.population" in problems(readout=dc.Readout("in"))
    assert (
        "counts spikes of 'out', which never fires"
        in problems(readout=dc.Readout("out", "spike_count"))["readout.statistic"]
    )


def test_a_graph_cannot_be_changed():
    given_populations, given_projections = populations(), [synapse()]
    graph = dc.Graph(1e-3, given_populations, given_projections)
    given_populations["more"] = dc.Input(1)
    given_projections.append(synapse("h", "out"))
    assert list(graph.populations) == ["in", "h", "out"]
    assert len(graph.projections) == 1
    frozen: Any = graph
    with pytest.raises(FrozenInstanceError):
        frozen.step = 2e-3
    with pytest.raises(TypeError):
        frozen.populations["h"] = dc.Input(1)


def test_a_changed_graph_is_a_new_one():
    graph = dc.Graph(1e-3, populations(), [synapse()])
    slower = graph.with_(step=2e-3)
    assert (graph.step, slower.step) == (1e-3, 2e-3)
    assert slower != graph
    assert slower.with_(step=1e-3) == graph


@given(st.integers(0, 300))
def test_graphs_are_equal_exactly_when_all_their_parts_are(seed):
    graph = live_network(seed).graph
    assert graph == live_network(seed).graph
    first = graph.projections[0]
    moved = dc.Projection(
        first.source, first.target, first.pre, first.post, first.weight, first.delay + 1, first.name
    )
    reversed_populations = dict(reversed(list(graph.populations.items())))
    others = [
        graph.with_(projections=[moved, *graph.projections[1:]]),
        graph.with_(projections=[first.with_weight(np.nextafter(first.weight, 9)), *graph.projections[1:]]),
        graph.with_(populations=reversed_populations),
        graph.with_(readout=None),
        graph.with_(arithmetic=dc.Arithmetic(fires=">")),
        graph.with_(framing=dc.Framing(steps=9, step=None, channels=graph.populations["in"].size)),
    ]
    assert all(graph != other for other in others)


def test_a_step_computes_sources_of_zero_delays_before_their_targets():
    ring = {
        "late": dc.LIF(1, retain=0.5, threshold=1.0),
        "in": dc.Input(1),
        "early": dc.LIF(1, retain=0.5, threshold=1.0),
    }
    graph = dc.Graph(
        1e-3,
        ring,
        [
            synapse("early", "late", delay=0),
            synapse("in", "early", delay=0),
            synapse("late", "early", delay=1),
        ],
    )
    assert graph.order == ("in", "early", "late")
    assert dc.Graph(1e-3, ring, [synapse("early", "late", delay=1)]).order == ("late", "in", "early")


def test_networkx_sees_populations_and_every_projection():
    graph = dc.Graph(
        1e-3, populations(), [synapse(delay=3), synapse(delay=7, name="slow"), synapse("h", "h", delay=2)]
    )
    view = graph.networkx()
    assert dict(view.nodes(data="size")) == {"in": 2, "h": 3, "out": 2}
    assert dict(view.nodes(data="kind")) == {"in": "input", "h": "lif", "out": "integrator"}
    assert sorted(view.edges(keys=True)) == [("h", "h", "h->h"), ("in", "h", "in->h"), ("in", "h", "slow")]
    assert view.edges["in", "h", "slow"] == {"synapses": 1, "smallest_delay": 7, "largest_delay": 7}


def test_the_summary_says_what_there_is():
    framing = dc.Framing(steps=100, step=None, channels=4, group=2)
    graph = dc.Graph(1e-3, populations(), [synapse(delay=3)], dc.Readout("out", "mean"), framing=framing)
    text = graph.summary()
    for part in (
        "step 1 ms",
        "float64",
        "1 synapses",
        "h: 3 x lif",
        "in->h: 1 synapses, delays 3..3",
        "mean of out",
        "100 bins per sample",
        "groups of 2",
    ):
        assert part in text
    assert text == str(graph)


def test_counts_and_neighbours():
    graph = dc.Graph(1e-3, populations(), [synapse(delay=3), synapse("h", "out", delay=9)])
    assert (graph.synapses, graph.largest_delay) == (2, 9)
    assert [p.name for p in graph.into("out")] == ["h->out"]
    assert [p.name for p in graph.out_of("in")] == ["in->h"]
    assert list(graph.inputs) == ["in"]


def test_a_graph_and_its_parts_say_in_a_line_what_they_are():
    graph = dc.Graph(
        1e-3,
        populations(),
        [synapse(delay=3), synapse("h", "out", delay=9)],
        dc.Readout("out", window=(2, 9)),
    )
    assert repr(graph) == (
        "<Graph in 2, h 3, out 2; 2 synapses, delays 3..9 steps of 1 ms, float64, maximum of 'out'>"
    )
    assert repr(graph.projections[0]) == "<Projection 'in->h': 1 synapses, delays 3..3 steps>"
    assert repr(synapse(name="slow")) == "<Projection 'slow' in->h: 1 synapses, delays 1..1 steps>"
    assert repr(graph.readout) == "<Readout maximum of 'out', steps 2 to 8>"
    framing = dc.Framing(steps=40, step=0.016, channels=700, group=2)
    assert repr(framing) == "<Framing 40 steps of 16 ms, 700 channels, groups of 2: 350 inputs>"


def test_numbers_say_in_a_line_what_they_are():
    assert repr(fixed_point(8)) == "<Format multiples of 1 in [-128, 127], clip, nearest_even>"
    assert repr(dc.Format(family="bfloat16")) == "<Format bfloat16>"
    assert repr(dc.Arithmetic.bfloat16()) == (
        "<Arithmetic bfloat16: bfloat16; arrivals state, additions each, fires >=>"
    )
