"""The one rounding function: every format holds what it says, and rounds as it says."""

from dataclasses import replace

import ml_dtypes
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from delaycore import GraphError
from delaycore.graph import BFLOAT16, FLOAT32, FLOAT64, Format, fixed_point

REALS = st.floats(allow_nan=True, allow_infinity=True, width=64)
ROUNDINGS = ("nearest_even", "nearest_away", "toward_zero", "floor")


def fixed_formats():
    def build(low, span, power, overflow, rounding):
        step = 2.0**power
        return Format(
            family="fixed",
            step=step,
            minimum=low * step,
            maximum=(low + span) * step,
            overflow=overflow,
            rounding=rounding,
        )

    return st.builds(
        build,
        st.integers(-500, 500),
        st.integers(0, 1000),
        st.integers(-12, 12),
        st.sampled_from(["clip", "wrap"]),
        st.sampled_from(ROUNDINGS),
    )


def formats():
    return st.one_of(st.sampled_from([FLOAT64, FLOAT32, BFLOAT16]), fixed_formats())


def bits_as_float32(bits):
    with np.errstate(invalid="ignore"):  # signalling NaNs
        return np.asarray(bits, dtype=np.uint32).view(np.float32).astype(np.float64)


def test_bfloat16_is_the_cast_of_ml_dtypes_for_float32_bits_of_every_exponent():
    rng = np.random.default_rng(0)
    exponents = np.repeat(np.arange(256, dtype=np.uint32), 512) << 23
    bits = (
        exponents
        | rng.integers(0, 2**23, exponents.size, dtype=np.uint32)
        | (rng.integers(0, 2, exponents.size, dtype=np.uint32) << 31)
    )
    values = bits_as_float32(bits)
    with np.errstate(invalid="ignore", over="ignore"):
        cast = values.astype(np.float32).astype(ml_dtypes.bfloat16).astype(np.float64)
    assert np.array_equal(BFLOAT16.round(values), cast, equal_nan=True)


def test_bfloat16_rounds_ties_to_the_even_neighbour_as_ml_dtypes_does():
    kept = np.arange(0, 2**16, dtype=np.uint32) << 16
    ties = bits_as_float32(kept | 0x8000)
    just = np.concatenate([ties, bits_as_float32(kept | 0x7FFF), bits_as_float32(kept | 0x8001)])
    with np.errstate(invalid="ignore", over="ignore"):
        cast = just.astype(np.float32).astype(ml_dtypes.bfloat16).astype(np.float64)
    assert np.array_equal(BFLOAT16.round(just), cast, equal_nan=True)


def test_bfloat16_rounds_a_float64_once_and_not_by_way_of_float32():
    just_above_a_tie = 1 + 2**-8 + 2**-40  # float32 would drop the last bit, and the tie would go down to 1
    assert BFLOAT16.round(just_above_a_tie) == 1 + 2**-7


def test_float32_is_numpys_cast():
    values = np.random.default_rng(1).normal(size=1000) * 10.0 ** np.random.default_rng(2).integers(
        -44, 39, 1000
    )
    with np.errstate(over="ignore"):
        assert np.array_equal(FLOAT32.round(values), values.astype(np.float32).astype(np.float64))


@pytest.mark.parametrize(
    ("rounding", "expected"),
    [
        ("nearest_even", [-2, -2, -1, 0, 0, 0, 1, 2, 2]),
        ("nearest_away", [-3, -2, -1, -1, 0, 1, 1, 2, 3]),
        ("toward_zero", [-2, -1, 0, 0, 0, 0, 0, 1, 2]),
        ("floor", [-3, -2, -1, -1, 0, 0, 0, 1, 2]),
    ],
)
def test_a_fixed_format_rounds_as_its_mode_says(rounding, expected):
    values = [-2.5, -1.5, -0.75, -0.5, 0.0, 0.5, 0.75, 1.5, 2.5]
    assert fixed_point(8, rounding=rounding).round(values).tolist() == expected


def test_a_value_just_below_a_half_goes_down_even_where_adding_a_half_would_reach_one():
    assert fixed_point(8, rounding="nearest_away").round(0.49999999999999994) == 0


def test_a_fixed_format_clips_to_its_range_or_wraps_around_it():
    values = [127, 128, 129, 300, -128, -129, -300]
    assert fixed_point(8).round(values).tolist() == [127, 127, 127, 127, -128, -128, -128]
    assert fixed_point(8, overflow="wrap").round(values).tolist() == [127, -128, -127, 44, -128, 127, -44]


@given(st.integers(-(2**40), 2**40))
def test_wrapping_is_that_of_two_s_complement(value):
    assert fixed_point(8, overflow="wrap").round(float(value)) == np.int64(value).astype(np.int8)


@given(formats(), st.lists(REALS, max_size=20))
def test_rounding_twice_changes_nothing_more(number, values):
    once = number.round(values)
    assert np.array_equal(number.round(once), once, equal_nan=True)
    assert number.holds(once[np.isfinite(once)]).all()


@given(fixed_formats(), st.floats(-1e9, 1e9))
def test_a_clipping_format_gives_the_nearest_number_that_it_has(number, value):
    clipping = replace(number, overflow="clip")
    error = abs(float(clipping.round(value)) - min(max(value, number.minimum), number.maximum))
    assert error <= (number.step / 2 if number.rounding.startswith("nearest") else number.step)


@given(fixed_formats(), st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=20))
def test_beyond_tells_exactly_where_the_range_changed_a_value(number, values):
    unlimited = Format(family="fixed", step=number.step, rounding=number.rounding).round(values)
    assert np.array_equal(number.overflows(values), number.round(values) != unlimited)


def test_beyond_of_a_floating_format_is_where_a_finite_value_becomes_infinite():
    assert FLOAT32.overflows([1e38, 1e39, -1e39, np.inf, np.nan]).tolist() == [
        False,
        True,
        True,
        False,
        False,
    ]
    assert BFLOAT16.overflows([3.38e38, 3.4e38]).tolist() == [False, True]
    assert not FLOAT64.overflows([1e308, np.inf]).any()


@example(0.1, "nearest_even", "wrap", [])
@example(0.15, "nearest_even", "wrap", [1e16])
@example(0.1 / 3, "floor", "clip", [])
@given(
    st.floats(1e-3, 1e3),
    st.sampled_from(ROUNDINGS),
    st.sampled_from(["clip", "wrap"]),
    st.lists(st.floats(-1e17, 1e17)),
)
def test_numbers_of_a_format_whose_step_is_no_power_of_two_stay(step, rounding, overflow, values):
    ends = {"minimum": -128 * step, "maximum": 127 * step}
    number = Format(family="fixed", step=step, **ends, overflow=overflow, rounding=rounding)
    own = np.arange(-128, 128) * step
    assert number.holds(own).all() and not number.overflows(own).any()
    made = number.round(values)
    assert np.isin(made, own).all() and number.holds(made).all()


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"family": "float8"}, "Format.family"),
        ({"family": "fixed", "step": 0.0}, "step of a fixed format must be positive"),
        ({"family": "fixed", "step": float("nan")}, "step of a fixed format must be positive"),
        ({"family": "fixed", "minimum": 2, "maximum": 1}, "empty range"),
        ({"family": "fixed", "minimum": float("nan")}, "empty range"),
        ({"family": "fixed", "overflow": "wrap"}, "needs a finite range"),
        (
            {"family": "fixed", "minimum": -3.5, "maximum": 4.0},
            "no multiple of step 1.0; the nearest is -4.0",
        ),
        ({"family": "bfloat16", "step": 0.5}, "mean nothing to family 'bfloat16'"),
        ({"family": "fixed", "rounding": "stochastic", "overflow": "saturate"}, "2 problems"),
        ({"famly": "fixed"}, "Format.famly"),
        ({"family": "fixed", "maximum": 2.0**60}, r"more than 2\*\*53 steps from 0"),
    ],
)
def test_a_format_without_a_meaning_is_refused_by_field(fields, says):
    with pytest.raises(GraphError, match=says):
        Format(**fields)


@pytest.mark.parametrize("bits", [0, -3, 54, "8", 8.5])
def test_integers_that_a_float64_cannot_hold_are_refused(bits):
    with pytest.raises(GraphError, match="must be a whole number from 1 to 53"):
        fixed_point(bits)


@given(formats(), st.floats(-1e6, 1e6))
def test_nothing_lies_between_a_number_and_its_neighbours(number, value):
    x = number.round(value)
    above, below = number.next_above(x), number.next_below(x)
    assert below < x < above
    if number.family == "fixed":
        number = replace(number, minimum=-np.inf, maximum=np.inf, overflow="clip")
    for neighbour in (below, above):
        assert number.round(neighbour) == neighbour
        between = x + (neighbour - x) * np.linspace(0.0, 1.0, 9)
        assert set(number.round(between).tolist()) <= {float(x), float(neighbour)}
    assert number.next_below(above) == x == number.next_above(below)


@pytest.mark.parametrize("x", [0.0, 1.0, -1.0, 2.0, -2.0, 0.99609375, 2.0**-133, -(2.0**-126), 3.0])
def test_neighbours_of_bfloat16_are_those_of_ml_dtypes(x):
    given_, there = np.array([x], ml_dtypes.bfloat16), np.array([np.inf], ml_dtypes.bfloat16)
    assert BFLOAT16.next_above(x) == np.nextafter(given_, there).astype(np.float64)[0]
    assert BFLOAT16.next_below(x) == np.nextafter(given_, -there).astype(np.float64)[0]


@given(st.floats(1e-3, 10.0), st.integers(-50, 0), st.integers(0, 50), st.integers(-(10**6), 10**6))
def test_wrapping_gives_numbers_of_the_format_whatever_its_step(step, first, last, count):
    number = Format("fixed", step, first * step, last * step, "wrap")
    wrapped = (count - first) % (last - first + 1) + first
    assert number.round(count * step) == wrapped * step and number.holds(number.round(count * step))
