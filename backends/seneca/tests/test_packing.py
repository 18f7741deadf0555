"""Weights as bits in words."""

from __future__ import annotations

import numpy as np
import pytest
from delaycore_seneca.numbers import (
    WIDTHS,
    WORD,
    count_weights_per_word,
    decode_numbers,
    encode_numbers,
    pack_words,
    unpack_words,
)
from hypothesis import given
from hypothesis import strategies as st

WIDE = st.sampled_from([*WIDTHS, WORD])


@pytest.mark.parametrize("width", WIDTHS)
def test_every_whole_number_goes_round_in_so_many_bits(width):
    numbers = np.arange(-(2 ** (width - 1)), 2 ** (width - 1))
    patterns = encode_numbers(numbers, width)
    assert len(np.unique(patterns)) == 2**width and patterns.max() == 2**width - 1
    assert decode_numbers(patterns, width).tolist() == numbers.tolist()


def test_two_int8_share_a_word_and_eight_weights_of_two_bits_do():
    assert [count_weights_per_word(width) for width in (8, 7, 6, 5, 4, 3, 2, 16)] == [2, 2, 2, 3, 4, 5, 8, 1]
    pair = encode_numbers([[-1.0], [5.0]], 8)
    assert pack_words(pair, 8).tolist() == [[0xFF05]]
    assert pack_words(encode_numbers([[1.0], [-2.0], [3.0], [-8.0], [7.0]], 4), 4).tolist() == [
        [0x1E38],
        [0x7000],
    ]


@given(WIDE, st.integers(0, 20), st.integers(0, 3), st.integers(0, 2**32 - 1))
def test_what_is_packed_is_unpacked_in_the_fewest_words(width, groups, rows, seed):
    patterns = np.random.default_rng(seed).integers(0, 2**width, (rows, groups, 8)).astype(np.uint16)
    words = pack_words(patterns, width)
    assert words.shape == (rows, -(-groups // count_weights_per_word(width)), 8)
    back = unpack_words(words, width)
    assert np.array_equal(back[:, :groups], patterns) and not back[:, groups:].any()


def test_what_is_off_the_grid_is_not_encoded():
    for weight, width in ((0.5, 8), (128.0, 8), (-9.0, 4), (0.1, WORD)):
        with pytest.raises(AssertionError, match="rounded by quantize"):
            encode_numbers([weight], width)
