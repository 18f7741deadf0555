"""Safetensors files, changed in their bytes, in their header, or by somebody who makes the checksum anew."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
from safetensors.numpy import load, save

from delaycore._files._seals import UNSEALED, seal
from delaycore._files._tensors import _KEY as KEY
from tests.fuzz.mutated_bytes import Rng, mutate_bytes, pick
from tests.fuzz.mutated_documents import mutate_tree, write_json_text

__all__ = ["mutate_tensors", "reseal_tensors"]

Arrays = dict[str, np.ndarray]

_TYPES = ("?", "i1", "u1", "i2", "i4", "u4", "i8", "u8", "f2", "f4", "f8")

_EXTREMES = (
    0,
    1,
    -1,
    2,
    2**31,
    2**53 + 1,
    2**63 - 1,
    -(2**63),
    np.nan,
    np.inf,
    -np.inf,
    1e308,
    5e-324,
    -0.0,
    0.5,
)


def mutate_tensors(rng: Rng, data: bytes) -> bytes:
    """Change the bytes, or the header, whose checksum stays what it was or goes."""
    way = rng.random()
    if way < 0.5:
        return mutate_bytes(rng, data)
    size = int.from_bytes(data[:8], "little")
    header, rest = data[8 : 8 + size], data[8 + size :]
    if way < 0.65:
        changed = mutate_bytes(rng, header)
        return struct.pack("<Q", len(changed) if rng.random() < 0.7 else size) + changed + rest
    tree = json.loads(header)
    if way < 0.8:
        return _join(write_json_text(mutate_tree(rng, tree)), rest)
    metadata = tree["__metadata__"]
    if rng.random() < 0.5:
        metadata[KEY] = write_json_text(mutate_tree(rng, json.loads(metadata[KEY])))
    else:
        metadata[KEY] = mutate_bytes(rng, metadata[KEY].encode()).decode("utf-8", "surrogateescape")
    return _join(json.dumps(tree), rest)


def _join(header: str, rest: bytes) -> bytes:
    written = header.encode("utf-8", "surrogateescape")
    return struct.pack("<Q", len(written)) + written + rest


def reseal_tensors(rng: Rng, data: bytes) -> bytes:
    """Change the description or the arrays, and make the checksum that belongs to them."""
    size = int.from_bytes(data[:8], "little")
    description = json.loads(json.loads(data[8 : 8 + size])["__metadata__"][KEY])
    arrays = load(data)
    text = json.dumps(description)
    way = rng.random()
    if way < 0.5 or not arrays:
        text = write_json_text(mutate_tree(rng, description))
    elif way < 0.6:
        text = mutate_bytes(rng, text.encode()).decode("utf-8", "replace")
    else:
        for _ in range(1 if rng.random() < 0.8 else 2):
            _change_arrays(rng, arrays)
    whole = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    return seal(save(whole, metadata={KEY: text, "sha256": UNSEALED}))


def _change_arrays(rng: Rng, arrays: Arrays) -> None:
    name = str(pick(rng, list(arrays))) if arrays else "x"
    array = arrays.get(name, np.zeros(2))
    match int(rng.integers(8)):
        case 0 | 1 | 2:
            arrays[name] = _change_values(rng, array)
        case 3:
            with np.errstate(all="ignore"):
                arrays[name] = array.astype(str(pick(rng, _TYPES)))
        case 4 | 5:
            arrays[name] = _change_shape(rng, array)
        case 6:
            arrays.pop(name, None)
            if rng.random() < 0.5:
                arrays[str(pick(rng, (f"{name}x", "other", "image/other", f"x/{name}")))] = array
        case _:
            other = str(pick(rng, list(arrays))) if arrays else name
            arrays[name], arrays[other] = arrays.get(other, array), array


def _change_values(rng: Rng, array: np.ndarray) -> np.ndarray:
    changed = array.copy().ravel()
    if not changed.size:
        return array
    at = rng.integers(0, changed.size, int(rng.integers(1, 4)))
    with np.errstate(all="ignore"):
        if array.dtype.kind in "iu" and rng.random() < 0.6:
            changed[at] += rng.integers(-3, 4, len(at)).astype(array.dtype)
        elif array.dtype.kind == "b":
            changed[at] ^= True
        else:
            value: Any = np.float64(pick(rng, _EXTREMES))  # type: ignore[arg-type]
            changed[at] = np.array([value]).astype(array.dtype)[0]
    return changed.reshape(array.shape)


def _change_shape(rng: Rng, array: np.ndarray) -> np.ndarray:
    flat = array.ravel()
    cut = int(rng.integers(flat.size + 1))
    ways = (
        flat,
        array[None],
        array[..., None],
        flat[:cut],
        flat[:0],
        array.T,
        np.concatenate([flat, flat[:1]]),
    )
    return np.asarray(ways[int(rng.integers(len(ways)))])
