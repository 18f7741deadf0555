"""Weights as patterns of bits, and patterns packed into the words of a processing element."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from delaycore_seneca import bfloat
from delaycore_seneca.integers import WORD, weight_format

__all__ = ["decode", "encode", "fields", "pack", "unpack"]

Patterns = NDArray[np.uint16]


def fields(width: int) -> int:
    """Weights of ``width`` bits in a word: one bfloat16 number, or as many whole numbers as find room."""
    return WORD // width


def encode(weights: ArrayLike, width: int) -> Patterns:
    """The patterns of weights that are numbers of that width already: nothing is rounded here.  Whole numbers
    are two's complement.
    """
    if width == WORD:
        return bfloat.encode(weights)
    w = np.asarray(weights, dtype=np.float64)
    assert weight_format(width).holds(w).all(), "numbers are rounded by quantize, before they are encoded"
    return (w.astype(np.int64) & ((1 << width) - 1)).astype(np.uint16)


def decode(patterns: Patterns, width: int) -> NDArray[np.float64]:
    """The weights that patterns stand for."""
    if width == WORD:
        return bfloat.decode(patterns)
    x = patterns.astype(np.int64)
    return np.asarray(x - ((x >> (width - 1)) << width), dtype=np.float64)


def pack(patterns: Patterns, width: int) -> Patterns:
    """Patterns [..., groups, lanes] as words [..., words, lanes]: an element's neighbouring groups share its
    words, the first one on top.
    """
    groups, n = patterns.shape[-2], fields(width)
    missing = [(0, 0)] * patterns.ndim
    missing[-2] = (0, -groups % n)
    split = np.pad(patterns, missing).reshape(*patterns.shape[:-2], -(-groups // n), n, patterns.shape[-1])
    shifts = (WORD - width * np.arange(1, n + 1)).astype(np.uint16)
    return np.asarray(np.bitwise_or.reduce(split << shifts[:, None], axis=-2), dtype=np.uint16)


def unpack(words: Patterns, width: int) -> Patterns:
    """The patterns [..., groups, lanes] of words [..., words, lanes]; the last groups may be ones that only
    fill a word.
    """
    n = fields(width)
    shifts = (WORD - width * np.arange(1, n + 1)).astype(np.uint16)
    split = (words[..., :, None, :] >> shifts[:, None]) & np.uint16((1 << width) - 1)
    return np.asarray(split.reshape(*words.shape[:-2], words.shape[-2] * n, words.shape[-1]), dtype=np.uint16)
