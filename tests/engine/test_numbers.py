"""The compiled rounding of one number is that of the formats."""

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st
from numba import njit

from delaycore.engine._numbers import overflow, pack_format, round_number
from delaycore.graph import BFLOAT16, FLOAT32, FLOAT64, Format, fixed_point

FORMATS = [
    FLOAT64,
    FLOAT32,
    BFLOAT16,
    *(
        fixed_point(bits, overflow=o, rounding=r)
        for bits in (1, 6, 24)
        for o in ("clip", "wrap")
        for r in ("nearest_even", "nearest_away", "toward_zero", "floor")
    ),
    Format(family="fixed", step=0.1, minimum=-8 * 0.1, maximum=7 * 0.1, overflow="wrap"),
    Format(family="fixed", step=2.0**-9, minimum=0.0, maximum=1.0),
    *(
        Format(family="fixed", step=0.15, minimum=-8 * 0.15, maximum=127 * 0.15, overflow=o, rounding=r)
        for o in ("clip", "wrap")
        for r in ("nearest_away", "toward_zero", "floor")
    ),
    Format(family="fixed", step=0.25),
]
VALUES = st.one_of(
    st.floats(), st.floats(width=32), st.floats(-300, 300), st.integers(-1200, 1200).map(lambda n: n / 4)
)


@njit
def both(values, number, round_out, beyond_out):
    for i in range(len(values)):
        round_out[i] = round_number(values[i], number)
        beyond_out[i] = overflow(values[i], number)


@given(st.sampled_from(FORMATS), st.lists(VALUES, min_size=1, max_size=50))
@example(
    BFLOAT16,
    [
        1e-40,
        -1e-40,
        4.591774807899561e-41,
        2.0**-126,
        2.0**-133,
        3.3961775292304957e38,
        3.3895313892515355e38,
        np.inf,
        np.nan,
        -0.0,
    ],
)
@example(fixed_point(6, rounding="floor"), [2.0**63, -(2.0**63)])
@example(fixed_point(6), [np.inf, -np.inf, np.nan])
@example(fixed_point(6, overflow="wrap"), [np.inf, -np.inf, np.nan, 1e300, -31.5, 31.5, -32.5])
def test_one_number_is_rounded_and_judged_as_by_its_format(number, values):
    values = np.array(values)
    fast, outside = np.empty_like(values), np.empty(len(values), dtype=np.int64)
    both(values, pack_format(number), fast, outside)
    with np.errstate(invalid="ignore"):
        assert np.array_equal(fast, number.round(values), equal_nan=True)
        assert np.array_equal(outside != 0, number.overflows(values))


def test_bfloat16_is_rounded_alike_at_every_exponent_and_tie():
    bits = (np.arange(2**16, dtype=np.uint32)[:, None] << 16) | np.array(
        [0, 0x7FFF, 0x8000, 0x8001], dtype=np.uint32
    )
    with np.errstate(invalid="ignore"):  # signalling NaNs
        values = bits.ravel().view(np.float32).astype(np.float64)
    fast, outside = np.empty_like(values), np.empty(len(values), dtype=np.int64)
    both(values, pack_format(BFLOAT16), fast, outside)
    assert np.array_equal(fast, BFLOAT16.round(values), equal_nan=True)
    assert np.array_equal(outside != 0, BFLOAT16.overflows(values))
