"""Bytes of a file, changed at random as a bad disk, a cut transfer or a careless editor would."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

__all__ = ["NUMBERS", "Rng", "mutate_bytes", "pick"]

Rng = np.random.Generator

NUMBERS = (
    *(b"0", b"-1", b"1", b"2", b"255", b"65536", b"2147483648", b"4294967295"),
    *(b"9007199254740993", b"9223372036854775807", b"9223372036854775808", b"-9223372036854775809"),
    *(b"18446744073709551615", b"100000000000000000000", b"1e308", b"1e309", b"-1e308", b"1e-320", b"-0.0"),
    *(b"NaN", b"Infinity", b"-Infinity", b"nan", b"inf", b"0x10", b"1_000", b"07", b"1.5", b"9" * 5_000),
)
"""What numbers in a text become: the ends of ranges, and what some parsers take and others do not."""

_PATTERNS = (b"\x00", b"\xff", b"\x7f\xff\xff\xff", b"\x80\x00\x00\x00", b"\xff" * 8, bytes(7) + b"\x80")


def pick(rng: Rng, options: object) -> object:
    """Return one of a sequence, whatever its entries are."""
    return options[int(rng.integers(len(options)))]  # type: ignore[index, arg-type]


def _flip(rng: Rng, data: bytearray, count: int) -> None:
    for at in rng.integers(0, 8 * len(data), count):
        data[int(at) // 8] ^= 1 << (int(at) % 8)


def _flip_one(rng: Rng, data: bytearray) -> None:
    _flip(rng, data, 1)


def _flip_some(rng: Rng, data: bytearray) -> None:
    _flip(rng, data, int(rng.integers(2, 9)))


def _flip_many(rng: Rng, data: bytearray) -> None:
    _flip(rng, data, int(rng.integers(9, 300)))


def _flip_early(rng: Rng, data: bytearray) -> None:
    """Flip bits near the beginning, where headers are."""
    begin = data[: max(1, int(rng.integers(1, 200)))]
    _flip(rng, begin, int(rng.integers(1, 4)))
    data[: len(begin)] = begin


def _replace(rng: Rng, data: bytearray) -> None:
    for at in rng.integers(0, len(data), int(rng.integers(1, 9))):
        data[int(at)] = int(rng.integers(256))


def _insert(rng: Rng, data: bytearray) -> None:
    at, size = int(rng.integers(len(data) + 1)), int(rng.integers(1, 40))
    data[at:at] = rng.bytes(size) if rng.random() < 0.5 else bytes(size)


def _remove(rng: Rng, data: bytearray) -> None:
    at, size = int(rng.integers(len(data))), int(rng.integers(1, 40))
    del data[at : at + size]


def _truncate(rng: Rng, data: bytearray) -> None:
    del data[int(rng.integers(len(data))) :]


def _append(rng: Rng, data: bytearray) -> None:
    data += rng.bytes(int(rng.integers(1, 200)))


def _cut_block(rng: Rng, data: bytearray) -> tuple[int, int]:
    size = int(2 ** rng.uniform(0, np.log2(len(data) + 1)))
    return int(rng.integers(max(1, len(data) - size + 1))), size


def _swap_blocks(rng: Rng, data: bytearray) -> None:
    first, size = _cut_block(rng, data)
    second = int(rng.integers(max(1, len(data) - size + 1)))
    one, other = data[first : first + size], data[second : second + size]
    data[first : first + size], data[second : second + size] = other, one


def _double_block(rng: Rng, data: bytearray) -> None:
    at, size = _cut_block(rng, data)
    data[at:at] = data[at : at + size]


def _overwrite_block(rng: Rng, data: bytearray) -> None:
    """Write a copy of one block over another."""
    (source, size), target = _cut_block(rng, data), int(rng.integers(len(data)))
    block = data[source : source + size][: len(data) - target]
    data[target : target + len(block)] = block


def _zero_block(rng: Rng, data: bytearray) -> None:
    at, size = _cut_block(rng, data)
    data[at : at + size] = bytes(len(data[at : at + size]))


def _write_pattern(rng: Rng, data: bytearray) -> None:
    pattern = pick(rng, _PATTERNS)
    assert isinstance(pattern, bytes)
    at = int(rng.integers(len(data)))
    data[at : at + len(pattern)] = pattern


def _write_integer(rng: Rng, data: bytearray) -> None:
    """Change a number of 2, 4 or 8 bytes by a little, or make it one at the end of a range."""
    size = int(rng.choice([2, 4, 8]))
    at = int(rng.integers(max(1, len(data) - size + 1)))
    at -= at % size if rng.random() < 0.7 else 0
    found = int.from_bytes(data[at : at + size], "little")
    ends = [0, 1, 2 ** (8 * size) - 1, 2 ** (8 * size - 1), 2 ** (8 * size - 1) - 1, 2**31, found * 2]
    value = found + int(rng.integers(-3, 4)) if rng.random() < 0.5 else ends[int(rng.integers(len(ends)))]
    data[at : at + size] = (value % 2 ** (8 * size)).to_bytes(size, "little")


_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")


def _write_number(rng: Rng, data: bytearray) -> None:
    """Replace a number that is written in digits."""
    found = list(_NUMBER.finditer(bytes(data[:100_000])))
    if found:
        one = found[int(rng.integers(len(found)))]
        number = pick(rng, NUMBERS)
        assert isinstance(number, bytes)
        data[one.start() : one.end()] = number


_MUTATORS: tuple[Callable[[Rng, bytearray], None], ...] = (
    *(_flip_one, _flip_one, _flip_some, _flip_many, _flip_early, _replace, _insert, _remove, _truncate),
    *(_append, _swap_blocks, _double_block, _overwrite_block, _zero_block, _write_pattern, _write_integer),
    *(_write_integer, _write_number, _write_number),
)


def mutate_bytes(rng: Rng, data: bytes) -> bytes:
    """Return ``data`` after one change, or after two or three."""
    changed = bytearray(data)
    for _ in range(1 if rng.random() < 0.8 else int(rng.integers(2, 4))):
        mutator = pick(rng, _MUTATORS)
        if changed:
            mutator(rng, changed)  # type: ignore[operator]
    return bytes(changed)
