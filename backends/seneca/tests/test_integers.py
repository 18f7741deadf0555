"""Weights of a few bits: the scale that is chosen, what it loses, and a quantization that is done once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from delaycore_seneca.numbers import WIDTHS, choose_scale, make_arithmetic, make_weight_format
from hypothesis import given, settings
from hypothesis import strategies as st

import delaycore as dc
from delaycore.conformance import live_network
from delaycore.graph import BFLOAT16

KINDS = ("lif", "current_lif", "adaptive_lif")
BITS = st.sampled_from(WIDTHS)
SEEDS = st.integers(0, 2**32 - 1)


def network(seed: int) -> dc.Graph:
    return live_network(seed, kinds=KINDS, resets=("zero", "subtract"), samples=1, steps=24).graph


def onto_one(weights: np.ndarray, **neuron: Any) -> dc.Graph:
    n = len(weights)
    values: dict[str, Any] = {"retain": 0.5, "threshold": 1.0} | neuron
    cell = dc.LIF(1, **values)
    return dc.Graph(
        1e-3,
        {"in": dc.Input(n), "h": cell},
        [dc.Projection("in", "h", np.arange(n), np.zeros(n, int), weights, np.ones(n, int))],
    )


def squared_error(weights: np.ndarray, width: int, scale: float) -> float:
    return float(
        (((make_weight_format(width, scale).round(weights) - weights) / np.abs(weights).max()) ** 2).sum()
    )


@given(
    SEEDS,
    BITS,
    st.sampled_from(["normal", "laplace", "uniform", "standard_cauchy"]),
    st.integers(1, 300),
    st.integers(-40, 40),
)
def test_no_other_power_of_two_has_a_smaller_error(seed, width, drawn, number, octave):
    weights = getattr(np.random.default_rng(seed), drawn)(size=number) * 2.0**octave
    scale = choose_scale(onto_one(weights), "h", width)
    at = int(np.log2(scale))
    assert scale == 2.0**at
    least = min(squared_error(weights, width, 2.0 ** (at + k)) for k in range(-24, 25))
    assert squared_error(weights, width, scale) == least


@given(SEEDS, BITS, st.integers(1, 30))
def test_rounded_weights_are_given_their_grid_again(seed, width, number):
    drawn = np.random.default_rng(seed).normal(size=number) * 2.0 ** np.random.default_rng(seed + 1).integers(
        -9, 2, number
    )
    scale = choose_scale(onto_one(drawn), "h", width)
    assert choose_scale(onto_one(make_weight_format(width, scale).round(drawn)), "h", width) == scale


def test_weights_that_all_become_0_and_none_at_all_have_no_scale():
    assert (
        choose_scale(onto_one(np.zeros(3)), "h", 8)
        == choose_scale(onto_one(np.array([1e-300])), "h", 8)
        == 1.0
    )


def test_many_bits_clip_nothing_and_few_clip_the_large_to_keep_the_small():
    weights = np.random.default_rng(0).normal(size=2000)
    clipped = {
        width: int(
            make_weight_format(width, choose_scale(onto_one(weights), "h", width)).overflows(weights).sum()
        )
        for width in (2, 8)
    }
    assert clipped[8] == 0 < clipped[2]


@settings(max_examples=40)
@given(SEEDS, BITS)
def test_weights_are_whole_numbers_and_everything_else_is_moved_into_their_unit_without_a_loss(seed, width):
    made = network(seed)
    exact, _ = dc.quantize(made, target="seneca", weight_bits=width)
    plain, _ = dc.quantize(made, target="seneca")
    scale = dc.load_backend("seneca").quantization_scheme(made, weight_bits=width).scale
    assert exact.arithmetic == make_arithmetic(width)
    for p in exact.projections:
        assert (p.weight == np.rint(p.weight)).all() and (np.abs(p.weight + 0.5) < 2 ** (width - 1)).all()
    for name, population in exact.populations.items():
        for q in population.parameters():
            s = scale[name] if q in population.in_potential else 1.0
            assert np.array_equal(getattr(population, q), getattr(plain.populations[name], q) * s)
            assert BFLOAT16.holds(getattr(population, q)).all()


@settings(max_examples=40)
@given(SEEDS, BITS)
def test_quantizing_twice_is_quantizing_once(seed, width):
    once, losses = dc.quantize(network(seed), target="seneca", weight_bits=width)
    assert losses
    for options in ({}, {"weight_bits": width}):
        twice, none = dc.quantize(once, target="seneca", **options)
        assert twice == once and not none
    wider, none = dc.quantize(once, target="seneca", weights="bfloat16")
    assert not none and wider.arithmetic == make_arithmetic()
    for more in range(width + 1, 9):
        assert not dc.quantize(once, target="seneca", weight_bits=more)[1]


@settings(max_examples=40)
@given(SEEDS, BITS)
def test_what_was_trained_on_the_grid_is_deployed_without_a_loss(seed, width):
    backend = dc.load_backend("seneca")
    made = network(seed)
    trained, _ = dc.hardware.round_to(made, backend.quantization_scheme(made, weight_bits=width))
    again, losses = dc.quantize(trained, target="seneca", weight_bits=width)
    assert again == dc.quantize(made, target="seneca", weight_bits=width)[0] and not losses


@settings(max_examples=40)
@given(SEEDS, BITS)
def test_losses_count_what_was_rounded_and_what_was_clipped(seed, width):
    made = network(seed)
    exact, losses = dc.quantize(made, target="seneca", weight_bits=width)
    scheme = dc.load_backend("seneca").quantization_scheme(made, weight_bits=width)
    for p, q in zip(made.projections, exact.projections, strict=True):
        moved = q.weight / scheme.scale[p.target] - p.weight
        overflow = scheme.weights[p.name].overflows(p.weight)
        for change, there in (("clipped", overflow), ("rounded", ~overflow)):
            seen = [
                (loss.count, loss.largest)
                for loss in losses
                if (loss.place, loss.change) == (f"{p.place}.weight", change)
            ]
            count = int((moved[there] != 0).sum())
            assert seen == ([(count, float(np.abs(moved[there]).max()))] if count else [])


@pytest.mark.parametrize(
    ("weight", "threshold"),
    [(1e-30, 1e20), (1e30, 1e-20), (1e-300, 1.0), (1.0, 3e38), (1e-44, 1e-40), (1e300, 1.0)],
)
def test_a_scale_keeps_thresholds_and_biases_exact_however_far_weights_are_from_them(weight, threshold):
    made = onto_one(np.array([weight, -weight / 3]), threshold=threshold, bias=threshold / 7)
    exact, _ = dc.quantize(made, target="seneca", weight_bits=8)
    for q in ("threshold", "bias"):
        assert BFLOAT16.holds(getattr(exact.populations["h"], q)).all()
    assert dc.quantize(exact, target="seneca")[0] == exact


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"weight_bits": 1}, "option 'weight_bits': must be a number of at least 2, not 1"),
        ({"weight_bits": 9}, "at most 8"),
        ({"weight_bits": 4.0}, "a whole number"),
        ({"weight_bits": True}, "a whole number"),
        ({"weights": "int4"}, "'bfloat16' or 'int8'"),
        ({"weights": "bfloat16", "weight_bits": 8}, "have 16 bits"),
    ],
)
def test_widths_that_make_no_sense_are_refused_at_every_door(options, said):
    backend, made = dc.load_backend("seneca"), network(0)
    for door in (backend.check, backend.map, backend.quantize, backend.quantization_scheme):
        with pytest.raises(dc.SettingsError, match=said):
            door(made, **options)


def test_bits_alone_mean_whole_numbers_and_whole_numbers_alone_mean_eight_bits():
    backend, made = dc.load_backend("seneca"), network(0)
    assert (
        backend.quantize(made, weight_bits=8)
        == backend.quantize(made, weights="int8")
        == backend.quantize(made, weights="int8", weight_bits=8)
    )
    assert (
        backend.quantize(made)
        == backend.quantize(made, weights="bfloat16")
        != backend.quantize(made, weights="int8")
    )
