"""How an answer is read from traces."""

from typing import Any

import numpy as np
import pytest

from delaycore import DataError, Graph, GraphError, Readout

U = np.array([[[1.0, 5.0], [4.0, 0.0], [2.0, 1.0]]])
S = U > 1.5


@pytest.mark.parametrize(
    ("statistic", "expected"),
    [("last", [2, 1]), ("maximum", [4, 5]), ("mean", [7 / 3, 2]), ("spike_count", [2, 1])],
)
def test_each_statistic_is_what_its_name_says(statistic, expected):
    assert np.allclose(Readout("out", statistic).scores(U, S), [expected])


def test_softmax_sum_adds_the_probabilities_of_every_step():
    p = [np.exp(u) / np.exp(u).sum() for u in U[0]]
    assert np.allclose(Readout("out", "softmax_sum").scores(U, S), [sum(p)])


def test_the_softmax_is_the_same_in_a_chip_s_larger_units():
    assert np.array_equal(
        Readout("out", "softmax_sum", scale=64.0).scores(U * 64, S),
        Readout("out", "softmax_sum").scores(U, S),
    )


def test_only_the_window_counts():
    assert Readout("out", "maximum", (2, 99)).scores(U, S).tolist() == [[2, 1]]
    window: Any = [0, 1]
    assert Readout("out", "last", window).scores(U, S).tolist() == [[1, 5]]


def test_the_first_of_equal_scores_is_the_prediction():
    assert Readout.predictions(np.array([[1.0, 3.0, 3.0], [0.0, 0.0, 0.0]])).tolist() == [1, 0]


@pytest.mark.parametrize("statistic", ["last", "maximum", "mean", "spike_count", "softmax_sum"])
def test_a_window_beyond_the_samples_is_an_error_that_says_so(statistic):
    with pytest.raises(DataError, match="begins at step 3, but the samples have 3 steps"):
        Readout("out", statistic, (3, 9)).scores(U, S)


@pytest.mark.parametrize("window", [(2, 2), (-1, 3), (1.5, 3), (1,), "ab", 7, (None, 3)])
def test_windows_without_a_meaning_are_problems(window):
    assert [p.place for p in Readout("out", window=window).find_problems()] == ["readout.window"]


@pytest.mark.parametrize("scale", [0.0, -1.0, np.nan, np.inf, "2", None])
def test_scales_without_a_meaning_are_problems(scale):
    assert [p.place for p in Readout("out", scale=scale).find_problems()] == ["readout.scale"]


def test_potentials_that_overflowed_have_no_softmax():
    with pytest.raises(DataError, match="not finite have no softmax"):
        Readout("out", "softmax_sum").scores(np.where(U == 5.0, np.inf, U), S)


def test_predictions_have_the_names_of_their_classes():
    readout = Readout("out", classes=("yes", "no"))
    assert readout.name_classes(np.array([1, 0, 1])) == ["no", "yes", "no"]
    with pytest.raises(DataError, match="has no names"):
        Readout("out").name_classes(np.array([1]))


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        (("a",), "has 1 names, but 'out' has 2 neurons"),
        (("a", "a"), "has 'a' 2 times"),
        ((0, 1), "must be names"),
        ("ab", "must be names"),
        ((b"\xff", b"b"), "must be names"),
    ],
)
def test_classes_are_one_name_per_neuron(classes, message):
    graph = Graph.from_arrays([np.ones((1, 2))])
    with pytest.raises(GraphError, match=message):
        graph.with_(readout=Readout("out", classes=classes))


def test_a_graph_without_a_read_out_has_no_classes():
    graph = Graph.from_arrays([np.ones((1, 2))])
    assert graph.with_classes(["a", "b"]).readout == Readout("out", classes=("a", "b"))
    with pytest.raises(GraphError, match="it has no classes"):
        graph.with_(readout=None).with_classes(["a", "b"])
