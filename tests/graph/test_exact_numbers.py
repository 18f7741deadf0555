"""Arrays that are handed over: numbers are kept exactly, or refused with their place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import delaycore as dc
from delaycore._values import integers, reals
from delaycore.datasets import EventSet

TYPES = st.one_of(
    arrays.boolean_dtypes(),
    arrays.integer_dtypes(),
    arrays.unsigned_integer_dtypes(),
    arrays.floating_dtypes(),
    arrays.complex_number_dtypes(),
    arrays.datetime64_dtypes(),
    arrays.unicode_string_dtypes(),
)
NUMBERS = st.one_of(st.integers(-(2**70), 2**70), st.floats(), st.booleans(), st.none(), st.text(max_size=2))
VALUES: Any = st.one_of(
    TYPES.flatmap(lambda kind: arrays.arrays(kind, st.integers(0, 3))),
    st.lists(NUMBERS, max_size=3),
    st.lists(st.integers(2**53 - 2, 2**64), max_size=3),
    st.lists(st.lists(NUMBERS, max_size=2), max_size=2),
    NUMBERS,
    st.just(np.ma.array([1, 2], mask=[False, True])),
    st.just(np.array([1, None], dtype=object)),
)


def are_the_same(kept: Any, given_values: Any) -> bool:
    """Whether every number equals the one that was given, compared without converting either."""
    listed = np.asarray(given_values, dtype=object).ravel().tolist()
    return len(listed) == np.size(kept) and all(
        a == b or (a != a and b != b) for a, b in zip(np.ravel(kept).tolist(), listed, strict=True)
    )


@given(VALUES)
def test_real_and_whole_numbers_are_kept_exactly_or_refused(values: Any) -> None:
    for take in (reals, integers):
        try:
            kept = take(values)
        except ValueError:
            continue
        assert are_the_same(kept, values), take


@given(VALUES, st.sampled_from(["pre", "post", "weight", "delay"]))
def test_columns_of_a_projection_are_kept_exactly_or_refused(values: Any, column: str) -> None:
    columns: dict[str, Any] = {"pre": [0], "post": [0], "weight": [1.0], "delay": [1]} | {column: values}
    try:
        graph = dc.Graph(1.0, {"a": dc.LIF(3, 0.5, 1.0)}, [dc.Projection("a", "a", **columns)])
    except dc.GraphError:
        return
    assert are_the_same(getattr(graph.projections[0], column), values)


FIELDS = ("times", "channels", "offsets", "labels", "speakers")


@given(VALUES, st.sampled_from((*FIELDS, "classes", "channel_count", "sensor", "time_error", "name")))
def test_what_an_event_set_is_given_is_kept_exactly_or_refused(values: Any, field: str) -> None:
    given_values: dict[str, Any] = {
        "times": [1, 2], "channels": [0, 1], "offsets": [0, 2], "labels": [0], "speakers": [0],
        "classes": ("a",), "channel_count": 2,
    }  # fmt: skip
    try:
        events = EventSet(**given_values | {field: values})
    except dc.DataError:
        return
    if field in FIELDS:
        assert are_the_same(getattr(events, field), values)


@pytest.mark.parametrize("size", [0, -1, 2**31, 10**400, True, 1.0, None, "3"])
def test_populations_have_as_many_neurons_as_can_be_numbered(size: Any) -> None:
    for kind in (dc.Input, lambda n: dc.LIF(n, retain=0.5, threshold=1.0)):
        with pytest.raises(dc.GraphError, match=r"size: must be a whole number from 1 to 2147483647"):
            dc.Graph(1e-3, {"a": kind(size)}, [])
    with pytest.raises(dc.GraphError, match="have 4294967294 neurons together"):
        dc.Graph(1e-3, {"a": dc.Input(2**31 - 1), "b": dc.Input(2**31 - 1)}, [])


@pytest.mark.parametrize("step", [0, -1, 10**400, 2**53 + 1, True, None, "3", float("nan"), float("inf")])
def test_a_step_is_a_positive_number_of_seconds(step: Any) -> None:
    with pytest.raises(dc.GraphError, match="step: must be"):
        dc.Graph(step, {"a": dc.Input(1)}, [])


@pytest.mark.parametrize(
    "entry",
    [{"steps": 10**6}, {"steps": 10**400}, {"channels": 2**31}, {"group": 10**20}, {"step": 2**53 + 1}],
)
def test_a_framing_has_bounds(entry: dict[str, Any]) -> None:
    with pytest.raises(dc.GraphError, match=f"Framing.{next(iter(entry))}: must be"):
        dc.Framing(**{"steps": 10, "step": 1e-3, "channels": 5} | entry)


def test_a_delay_is_counted_in_32_bits() -> None:
    for delay, fits in ((2**31 - 1, True), (2**31, False), (2**40, False), (2**62, False)):
        p = dc.Projection("a", "a", [0], [0], [1.0], [delay])
        if fits:
            dc.Graph(1e-3, {"a": dc.LIF(1, 0.5, 1.0)}, [p])
        else:
            with pytest.raises(dc.GraphError, match="longer than 2147483647 steps"):
                dc.Graph(1e-3, {"a": dc.LIF(1, 0.5, 1.0)}, [p])
