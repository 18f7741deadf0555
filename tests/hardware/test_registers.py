"""A number goes into a chip's memory as it is, or not at all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from delaycore.errors import HardwareError
from delaycore.hardware import store_exactly

KINDS = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64")


@given(st.lists(st.integers(-(2**40), 2**40) | st.integers(-300, 300)), st.sampled_from(KINDS))
def test_what_is_stored_is_what_was_given(values: list[int], kind: str) -> None:
    low, high = np.iinfo(kind).min, np.iinfo(kind).max
    if all(low <= v <= high for v in values):
        stored = store_exactly(values, kind, "a")
        assert stored.dtype == kind and stored.tolist() == values
    else:
        with pytest.raises(HardwareError, match=r"image 'a': -?\d+ is no u?int"):
            store_exactly(values, kind, "a")


@pytest.mark.parametrize("value", [0.5, np.nan, np.inf, -1e300])
def test_what_is_no_whole_number_is_refused(value: float) -> None:
    with pytest.raises(HardwareError, match="image 'neurons/0/bias'"):
        store_exactly([1.0, value], np.int32, "neurons/0/bias")


def test_truth_values_and_no_values_are_stored() -> None:
    assert store_exactly([True, False], np.uint8, "a").tolist() == [1, 0]
    assert store_exactly([], np.uint8, "a").dtype == np.uint8
