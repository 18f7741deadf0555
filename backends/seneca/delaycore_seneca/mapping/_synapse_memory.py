"""One fan in data memory: arrays of either layout are written, and synapses are read back from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaycore.hardware import store_exactly
from delaycore_seneca.mapping._synapses import LANES, Fan, count_earlier_equals, pad_to_lanes, sort_fan
from delaycore_seneca.numbers import WIDTHS, WORD, decode_numbers, encode_numbers, pack_words, unpack_words

__all__ = ["read_fan", "write_fan"]


def write_fan(fan: Fan) -> dict[str, NDArray[Any]]:
    """The arrays that hold a fan.

    dense:      ``delays`` of the levels; ``weights`` [levels, sources, words in full groups].
    compressed: ``delays`` in use; ``rows``, where the groups of each source and delay begin, [sources *
                delays + 1]; ``weights`` and ``numbers`` (of neurons), [groups, 8].  Element l of a group
                works on neurons of number l modulo 8; idle ones add 0. Where weights are whole numbers,
                ``entries`` [groups, 8] has both in a word, the weight on top.
    """
    if fan.layout == "dense":
        patterns = np.zeros((len(fan.levels), fan.sources, pad_to_lanes(fan.posts)), dtype=np.uint16)
        patterns[fan.level, fan.pre, fan.post] = encode_numbers(fan.weight, fan.width)
        words = pack_words(patterns.reshape(*patterns.shape[:2], -1, LANES), fan.width)
        delays = store_exactly(fan.levels, np.uint16, "delays")
        return {"delays": delays, "weights": words.reshape(*patterns.shape[:2], -1)}
    rows = np.r_[0, np.cumsum(fan.row_groups.reshape(-1))]
    weights = np.zeros((rows[-1], LANES), dtype=np.uint16)
    numbers = np.tile(np.arange(LANES, dtype=np.uint16), (rows[-1], 1))
    row = fan.pre * len(fan.delays) + np.searchsorted(fan.delays, fan.delay)
    lane = fan.post % LANES
    order = np.lexsort((fan.copy, fan.post, lane, row))
    place = np.empty(len(row), dtype=np.int64)
    place[order] = count_earlier_equals(row[order] * LANES + lane[order])
    weights[rows[row] + place, lane] = encode_numbers(fan.weight, fan.width)
    numbers[rows[row] + place, lane] = fan.post
    index = {
        "delays": store_exactly(fan.delays, np.uint16, "delays"),
        "rows": store_exactly(rows, np.uint32, "rows"),
    }
    if fan.width == WORD:
        return index | {"weights": weights, "numbers": numbers}
    return index | {"entries": weights << np.uint16(WORD - fan.width) | numbers // LANES}


def read_fan(
    image: Mapping[str, NDArray[Any]], name: str, source: str, sources: int, posts: int, width: int = WORD
) -> Fan:
    """The fan whose arrays are called ``name/...``, with weights of ``width`` bits.  Raises `ValueError` for
    arrays that make none.
    """
    if width not in (*WIDTHS, WORD):
        raise ValueError(f"weights from {source} cannot have {width} bits")
    delays = image[f"{name}/delays"].astype(np.int64)
    if f"{name}/rows" not in image:
        words = image[f"{name}/weights"]
        patterns = unpack_words(words.reshape(*words.shape[:2], -1, LANES), width).reshape(
            *words.shape[:2], -1
        )
        weights = decode_numbers(patterns, width)
        level, pre, post = np.nonzero(weights)
        copy = level - np.searchsorted(delays, delays)[level]
        return sort_fan(
            source, sources, posts, pre, post, delays[level], weights[level, pre, post], copy, "dense", width
        )
    weights, numbers = _read_entries(image, name, width)
    group, lane = np.nonzero(weights)
    row = np.searchsorted(image[f"{name}/rows"].astype(np.int64), group, side="right") - 1
    post = numbers.astype(np.int64)[group, lane]
    pre, delay = row // len(delays), delays[row % len(delays)]
    return sort_fan(
        source, sources, posts, pre, post, delay, weights[group, lane], group, "compressed", width
    )


def _read_entries(
    image: Mapping[str, NDArray[Any]], name: str, width: int
) -> tuple[NDArray[np.float64], NDArray[np.uint16]]:
    """Weights and numbers of neurons in the compressed layout, both [groups, 8]."""
    if width == WORD:
        return decode_numbers(image[f"{name}/weights"], width), image[f"{name}/numbers"]
    entries, below = image[f"{name}/entries"], WORD - width
    numbers = (entries & np.uint16((1 << below) - 1)) * np.uint16(LANES) + np.arange(LANES, dtype=np.uint16)
    return decode_numbers(entries >> np.uint16(below), width), np.asarray(numbers, dtype=np.uint16)
