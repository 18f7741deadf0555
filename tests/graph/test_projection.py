"""Projections: four columns, whole numbers where whole numbers belong, all problems at once."""

from typing import Any

import numpy as np
import pytest

import delaycore as dc
from delaycore import GraphError, Projection


def one(**columns):
    given: dict[str, Any] = {"pre": [0], "post": [0], "weight": [1.0], "delay": [0]} | columns
    return Projection("a", "b", **given)


def test_columns_are_read_only_copies():
    weight = np.array([1.0, 2.0])
    delay = np.array([1, 2])
    projection = Projection("a", "b", np.array([0, 1]), np.array([0, 1]), weight, delay)
    weight[0], delay[0] = 9.0, 9
    assert projection.weight.tolist() == [1.0, 2.0]
    assert projection.delay.tolist() == [1, 2]
    for column in ("pre", "post", "weight", "delay"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(projection, column)[0] = 0


def test_new_weights_share_the_other_columns():
    before = one()
    after = before.with_weight([2.0])
    assert (before.weight.tolist(), after.weight.tolist()) == ([1.0], [2.0])
    assert all(getattr(after, c) is getattr(before, c) for c in ("pre", "post", "delay"))


def test_the_name_is_source_and_target_unless_given():
    assert one().name == "a->b"
    assert one(name="fast").name == "fast"


def test_whole_numbers_are_never_made_by_cutting_off():
    with pytest.raises(GraphError, match=r"delay: must hold whole numbers, but entry 1 is 2.5"):
        Projection("a", "b", [0, 0], [0, 0], [1, 1], [2, 2.5])
    assert one(delay=[3.0]).delay.dtype == np.int64
    with pytest.raises(GraphError, match="must hold whole numbers"):
        one(pre=[np.nan])
    with pytest.raises(GraphError, match="must hold whole numbers"):
        one(delay=[np.inf])


def test_every_column_that_cannot_be_used_is_named_at_once():
    with pytest.raises(GraphError, match="4 problems") as raised:
        Projection("a", "b", pre=[0.5], post=[[0]], weight=["1"], delay=[[1], [1, 2]])
    assert [p.place for p in raised.value.problems] == [
        f"projections['a->b'].{c}" for c in ("pre", "post", "weight", "delay")
    ]


@pytest.mark.parametrize("weight", [[1 + 2j], np.array([1 + 2j]), ["1.0"], [None], "abc", [object()]])
def test_weights_that_are_no_real_numbers_are_refused(weight):
    with pytest.raises(GraphError, match=r"weight: is not an array of numbers"):
        one(weight=weight)


def test_names_must_be_names():
    with pytest.raises(GraphError, match=r"Projection.source: must be a name, not \['a'\]"):
        names: Any = ["a"]
        Projection(names, "b", [0], [0], [1], [1])


def test_equal_by_content():
    assert one() == one()
    assert one() != one(delay=[1])
    assert one() != one(name="other")


def test_delays_of_a_projection_without_synapses_are_zero():
    empty = Projection("a", "b", [], [], [], [])
    assert (len(empty), empty.smallest_delay, empty.largest_delay) == (0, 0, 0)
    graph = dc.Graph(1e-3, {"a": dc.Input(1), "b": dc.Integrator(1, retain=0.5)}, [empty])
    assert graph.synapses == 0
