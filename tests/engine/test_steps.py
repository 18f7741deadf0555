"""Engine and reference agree in fixed formats of any step, not of powers of two alone."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import delaycore as dc
from delaycore import engine, reference
from delaycore.conformance import live_network
from delaycore.engine._simulator import _find_lowest_bit
from delaycore.graph import FLOAT64, Arithmetic, Format

STEPS = st.one_of(
    st.sampled_from([0.1, 0.3, 0.01, 1 / 3, 3.0, 5.0, 0.75, 1.0, 2.0**-7]), st.floats(1e-3, 10.0)
)


def make_format(step, low, high, overflow):
    """A format of whole multiples, at its ends as they are computed."""
    return Format("fixed", step, low * step, high * step, overflow)


def arithmetic_of(step, low, high, overflow, arrivals, additions="each", is_exact=True):
    """Sums in a fixed format; potentials are kept as they are, so that they show sums, or rounded to it."""
    number = make_format(step, low, high, overflow)
    wide = FLOAT64 if is_exact else make_format(step, 4 * low, 4 * high, overflow)
    return Arithmetic("steps", number, wide, number, wide, wide, arrivals, additions)


def agree(graph, spikes):
    ours, theirs = (tool.simulate(graph, spikes, states=True) for tool in (engine, reference))
    return ours.same_as(theirs)


def test_eight_arrivals_of_a_tenth_reach_eight_tenths():
    arithmetic = arithmetic_of(0.1, -64, 63, "clip", "total")
    inputs = dc.Projection("in", "h", np.arange(8), np.zeros(8, int), np.full(8, 0.1), np.zeros(8, int))
    neuron = dc.LIF(1, retain=1.0, threshold=0.8)
    graph = dc.Graph(1e-3, {"in": dc.Input(8), "h": neuron}, [inputs], arithmetic=arithmetic)
    spikes = np.ones((1, 1, 8), dtype=bool)
    assert agree(graph, spikes) and reference.simulate(graph, spikes).spikes["h"].all()


@example(0, 0.1, "clip", "total", "each", 40, True)
@example(3, 0.1, "wrap", "signs", "last", 20, True)
@given(
    st.integers(0, 10_000),
    STEPS,
    st.sampled_from(["clip", "wrap"]),
    st.sampled_from(["total", "state", "signs"]),
    st.sampled_from(["each", "last"]),
    st.integers(4, 40),
    st.booleans(),
)
def test_networks_do_the_same_in_formats_of_any_step(
    seed, step, overflow, arrivals, additions, reach, is_exact
):
    arithmetic = arithmetic_of(step, -reach, reach - 1, overflow, arrivals, additions, is_exact)
    live = live_network(seed, kinds=("lif", "current_lif"), samples=1, steps=16)
    scale = 4 * step
    populations = {}
    for name, p in live.graph.populations.items():
        moved = {
            q: arithmetic.potential.round(getattr(p, q) * scale)
            for q in ("threshold", "bias")
            if hasattr(p, q)
        }
        populations[name] = replace(p, **moved)
    doubled = [2.0 ** np.clip(np.rint(4 * np.abs(p.weight)), 0, 3) for p in live.graph.projections]
    projections = [  # multiples of the step by powers of two are exact, whatever the step
        p.with_weight(arithmetic.weight.round(np.sign(p.weight) * step * by))
        for p, by in zip(live.graph.projections, doubled, strict=True)
    ]
    graph = live.graph.with_(populations=populations, projections=projections, arithmetic=arithmetic)
    assert agree(graph, live.spikes)


@pytest.mark.parametrize(
    ("x", "bit"),
    [(1.0, 1.0), (3.0, 1.0), (0.75, 0.25), (6.0, 2.0), (2.0**-1074, 2.0**-1074), (0.1, 2.0**-55)],
)
def test_the_largest_power_of_two_that_a_step_is_a_multiple_of(x, bit):
    assert _find_lowest_bit(x) == bit
