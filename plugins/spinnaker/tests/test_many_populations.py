"""Networks of very many populations."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import delaycore as dc
from tests.hardware.counted_graphs import find_repeated, make_chain, make_star


@pytest.mark.parametrize("shape", [make_chain, make_star])
def test_no_step_of_one_population_goes_through_all_of_them(shape: Callable[[int, float], dc.Graph]) -> None:
    assert find_repeated("spinnaker", shape, retain=0.5) == {}
