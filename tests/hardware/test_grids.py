"""A network moved onto a chip's numbers: what changed is told, and scaling changes nothing."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import delaycore as dc
from delaycore import Arithmetic, GraphError, engine
from delaycore.conformance import live_network
from delaycore.graph import FLOAT64, Format, fixed_point
from delaycore.hardware import Losses, QuantizationScheme, rescale, round_to

GRID = Format(family="fixed", step=2.0**-4, minimum=-1.0, maximum=15 / 16)


def network(seed=0):
    return live_network(seed, kinds=("lif", "current_lif", "adaptive_lif"), samples=2, steps=25)


def quantization_scheme(graph, **options):
    return QuantizationScheme(
        weights={p.name: GRID for p in graph.projections}, **({"parameters": {}} | options)
    )


@given(st.integers(0, 500))
def test_every_changed_weight_is_in_the_losses_with_count_and_largest_error(seed):
    graph = network(seed).graph
    moved, losses = round_to(graph, quantization_scheme(graph))
    for before, after in zip(graph.projections, moved.projections, strict=True):
        assert GRID.holds(after.weight).all()
        assert np.array_equal(after.delay, before.delay)
        mine = [loss for loss in losses if loss.place == f"projections[{before.name!r}].weight"]
        error = np.abs(after.weight - before.weight)
        assert sum(loss.count for loss in mine) == np.count_nonzero(error)
        assert max((loss.largest for loss in mine), default=0.0) == error.max()
        assert all(loss.of == len(before) for loss in mine)
        clipped = [loss.count for loss in mine if loss.change == "clipped"]
        assert sum(clipped) == np.count_nonzero(GRID.overflows(before.weight))


@given(st.integers(0, 200))
def test_what_is_on_the_grid_already_stays_without_losses(seed):
    graph = network(seed).graph
    once, _ = round_to(graph, quantization_scheme(graph))
    again, losses = round_to(once, quantization_scheme(once))
    assert again == once
    assert not losses


def test_parameters_are_rounded_only_where_a_grid_is_given():
    graph = dc.Graph(
        1e-3,
        {"in": dc.Input(1), "h": dc.AdaptiveLIF(2, retain=0.93, threshold=[0.51, 7.0], adaptation=0.3)},
        [dc.Projection("in", "h", [], [], [], [])],
    )
    moved, losses = round_to(
        graph, QuantizationScheme(weights={"in->h": GRID}, parameters={"h.threshold": GRID, "h.retain": GRID})
    )
    h: Any = moved.populations["h"]
    assert (h.threshold.tolist(), h.retain.tolist(), h.adaptation.tolist()) == (
        [0.5, 0.9375],
        [0.9375, 0.9375],
        [0.3, 0.3],
    )
    told = {(loss.what, loss.change, loss.count, loss.of) for loss in losses}
    assert told == {
        ("threshold", "clipped", 1, 2),
        ("threshold", "rounded", 1, 2),
        ("retain", "rounded", 2, 2),
    }


def test_grids_that_do_not_belong_to_the_graph_are_refused():
    graph = network().graph
    with pytest.raises(GraphError, match=r"scheme.weights\['in->h1'\]: is missing"):
        round_to(graph, QuantizationScheme(weights={}, parameters={}))
    with pytest.raises(GraphError, match=r"scheme.parameters\['h1.retian'\]: the graph has no such part"):
        round_to(graph, quantization_scheme(graph, parameters={"h1.retian": GRID}))


@given(st.integers(0, 300), st.integers(-8, 12))
def test_scaling_by_a_power_of_two_leaves_every_spike_and_prediction(seed, power):
    live = network(seed)
    factor = {name: 2.0**power for name in live.graph.populations if name != "in"}
    bigger = rescale(live.graph, factor, Arithmetic())
    before, after = engine.simulate(live.graph, live.spikes), engine.simulate(bigger, live.spikes)
    assert all(np.array_equal(before.spikes[k], after.spikes[k]) for k in before.spikes)
    assert np.array_equal(before.potentials["out"] * 2.0**power, after.potentials["out"])
    assert np.array_equal(before.predictions, after.predictions)
    back = rescale(bigger, {name: 1 / f for name, f in factor.items()}, Arithmetic())
    assert back == live.graph


@pytest.mark.parametrize("scale", [3.0, 0.0, -2.0, float("nan"), float("inf")])
def test_scales_that_would_round_are_refused(scale):
    graph = network().graph
    with pytest.raises(GraphError, match="must be a power of two"):
        rescale(graph, {"h1": scale}, Arithmetic())
    with pytest.raises(GraphError, match="must be a power of two"):
        QuantizationScheme(weights={}, parameters={}, scale={"h1": scale})


def test_a_scaled_graph_must_hold_numbers_of_the_chip():
    graph = network().graph
    with pytest.raises(GraphError, match="are not numbers of the arithmetic's format"):
        rescale(graph, {}, Arithmetic(weight=fixed_point(8)))


def test_an_unlimited_grid_changes_nothing():
    graph = network().graph
    assert round_to(
        graph, QuantizationScheme(weights={p.name: FLOAT64 for p in graph.projections}, parameters={})
    ) == (graph, Losses())
