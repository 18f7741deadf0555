"""Recorded spikes in a file, and assumed spikes, which are spread evenly."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaycore._files import read_tensors, write_tensors
from delaycore._values import require_seed
from delaycore.errors import DataError, Problem

__all__ = ["load_spikes", "save_spikes", "spread_spikes"]

VERSION = 1


def spread_spikes(count: int, neurons: int, steps: int, samples: int = 1, seed: int = 0) -> NDArray[np.bool_]:
    """Return ``count`` spikes in every sample, bool [samples, steps, neurons], spread as evenly as whole
    numbers allow.

    Steps differ by at most one spike, and so do neurons; the order of the neurons is drawn anew for every
    sample.

    Raises `DataError` for more spikes than a sample has neurons and steps.
    """
    if not 0 <= count <= neurons * steps:
        raise DataError.at(
            "spikes",
            f"{count} do not fit {neurons} neurons in {steps} steps",
            "a neuron fires at most once in a step",
        )
    rng = np.random.default_rng(require_seed(seed))
    spikes = np.zeros((samples, steps, neurons), dtype=np.bool_)
    nth = np.arange(count)
    step = nth * steps // max(count, 1)
    # spikes of one step follow each other in the cycle of neurons, and are at most as many: none falls
    # on another
    for sample in spikes:
        sample[step, rng.permutation(neurons)[nth % neurons]] = True
    return spikes


def save_spikes(path: str | os.PathLike[str], spikes: Mapping[str, NDArray[np.bool_]]) -> None:
    """Write the spikes of populations, bool [samples, steps, neurons], to one safetensors file, with eight of
    them in a byte.

    The file is written whole or not at all.  Raises `DataError` for arrays of another type than bool.
    """
    if not isinstance(spikes, Mapping):
        message = f"must be a mapping from population to array, not {type(spikes).__name__}"
        raise DataError.at("spikes", message, "give result.spikes of a run")
    DataError.collect(
        Problem(f"spikes[{name!r}]", f"are {np.asarray(array).dtype}, not bool", "give array != 0")
        for name, array in spikes.items()
        if np.asarray(array).dtype != np.bool_
    )
    shapes = {name: list(np.shape(array)) for name, array in spikes.items()}
    packed = {name: np.packbits(np.asarray(array)) for name, array in spikes.items()}
    write_tensors(path, "activity", VERSION, {"shapes": shapes}, packed)


def _unpack(packed: NDArray[Any], shape: tuple[Any, ...]) -> NDArray[np.bool_]:
    """Return spikes of ``shape``, of which eight lie in a byte.  Raises ValueError where they are others."""
    if not all(isinstance(n, int) and n >= 0 for n in shape):
        raise ValueError(f"a shape is {shape!r:.80}")
    count = math.prod(shape)
    if packed.dtype != np.uint8 or packed.shape != (-(-count // 8),):
        raise ValueError(f"{packed.dtype} {list(packed.shape)} for spikes of shape {list(shape)}")
    return np.unpackbits(packed, count=count).reshape(shape).astype(np.bool_)


def load_spikes(path: str | os.PathLike[str]) -> dict[str, NDArray[np.bool_]]:
    """Read the spikes that `save_spikes` wrote, bool [samples, steps, neurons], by population.

    Raises `FileError` for any other file, `DataError` for spikes that are damaged.
    """
    description, arrays = read_tensors(path, "activity", VERSION)
    try:
        return {
            str(name): _unpack(arrays[name], tuple(shape)) for name, shape in description["shapes"].items()
        }
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DataError.at(path, f"its spikes are damaged ({error})", "record the run again") from None
