"""The meaning of a Graph in cases small enough to work out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import delaycore as dc
from delaycore import Arithmetic, DataError, Projection, reference
from delaycore.graph import fixed_point


def graph(population, *projections, inputs=1, **fields):
    return dc.Graph(
        1e-3,
        {"in": dc.Input(inputs), "n": population},
        projections or [Projection("in", "n", [0], [0], [1.0], [0])],
        **fields,
    )


def spikes(steps, *at, inputs=1):
    """One sample of ``steps`` steps with spikes at (step) or (step, neuron)."""
    array = np.zeros((1, steps, inputs), dtype=bool)
    for place in at:
        t, i = place if isinstance(place, tuple) else (place, 0)
        array[0, t, i] = True
    return array


def run(network, given_spikes):
    activity = reference.simulate(network, given_spikes, states=True)
    return (
        activity.potentials["n"][0, :, 0].tolist(),
        np.flatnonzero(activity.spikes["n"][0, :, 0]).tolist(),
        activity,
    )


@given(st.integers(0, 9), st.integers(0, 12))
def test_a_spike_of_step_t_with_delay_d_arrives_in_step_t_plus_d_exactly(t, d):
    network = graph(dc.Integrator(1, retain=0.0), Projection("in", "n", [0], [0], [2.5], [d]))
    potential, _, activity = run(network, spikes(10, t))
    assert potential == [2.5 if step == t + d else 0.0 for step in range(10)]
    assert activity.deliveries["in->n"].tolist() == [[int(step == t + d) for step in range(10)]]
    assert activity.late["in->n"].tolist() == [int(t + d >= 10)]


def test_the_potential_leaks_by_retain_per_step():
    assert run(graph(dc.Integrator(1, retain=0.5)), spikes(4, 0))[0] == [1.0, 0.5, 0.25, 0.125]


def test_the_bias_is_added_in_every_step():
    assert run(graph(dc.Integrator(1, retain=0.5, bias=1.0)), spikes(3))[0] == [1.0, 1.5, 1.75]


def test_a_neuron_fires_where_its_potential_reaches_the_threshold_and_is_reset_to_zero():
    potential, fired, _ = run(graph(dc.LIF(1, retain=0.5, threshold=1.5)), spikes(5, 0, 1, 2, 3))
    assert potential == [1.0, 1.5, 1.0, 1.5, 0.0]
    assert fired == [1, 3]


def test_reset_by_subtraction_keeps_the_rest():
    network = graph(
        dc.LIF(1, retain=0.5, threshold=1.0, reset="subtract"), Projection("in", "n", [0], [0], [1.5], [0])
    )
    assert run(network, spikes(3, 0))[:2] == ([1.5, 0.25, 0.125], [0])


def test_strictly_above_does_not_fire_at_the_threshold():
    network = graph(dc.LIF(1, retain=1.0, threshold=1.0), arithmetic=Arithmetic(fires=">"))
    assert run(network, spikes(3, 0, 1))[1] == [1]


def test_a_neuron_is_held_at_zero_and_silent_in_its_refractory_steps():
    potential, fired, _ = run(
        graph(dc.LIF(1, retain=1.0, threshold=1.0, refractory=2)), spikes(7, 0, 1, 2, 3, 4)
    )
    assert potential == [1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]
    assert fired == [0, 3]


def test_a_synaptic_current_lasts():
    network = graph(dc.CurrentLIF(1, retain=0.0, threshold=9.0, retain_current=0.5))
    assert run(network, spikes(4, 0, 2))[0] == [1.0, 0.5, 1.25, 0.625]


def test_each_spike_raises_an_adaptive_threshold_from_the_next_step_on():
    network = graph(dc.AdaptiveLIF(1, retain=0.0, threshold=1.0, retain_trace=0.5, adaptation=0.5))
    # thresholds: 1; 1.5; then 1.25, 1.125, 1.0625 as the trace fades; input of 1.1 in every step
    network = network.with_(projections=[Projection("in", "n", [0], [0], [1.1], [0])])
    assert run(network, spikes(6, *range(6)))[1] == [0, 4]


def test_zero_delays_act_in_their_own_step_through_a_chain():
    populations = {
        "n": dc.LIF(1, retain=0.5, threshold=1.0),
        "first": dc.LIF(1, retain=0.5, threshold=1.0),
        "in": dc.Input(1),
    }
    chain = [Projection("first", "n", [0], [0], [1.0], [0]), Projection("in", "first", [0], [0], [1.0], [0])]
    assert run(dc.Graph(1e-3, populations, chain), spikes(3, 1))[1] == [1]


def test_a_recurrent_spike_comes_back_after_its_delay():
    loop = [Projection("in", "n", [0], [0], [1.0], [0]), Projection("n", "n", [0], [0], [1.0], [3])]
    assert run(graph(dc.LIF(1, retain=0.0, threshold=1.0), *loop), spikes(10, 0))[1] == [0, 3, 6, 9]


def test_several_synapses_of_one_pair_all_act():
    potential, _, activity = run(
        graph(dc.Integrator(1, retain=0.0), Projection("in", "n", [0] * 3, [0] * 3, [1, 2, 4], [0, 2, 2])),
        spikes(4, 0),
    )
    assert potential == [1, 0, 6, 0]
    assert activity.deliveries["in->n"].tolist() == [[1, 0, 2, 0]]


def test_spikes_due_after_the_last_step_are_counted_and_not_delivered():
    network = graph(dc.Integrator(1, retain=0.0), Projection("in", "n", [0, 0], [0, 0], [1, 1], [1, 3]))
    _, _, activity = run(network, spikes(4, 0, 2, 3))
    assert activity.late["in->n"].tolist() == [3]
    assert activity.deliveries["in->n"].sum() == 3


def test_older_spikes_are_added_first():
    """256 + 1 is 256 in bfloat16, and 1 + 1 + 256 is 258: the order decides."""
    small_first = Projection("in", "n", [0, 1, 2], [0, 0, 0], [1.0, 1.0, 256.0], [2, 2, 0])
    large_first = Projection("in", "n", [0, 1, 2], [0, 0, 0], [1.0, 1.0, 256.0], [0, 0, 2])
    at = [(0, 0), (0, 1), (2, 2)], [(2, 0), (2, 1), (0, 2)]
    for projection, places, expected in ((small_first, at[0], 258.0), (large_first, at[1], 256.0)):
        for arrivals in ("total", "state"):
            network = graph(
                dc.Integrator(1, retain=0.0), projection, inputs=3, arithmetic=Arithmetic.bfloat16(arrivals)
            )
            assert run(network, spikes(3, *places, inputs=3))[0][2] == expected


def test_arrivals_of_one_age_are_added_by_source_population_then_by_index_then_as_they_stand():
    def total(names, projections):
        populations = {name: dc.Input(3) for name in names} | {"n": dc.Integrator(1, retain=0.0)}
        network = dc.Graph(1e-3, populations, projections, arithmetic=Arithmetic.bfloat16())
        return reference.simulate(
            network, dict.fromkeys(names, np.ones((1, 1, 3), dtype=bool)), states=True
        ).potentials["n"][0, 0, 0]

    small = Projection("a", "n", [0, 1], [0, 0], [1.0, 1.0], [0, 0])
    large = Projection("b", "n", [0], [0], [256.0], [0])
    assert total(["a", "b"], [large, small]) == 258  # by population, not by projection
    assert total(["b", "a"], [large, small]) == 256
    assert (
        total(["a"], [Projection("a", "n", [2, 0, 1], [0] * 3, [256.0, 1.0, 1.0], [0] * 3)]) == 258
    )  # by index
    assert (
        total(["a"], [Projection("a", "n", [0, 0, 0], [0] * 3, [256.0, 1.0, 1.0], [0] * 3)]) == 256
    )  # as they stand
    assert total(["a"], [Projection("a", "n", [0, 0, 0], [0] * 3, [1.0, 1.0, 256.0], [0] * 3)]) == 258


def test_arrivals_go_into_the_decayed_state_or_into_a_sum_of_their_own():
    projection = Projection("in", "n", [0, 1, 2], [0, 0, 0], [256.0, 1.0, 1.0], [0, 0, 0])
    given_spikes = spikes(2, (0, 0), (1, 1), (1, 2), inputs=3)
    into_state = graph(
        dc.Integrator(1, retain=1.0), projection, inputs=3, arithmetic=Arithmetic.bfloat16("state")
    )
    into_total = into_state.with_(arithmetic=Arithmetic.bfloat16("total"))
    assert run(into_state, given_spikes)[0] == [256.0, 256.0]
    assert run(into_total, given_spikes)[0] == [256.0, 258.0]


@pytest.mark.parametrize(
    ("overflow", "expected"), [("clip", [100.0, 127.0, 127.0]), ("wrap", [100.0, -56.0, 44.0])]
)
def test_what_leaves_the_range_is_clipped_or_wrapped_and_counted(overflow, expected):
    eight = fixed_point(8, overflow=overflow)
    arithmetic = Arithmetic(weight=eight, total=fixed_point(9), potential=eight, current=eight)
    network = graph(
        dc.Integrator(1, retain=1.0), Projection("in", "n", [0], [0], [100], [0]), arithmetic=arithmetic
    )
    potential, _, activity = run(network, spikes(3, 0, 1, 2))
    assert potential == expected
    assert activity.overflow["n"].tolist() == [{"clip": [0, 1, 1], "wrap": [0, 1, 0]}[overflow]]


def test_a_reset_that_leaves_the_range_is_counted():
    eight = fixed_point(8)
    network = graph(
        dc.LIF(1, retain=1.0, threshold=-100.0, reset="subtract"),
        Projection("in", "n", [0], [0], [100], [0]),
        arithmetic=Arithmetic(weight=eight, potential=eight),
    )
    _, fired, activity = run(network, spikes(1, 0))
    assert fired == [0]
    assert activity.overflow["n"].tolist() == [[1]]  # 100 - -100 is clipped


def test_a_population_is_held_at_rest_until_it_starts():
    potential, _, activity = run(graph(dc.Integrator(1, retain=1.0, bias=1.0, start=2)), spikes(4, 0, 3))
    assert potential == [0.0, 0.0, 1.0, 3.0]
    assert activity.deliveries["in->n"].sum() == 2


def test_nothing_passes_from_one_sample_to_the_next():
    network = graph(
        dc.AdaptiveLIF(1, retain=1.0, threshold=1.0, refractory=3, adaptation=1.0),
        Projection("in", "n", [0], [0], [0.6], [2]),
    )
    rng = np.random.default_rng(0)
    many = rng.random((6, 12, 1)) < 0.5
    together = reference.simulate(network, many, states=True)
    for n in range(6):
        alone = reference.simulate(network, many[n : n + 1], states=True)
        assert np.array_equal(alone.potentials["n"], together.potentials["n"][n : n + 1])
        assert np.array_equal(alone.spikes["n"], together.spikes["n"][n : n + 1])


def test_potentials_are_kept_of_the_read_out_and_of_what_is_asked_for():
    network = dc.Graph.from_arrays([np.ones((1, 2)), np.ones((2, 2))])
    kept = [
        set(reference.simulate(network, spikes(3, 0), states).potentials)
        for states in (False, True, ["h1"], [])
    ]
    assert kept == [{"out"}, {"h1", "out"}, {"h1", "out"}, {"out"}]
    with pytest.raises(DataError, match="no population 'in' that computes"):
        reference.simulate(network, spikes(3, 0), ["in"])


def test_a_kind_without_a_meaning_says_how_to_give_it_one():
    from dataclasses import dataclass

    @dataclass(frozen=True, eq=False)
    class Unknown(dc.Population):
        kind = "unknown_test_kind"

    with pytest.raises(TypeError, match=r"register delaycore\.reference\.decay"):
        reference.simulate(graph(Unknown(1)), spikes(2))


@pytest.mark.parametrize("shape", [(0, 5), (2, 0), (0, 0)])
def test_no_samples_or_no_steps_are_no_activity(shape):
    activity = reference.simulate(
        graph(dc.LIF(1, retain=0.5, threshold=1.0)), np.zeros((*shape, 1), dtype=bool), states=True
    )
    assert activity.spikes["n"].shape == (*shape, 1)
    assert activity.late["in->n"].shape == shape[:1]
