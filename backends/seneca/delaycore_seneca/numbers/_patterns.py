"""Numbers as the patterns of bits that lie in the chip's memories, and patterns packed into words."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from delaycore_seneca.numbers._arithmetic import WORD, make_weight_format

__all__ = ["count_weights_per_word", "decode_numbers", "encode_numbers", "pack_words", "unpack_words"]

Patterns = NDArray[np.uint16]


def encode_numbers(values: ArrayLike, width: int = WORD) -> Patterns:
    """The patterns of ``values``, which must be numbers of that width already: nothing is rounded here.

    A bfloat16 number (width 16) is the upper half of the float32 that equals it; whole numbers are two's
    complement.
    """
    x = np.asarray(values, dtype=np.float64)
    assert make_weight_format(width).holds(x).all(), (
        "numbers are rounded by quantize, before they are encoded"
    )
    if width == WORD:
        return (x.astype(np.float32).view(np.uint32) >> np.uint32(16)).astype(np.uint16)
    return (x.astype(np.int64) & ((1 << width) - 1)).astype(np.uint16)


def decode_numbers(patterns: Patterns, width: int = WORD) -> NDArray[np.float64]:
    """The numbers of ``width`` bits that patterns stand for."""
    if width == WORD:
        wide = np.ascontiguousarray(patterns, dtype=np.uint16).astype(np.uint32) << np.uint32(16)
        return np.asarray(wide.view(np.float32), dtype=np.float64)
    x = patterns.astype(np.int64)
    return np.asarray(x - ((x >> (width - 1)) << width), dtype=np.float64)


def count_weights_per_word(width: int) -> int:
    """Weights of ``width`` bits in a word: one bfloat16 number, or as many whole numbers as find room."""
    return WORD // width


def pack_words(patterns: Patterns, width: int) -> Patterns:
    """Patterns [..., groups, lanes] as words [..., words, lanes]: an element's neighbouring groups share its
    words, the first one on top.
    """
    groups, n = patterns.shape[-2], count_weights_per_word(width)
    missing = [(0, 0)] * patterns.ndim
    missing[-2] = (0, -groups % n)
    split = np.pad(patterns, missing).reshape(*patterns.shape[:-2], -(-groups // n), n, patterns.shape[-1])
    shifts = (WORD - width * np.arange(1, n + 1)).astype(np.uint16)
    return np.asarray(np.bitwise_or.reduce(split << shifts[:, None], axis=-2), dtype=np.uint16)


def unpack_words(words: Patterns, width: int) -> Patterns:
    """The patterns [..., groups, lanes] of words [..., words, lanes]; the last groups may be ones that only
    fill a word.
    """
    n = count_weights_per_word(width)
    shifts = (WORD - width * np.arange(1, n + 1)).astype(np.uint16)
    split = (words[..., :, None, :] >> shifts[:, None]) & np.uint16((1 << width) - 1)
    return np.asarray(split.reshape(*words.shape[:-2], words.shape[-2] * n, words.shape[-1]), dtype=np.uint16)
