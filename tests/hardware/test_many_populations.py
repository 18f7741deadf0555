"""Networks of very many populations: the time to check, map, run and price one grows with their number."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

import delaycore as dc
from delaycore.hardware import list_looping, retime, spread_slices
from tests.hardware.counted_graphs import find_repeated, make_chain, make_star


@pytest.mark.parametrize("shape", [make_chain, make_star])
@pytest.mark.parametrize(("target", "options"), [("loihi", {}), ("seneca", {"layers_per_core": 99})])
def test_no_step_of_one_population_goes_through_all_of_them(
    target: str, options: dict[str, int], shape: Callable[[int, float], dc.Graph]
) -> None:
    assert find_repeated(target, shape, **options) == {}


@given(st.dictionaries(st.sampled_from("abcd"), st.integers(1, 6), min_size=1), st.integers(0, 30))
def test_the_population_with_the_largest_slices_gets_the_next_core(sizes: dict[str, int], cores: int) -> None:
    parts = dict.fromkeys(sizes, 1)
    expected = dict(parts)
    while sum(expected.values()) < cores and any(expected[n] < sizes[n] for n in sizes):
        left = [name for name in sizes if expected[name] < sizes[name]]
        expected[max(left, key=lambda name: sizes[name] / expected[name])] += 1
    assert spread_slices(sizes, parts, cores) == expected


def test_cores_beyond_all_neurons_are_not_counted_one_by_one() -> None:
    assert spread_slices({"a": 3}, {"a": 1}, 10**30) == {"a": 3}


def test_projections_on_a_loop_are_those_from_whose_target_a_way_leads_back() -> None:
    names = {name: dc.LIF(1, retain=0.5, threshold=1.0) for name in "abcd"}
    joined = [("a", "b"), ("b", "c"), ("c", "b"), ("c", "d"), ("d", "d")]
    graph = dc.Graph(1e-3, names, [dc.Projection(x, y, [0], [0], [1.0], [1]) for x, y in joined])
    assert list_looping(graph) == {"b->c", "c->b", "d->d"}


def test_a_population_that_would_run_for_ever_behind_the_graph_is_named() -> None:
    for delay, late in ((999_999 + 63, 0), (999_999 + 64, 1_000_000), (2**31 - 1, 2**31 - 64)):
        names = {"in": dc.Input(1), "h": dc.LIF(1, retain=0.5, threshold=1.0)}
        graph = dc.Graph(1e-3, names, [dc.Projection("in", "h", [0], [0], [1.0], [delay])])
        timing = retime(graph, 1, 62)
        assert (timing.ok, timing.too_late) == (not late, late)
        assert timing.conflict == (("in",) if late else ())
