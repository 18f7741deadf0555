"""Retiming: offsets under which every delay fits the chip, the smallest there are, or the loop that forbids
it.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import delaycore as dc
from delaycore import Projection
from delaycore.hardware import retime


def graph(edges):
    """``edges``: (source, target, delays)."""
    names = sorted({n for a, b, _ in edges for n in (a, b)} | {"in"})
    populations = {n: dc.Input(1) if n == "in" else dc.LIF(1, retain=0.9, threshold=1.0) for n in names}
    one = np.zeros
    return dc.Graph(
        1e-3,
        populations,
        [
            Projection(a, b, one(len(d)), one(len(d)), one(len(d)) + 1, d, f"{a}->{b} {k}")
            for k, (a, b, d) in enumerate(edges)
        ],
    )


def fields(g, offsets, hop_delay):
    return [p.delay + offsets[p.target] - offsets[p.source] - hop_delay for p in g.projections]


@st.composite
def graphs(draw):
    names = ["in", "a", "b", "c", "d"]
    edges = []
    for _ in range(draw(st.integers(1, 8))):
        source, target = draw(st.sampled_from(names)), draw(st.sampled_from(names[1:]))
        backwards = names.index(target) <= names.index(source)
        edges.append(
            (source, target, draw(st.lists(st.integers(1 if backwards else 0, 12), min_size=1, max_size=3)))
        )
    return graph(edges)


@given(graphs(), st.integers(0, 3), st.one_of(st.none(), st.integers(0, 15)))
def test_offsets_bring_every_field_into_range_or_a_conflict_is_named(g, hop_delay, max_delay):
    timing = retime(g, hop_delay, max_delay)
    if not timing.ok:
        assert timing.conflict
        assert set(timing.conflict) <= set(g.populations)
        assert timing.offsets == {}
        return
    assert min(timing.offsets.values()) >= 0
    assert timing.latest == max(timing.offsets.values())
    for f in fields(g, timing.offsets, hop_delay):
        assert f.min() >= 0
        assert max_delay is None or f.max() <= max_delay


@given(graphs(), st.integers(0, 3), st.one_of(st.none(), st.integers(0, 15)))
def test_no_population_could_run_a_step_earlier_alone_and_one_runs_at_zero(g, hop_delay, max_delay):
    timing = retime(g, hop_delay, max_delay)
    if not timing.ok:
        return
    assert min(timing.offsets.values()) == 0
    for name, offset in timing.offsets.items():
        if not offset:
            continue
        earlier = fields(g, timing.offsets | {name: offset - 1}, hop_delay)
        assert any(f.min() < 0 or (max_delay is not None and f.max() > max_delay) for f in earlier)


def brute_force(g, hop_delay, max_delay, upto):
    names = list(g.populations)
    for offsets in np.ndindex(*[upto] * len(names)):
        f = np.concatenate(fields(g, dict(zip(names, offsets, strict=True)), hop_delay))
        if f.min() >= 0 and (max_delay is None or f.max() <= max_delay):
            yield offsets


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"), st.sampled_from("ab"), st.lists(st.integers(1, 4), min_size=1, max_size=2)
        ),
        min_size=1,
        max_size=4,
    )
)
def test_a_solution_is_found_exactly_where_there_is_one_and_it_is_the_smallest(edges):
    g = graph([(a.replace("c", "in"), b, d) for a, b, d in edges])
    for hop_delay, max_delay in ((2, None), (1, 2), (2, 3)):
        timing = retime(g, hop_delay, max_delay)
        found = list(brute_force(g, hop_delay, max_delay, 8))
        assert timing.ok == bool(found)
        if found:
            assert tuple(timing.offsets[n] for n in g.populations) == tuple(np.min(found, axis=0))


def test_a_loop_shorter_than_its_hops_is_named():
    timing = retime(graph([("in", "a", [0]), ("a", "b", [1]), ("b", "a", [0])]), hop_delay=1, max_delay=None)
    assert (timing.ok, timing.too_short) == (False, True)
    assert set(timing.conflict) == {"a", "b"}
    assert retime(graph([("a", "b", [1]), ("b", "a", [1])]), hop_delay=1, max_delay=0).ok


def test_a_population_that_meets_itself_too_soon_is_named():
    timing = retime(graph([("a", "a", [1])]), hop_delay=2, max_delay=None)
    assert (timing.conflict, timing.too_short) == (("a",), True)


@pytest.mark.parametrize(
    "edges",
    [[("in", "a", [0, 9])], [("in", "a", [0]), ("in", "b", [0]), ("a", "b", [11])], [("a", "a", [1, 9])]],
)
def test_delays_that_differ_by_more_than_the_range_are_a_conflict(edges):
    timing = retime(graph(edges), hop_delay=0, max_delay=5)
    assert (timing.ok, timing.too_short) == (False, False)
    assert retime(graph(edges), hop_delay=0, max_delay=9).ok


def test_without_hops_nothing_moves():
    assert retime(graph([("in", "a", [0, 5]), ("a", "b", [3])]), hop_delay=0, max_delay=7).offsets == {
        "a": 0,
        "b": 0,
        "in": 0,
    }


def test_a_long_delay_is_shortened_by_moving_its_source_where_that_helps():
    timing = retime(graph([("in", "a", [0]), ("a", "b", [9])]), hop_delay=0, max_delay=5)
    assert timing.offsets == {"a": 4, "b": 0, "in": 0}


def test_projections_without_synapses_bind_nothing():
    assert retime(graph([("a", "a", [])]), hop_delay=3, max_delay=0).ok
