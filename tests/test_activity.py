"""Input spikes are checked, and what happened can be asked and compared."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import delaycore as dc
from delaycore import DataError, engine
from delaycore.activity import check_input_spikes


def two_inputs():
    populations = {"a": dc.Input(2), "b": dc.Input(3), "out": dc.Integrator(2, retain=0.9)}
    return dc.Graph(1e-3, populations, [dc.Projection("a", "out", [0, 1], [0, 1], [1, 1], [0, 1])])


def one_input():
    return dc.Graph.from_arrays([np.eye(2)])


@pytest.mark.parametrize(
    ("spikes", "says"),
    [
        (np.zeros((2, 3)), r"has shape \(2, 3\), not \[samples, steps, 2\]"),
        (np.zeros((2, 3, 5)), r"has shape \(2, 3, 5\), not \[samples, steps, 2\]"),
        (np.full((2, 3, 2), 2), "values other than 0 and 1"),
        (np.full((2, 3, 2), np.nan), "values other than 0 and 1"),
        (np.full((2, 3, 2), "x"), "values other than 0 and 1"),
        ([[[1, 0], [1]]], "is not an array"),
        (None, r"has shape \(\)"),
        ({"in": np.zeros((1, 1, 2)), "more": np.zeros((1, 1, 2))}, "'more'.*: not an input of the graph"),
        ({}, "'in'.*: missing"),
    ],
)
def test_spikes_that_do_not_fit_are_refused_before_anything_runs(spikes, says):
    for simulate in (engine.simulate, dc.reference.simulate):
        with pytest.raises(DataError, match=says):
            simulate(one_input(), spikes)


def test_every_problem_with_the_inputs_is_said_at_once():
    with pytest.raises(DataError, match="3 problems"):
        check_input_spikes(two_inputs(), {"a": np.zeros((1, 2), bool), "c": np.zeros((1, 2, 3), bool)})
    with pytest.raises(DataError, match="samples and steps differ"):
        check_input_spikes(two_inputs(), {"a": np.zeros((1, 2, 2), bool), "b": np.zeros((1, 4, 3), bool)})
    with pytest.raises(DataError, match="is one array, but the graph has 2 inputs"):
        check_input_spikes(two_inputs(), np.zeros((1, 2, 2), bool))


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64, np.float32])
def test_zeros_and_ones_of_any_type_are_spikes(dtype):
    given = np.array([[[0, 1], [1, 1]]], dtype=dtype)
    assert check_input_spikes(one_input(), given)["in"].tolist() == [[[False, True], [True, True]]]


def test_scores_and_predictions_come_from_the_read_out():
    activity = engine.simulate(one_input(), np.array([[[0, 1]], [[1, 0]]]))
    assert activity.predictions.tolist() == [1, 0]
    with pytest.raises(DataError, match="readout: the graph has none"):
        _ = engine.simulate(one_input().with_(readout=None), np.zeros((1, 1, 2), bool)).scores


def test_a_result_gives_the_scores_that_its_predictions_are_read_from():
    x = np.array([[[0, 1]], [[1, 0]]], dtype=bool)
    result = dc.simulate(dc.map(one_input(), target="loihi"), x)
    assert result.scores.shape == (2, 2)
    assert (result.scores == result.activity.scores).all()
    assert (result.scores.argmax(axis=1) == result.predictions).all()


def test_rates_are_spikes_per_neuron_and_step():
    assert engine.simulate(one_input(), np.array([[[0, 1], [0, 0]]])).rates() == {"in": 0.25, "out": 0.0}


def replace_table(activity: dc.Activity, table: str, values: dict[str, Any]) -> dc.Activity:
    """The activity with another table of arrays by name."""
    changed: dict[str, Any] = {table: values}
    return replace(activity, **changed)


def test_any_single_difference_is_seen():
    activity = engine.simulate(one_input(), np.array([[[0, 1], [0, 0]]]))
    assert activity.same_as(engine.simulate(one_input(), np.array([[[0, 1], [0, 0]]])))
    for table in ("spikes", "potentials", "deliveries", "late", "overflow"):
        name, array = next(iter(getattr(activity, table).items()))
        changed = array.copy()
        changed.flat[0] = not changed.flat[0] if changed.dtype == bool else changed.flat[0] + 1
        assert not activity.same_as(
            replace_table(activity, table, dict(getattr(activity, table)) | {name: changed})
        ), table
        fewer = {k: v for k, v in getattr(activity, table).items() if k != name}
        assert activity.same_as(replace_table(activity, table, fewer)) == (table == "potentials")


def test_a_graph_or_states_of_the_wrong_type_are_named():
    for simulate in (engine.simulate, dc.reference.simulate):
        with pytest.raises(DataError, match="graph: must be a Graph, not NoneType"):
            nothing: Any = None
            simulate(nothing, np.zeros((1, 1, 2), bool))
        with pytest.raises(DataError, match="states: must be True, False or names of populations, not 3"):
            three: Any = 3
            simulate(one_input(), np.zeros((1, 1, 2), bool), three)


def test_sums_beyond_float64_are_infinite_in_both_simulators_without_a_warning():
    populations = {
        "in": dc.Input(1),
        "h": dc.AdaptiveLIF(1, retain=1.0, threshold=1e308, adaptation=1e308),
        "out": dc.Integrator(1, retain=1.0),
    }
    projections = [
        dc.Projection("in", "h", [0], [0], [1e308], [0]),
        dc.Projection("in", "out", [0], [0], [1e308], [0]),
    ]
    for arithmetic in (dc.Arithmetic(), dc.Arithmetic(additions="last", arrivals="state")):
        graph = dc.Graph(1e-3, populations, projections, arithmetic=arithmetic)
        spikes = np.ones((1, 6, 1), bool)
        activity = engine.simulate(graph, spikes, states=True)
        assert np.isinf(activity.potentials["out"]).any()
        assert activity.same_as(dc.reference.simulate(graph, spikes, states=True))


def test_an_activity_says_in_a_line_what_happened():
    activity = engine.simulate(dc.Graph.from_arrays([np.eye(2)]), np.ones((3, 4, 2), dtype=bool))
    assert repr(activity) == "<Activity 3 samples, 4 steps; spikes: in 24, out 0; maximum of 'out'>"
