"""A network that fires at its thresholds keeps its spikes on a chip that fires above them, or the reverse."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import delaycore as dc
from delaycore import reference
from delaycore.conformance import list_arithmetics, live_network, round_network
from delaycore.graph import Arithmetic
from delaycore.hardware import QuantizationScheme, find_arithmetic_changes, quantize_to

KINDS = ("lif", "current_lif")
ALL = list_arithmetics()


def other_firing(arithmetic):
    return replace(arithmetic, name="the other", fires=">" if arithmetic.fires == ">=" else ">=")


@given(st.integers(0, 10_000), st.sampled_from(sorted(ALL)))
def test_in_a_chip_s_own_numbers_every_spike_stays_whichever_way_it_fires(seed, name):
    ours = ALL[name]
    live = round_network(live_network(seed, kinds=KINDS, samples=2, steps=25), ours)
    exact, losses = quantize_to(
        live.graph, QuantizationScheme(_keep_weights(live.graph), {}), other_firing(ours)
    )
    truth, moved = (reference.simulate(graph, live.spikes) for graph in (live.graph, exact))
    lost = {loss.place for loss in losses if loss.what == "tie"}
    for population in truth.spikes:
        if not lost:
            assert np.array_equal(truth.spikes[population], moved.spikes[population])
    for population, p in live.graph.populations.items():
        place = f"populations[{population!r}].threshold"
        after = getattr(exact.populations[population], "threshold", np.zeros(0))
        changed = np.count_nonzero(after != getattr(p, "threshold", np.zeros(0)))
        assert changed == sum(loss.count for loss in losses if loss.place == place)


def _keep_weights(graph):
    return {p.name: graph.arithmetic.weight for p in graph.projections}


def one_neuron(threshold, **options):
    inputs = dc.Projection("in", "h", [0], [0], [1.0], [0])
    neuron = dc.LIF(1, retain=1.0, threshold=threshold, **options)
    return dc.Graph(1e-3, {"in": dc.Input(1), "h": neuron}, [inputs])


NINE_BITS: Any = dc.graph.fixed_point(9)
WHOLE = Arithmetic("whole", *[NINE_BITS] * 5)


@pytest.mark.parametrize(
    ("threshold", "options", "fires"),
    [
        (1.0, {}, ">"),
        (255.0, {}, ">="),
        (2.0, {"reset": "subtract"}, ">"),
        (2.0, {"reset": "subtract"}, ">="),
    ],
)
def test_ties_that_cannot_be_kept_are_a_loss_with_their_number_and_a_warning(threshold, options, fires):
    chip = replace(WHOLE, fires=fires)
    graph = one_neuron(threshold, **options).with_(arithmetic=other_firing(chip))
    exact, losses = quantize_to(graph, QuantizationScheme(_keep_weights(graph), {}), chip)
    assert vars(exact.populations["h"])["threshold"] == threshold
    assert [(e.what, e.change, e.count, e.of) for e in losses] == [("tie", "dropped", 1, 1)]
    found = list(find_arithmetic_changes(graph, exact, losses))
    assert [f.severity for f in found] == ["note", "warning"]
    assert found[1].code == "threshold.ties" and found[1].needed == 1


@pytest.mark.parametrize(("fires", "threshold"), [(">", 3.0), (">=", 5.0)])
def test_a_threshold_moves_to_its_neighbour_and_a_note_says_so(fires, threshold):
    chip = replace(WHOLE, fires=fires)
    graph = one_neuron(4.0).with_(arithmetic=other_firing(chip))
    exact, losses = quantize_to(graph, QuantizationScheme(_keep_weights(graph), {}), chip)
    assert vars(exact.populations["h"])["threshold"] == threshold
    assert [(e.what, e.change, e.count, e.largest) for e in losses] == [("threshold", "rounded", 1, 1.0)]
    (note,) = find_arithmetic_changes(graph, exact, losses)
    assert note.severity == "note" and "1 of 1 thresholds" in note.message
    spikes = np.ones((1, 9, 1), dtype=bool)
    before, after = (reference.simulate(g, spikes).spikes["h"] for g in (graph, exact))
    assert np.array_equal(before, after) and before.any()


def test_a_chip_that_fires_as_the_graph_does_changes_no_threshold():
    graph = one_neuron(4.0).with_(arithmetic=WHOLE)
    exact, losses = quantize_to(graph, QuantizationScheme(_keep_weights(graph), {}), WHOLE)
    assert not losses and exact == graph and not list(find_arithmetic_changes(graph, exact, losses))
