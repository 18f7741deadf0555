"""Plain arrays in: a network trained elsewhere becomes a Graph."""

from typing import Any

import numpy as np
import pytest

import delaycore as dc
from delaycore import GraphError
from delaycore.graph import synapses


def test_a_matrix_becomes_its_synapses_and_zeros_none():
    p = synapses("a", "b", [[0.0, 1.5], [-2.0, 0.0]], [[7, 3], [4, 7]])
    assert (p.pre.tolist(), p.post.tolist(), p.weight.tolist(), p.delay.tolist()) == (
        [0, 1],
        [1, 0],
        [1.5, -2.0],
        [3, 4],
    )


def test_levels_are_several_synapses_per_pair_each_level_with_its_delay():
    weight = np.arange(12, dtype=float).reshape(3, 2, 2)
    p = synapses("a", "b", weight, [0, 5, 10])
    assert len(p) == 11  # one weight is 0
    for level, delay in enumerate([0, 5, 10]):
        here = p.delay == delay
        dense = np.zeros((2, 2))
        dense[p.pre[here], p.post[here]] = p.weight[here]
        assert np.array_equal(dense, weight[level])


def test_one_delay_serves_all():
    assert synapses("a", "b", np.ones((2, 3)), 4).delay.tolist() == [4] * 6


def test_a_feed_forward_network_from_arrays():
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=(2, 5, 4)), rng.normal(size=(4, 3))]
    graph = dc.Graph.from_arrays(
        weights, [[0, 6], 2], retain=[[0.1, 0.2, 0.3, 0.4], 0.95], threshold=0.7, step=2e-3, statistic="last"
    )
    assert [(n, p.kind, p.size) for n, p in graph.populations.items()] == [
        ("in", "input", 5),
        ("h1", "lif", 4),
        ("out", "integrator", 3),
    ]
    populations: Any = graph.populations
    assert populations["h1"].retain.tolist() == [0.1, 0.2, 0.3, 0.4]
    assert populations["h1"].threshold.tolist() == [0.7] * 4
    assert populations["out"].retain.tolist() == [0.95] * 3
    assert graph.readout == dc.Readout("out", "last")
    assert (graph.step, graph.synapses, graph.largest_delay) == (2e-3, 52, 6)


def test_no_delays_are_delays_of_zero():
    assert dc.Graph.from_arrays([np.ones((2, 3))]).largest_delay == 0


@pytest.mark.parametrize(
    ("weights", "options", "says"),
    [
        ([], {}, "weights: is empty"),
        (None, {}, "weights: must be a list, not None"),
        ({"in": np.ones((2, 2))}, {}, "weights: must be a list"),
        ([np.ones((5, 4))], {"delays": 3}, "delays: must be a list, not 3"),
        ([[1.0, 2.0]], {}, r"weights\[0\]: has shape \(2,\)"),
        ([np.ones((0, 3))], {}, r"weights\[0\]: has shape \(0, 3\)"),
        ([["a", "b"]], {}, r"weights\[0\]: is not an array of numbers"),
        ([[[1.0], [1.0, 2.0]]], {}, r"weights\[0\]: is not an array of numbers"),
        (
            [np.ones((5, 4)), np.ones((3, 2))],
            {},
            r"weights\[1\]: comes from 3 neurons, but weights\[0\] goes to 4",
        ),
        ([np.ones((5, 4))], {"delays": [0, 1]}, "delays: has 2 entries for 1 projections"),
        (
            [np.ones((5, 4))],
            {"delays": [[1, 2, 3]]},
            r"delay: of shape \(3,\) does not fit weights of shape \(5, 4\)",
        ),
        ([np.ones((5, 4))], {"delays": ["fast"]}, "delay: is not an array of numbers"),
        ([np.ones((5, 4))], {"delays": [0.5]}, "delay: must hold whole numbers"),
        ([np.ones((5, 4))], {"delays": [-1]}, "20 of 20 delays are negative"),
        ([np.full((5, 4), np.nan)], {}, "20 of 20 weights are not finite"),
        ([np.ones((5, 4)), np.ones((4, 2))], {"retain": [0.9]}, "retain: has 1 entries for 2 layers"),
        ([np.ones((5, 4)), np.ones((4, 2))], {"threshold": [1, 1]}, "threshold: has 2 entries for 1 layers"),
        ([np.ones((5, 4))], {"statistic": "median"}, "readout.statistic: unknown: 'median'"),
    ],
)
def test_arrays_that_make_no_network_are_refused(weights, options, says):
    with pytest.raises(GraphError, match=says):
        dc.Graph.from_arrays(weights, **options)
