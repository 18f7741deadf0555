"""What a chip's arithmetic changes though no number of the network changes is told in a note."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import delaycore as dc
from delaycore import reference
from delaycore.conformance import list_arithmetics, live_network, round_network
from delaycore.graph import BFLOAT16, Arithmetic, Graph
from delaycore.hardware import Losses, find_arithmetic_changes

CHIPS = list_arithmetics()
WHOLE: dict[str, Any] = {
    name: dc.graph.fixed_point(24) for name in ("decay", "total", "current", "potential")
}


def find(graph: Graph, chip: Arithmetic) -> list[str]:
    """The messages about rounding, of a graph whose numbers are the chip's already."""
    found = find_arithmetic_changes(graph, graph.with_(arithmetic=chip), Losses())
    return [f.message for f in found if f.code == "arithmetic.rounding"]


@given(st.integers(0, 10_000), st.sampled_from(sorted(CHIPS)))
def test_potentials_that_differ_though_nothing_overflows_are_noted(seed, name):
    chip = CHIPS[name]
    kinds = ("lif", "current_lif", "adaptive_lif")
    live = round_network(live_network(seed, kinds=kinds, samples=2, steps=20), chip)
    graph = live.graph.with_(arithmetic=Arithmetic(fires=chip.fires))
    ours = reference.simulate(graph, live.spikes, states=True)
    theirs = reference.simulate(graph.with_(arithmetic=chip), live.spikes, states=True)
    overflowed = any(np.any(count) for count in theirs.overflow.values())
    same = all(np.allclose(v, theirs.potentials[n], rtol=1e-12) for n, v in ours.potentials.items())
    assert same or overflowed or len(find(graph, chip)) == 1


def one_neuron(weight: float = 3.0, **values: Any) -> Graph:
    neuron = dc.LIF(1, **{"retain": 1.0, "threshold": 4.0} | values)
    return dc.Graph(
        1e-3, {"in": dc.Input(1), "h": neuron}, [dc.Projection("in", "h", [0], [0], [weight], [0])]
    )


@pytest.mark.parametrize(
    ("graph", "says"),
    [
        (one_neuron(), []),
        (one_neuron(retain=0.0), []),
        (
            one_neuron(retain=0.5),
            ["decay leaves of a state to multiples of 1 in its own units (nearest even);"],
        ),
        (one_neuron(bias=0.5), ["rounds potentials to"]),
        (one_neuron(weight=0.5), ["sums of arrivals and synaptic currents and potentials to"]),
    ],
    ids=["sums are exact", "nothing is kept", "decays", "a bias between", "a weight between"],
)
def test_whole_numbers_round_only_what_is_no_whole_number(graph, says):
    found = find(graph, Arithmetic("whole", **WHOLE))
    assert len(found) == len(says) and all(part in line for part, line in zip(says, found, strict=True))


def test_an_arithmetic_that_rounds_as_the_graph_s_does_is_not_noted():
    bfloat = Arithmetic.bfloat16()
    graph = one_neuron(retain=0.5).with_(arithmetic=bfloat)
    assert not find(graph, bfloat)
    assert not find(graph, replace(bfloat, name="few bits", weight=dc.graph.fixed_point(8), fires=">"))
    assert not find(graph.with_(arithmetic=Arithmetic()), Arithmetic(weight=BFLOAT16))
    assert find(graph, replace(bfloat, arrivals="total"))  # which rounds elsewhere
    assert find(graph.with_(arithmetic=Arithmetic.float32()), bfloat)


def test_a_graph_that_computes_nothing_has_nothing_rounded():
    assert not find(Graph(1e-3, {"in": dc.Input(2)}, []), Arithmetic.bfloat16())
