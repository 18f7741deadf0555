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
from delaycore._wording import pluralize
from delaycore.errors import DataError, Problem
from delaycore.memory import require_memory, require_memory_of

__all__ = ["load_spikes", "save_spikes", "spread_spikes"]

VERSION = 1

_SPIKE = 48
"""Bytes of an assumed spike of a sample while it is placed."""


def spread_spikes(count: int, neurons: int, steps: int, samples: int = 1, seed: int = 0) -> NDArray[np.bool_]:
    """Return ``count`` spikes in every sample, bool [samples, steps, neurons], spread as evenly as whole
    numbers allow.

    Steps differ by at most one spike, and so do neurons; the order of the neurons is drawn anew for every
    sample.

    Raises `DataError` for more spikes than a sample has neurons and steps, `OutOfMemory` where there is not
    enough memory for all samples.
    """
    if not 0 <= count <= neurons * steps:
        raise DataError.at(
            "spikes",
            f"{count} do not fit {neurons} neurons in {steps} steps",
            "a neuron fires at most once in a step",
        )
    require_memory_of(
        samples,
        steps,
        "assumed spikes",
        lambda some: {
            pluralize(neurons, "neuron"): some * steps * neurons,
            "the places of spikes": _SPIKE * count + 16 * neurons,
        },
        "assume fewer steps, or fewer neurons",
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


def load_spikes(path: str | os.PathLike[str]) -> dict[str, NDArray[np.bool_]]:
    """Read the spikes that `save_spikes` wrote, bool [samples, steps, neurons], by population.

    Raises `FileError` for any other file, `DataError` for spikes that are damaged, `OutOfMemory` for more of
    them than there is memory for; sizes are looked at before anything is unpacked.
    """
    description, arrays = read_tensors(path, "activity", VERSION)
    try:
        shapes = {str(name): _read_shape(name, shape) for name, shape in description["shapes"].items()}
        for name, shape in shapes.items():
            _require_packed(name, shape, arrays[name])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DataError.at(path, f"its spikes are damaged ({error})", "record the run again") from None
    need = {f"spikes of {name!r}": math.prod(shape) for name, shape in shapes.items()}
    require_memory(str(path), need, "record fewer samples: delaycore simulate --samples N")
    return {
        name: np.unpackbits(arrays[name], count=math.prod(shape)).view(np.bool_).reshape(shape)
        for name, shape in shapes.items()
    }


def _read_shape(name: str, shape: Any) -> tuple[int, ...]:
    if not isinstance(shape, list) or len(shape) != 3 or not all(type(n) is int and n >= 0 for n in shape):
        raise ValueError(f"those of {name!r} have the shape {shape!r:.80}, not [samples, steps, neurons]")
    return tuple(shape)


def _require_packed(name: str, shape: tuple[int, ...], packed: NDArray[Any]) -> None:
    """Raise ValueError unless ``packed`` has as many bytes as spikes of this shape take."""
    size = -(-math.prod(shape) // 8)
    if packed.dtype != np.uint8 or packed.shape != (size,):
        found = f"{packed.dtype} {list(packed.shape)}"
        raise ValueError(f"those of {name!r} of shape {list(shape)} take {size} bytes, but there are {found}")
