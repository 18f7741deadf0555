"""Framed samples as batches of tensors, in an order and with an augmentation that seed and epoch alone
decide.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from delaycore.datasets import Samples
from delaycore.settings import TrainingSettings

__all__ = ["iterate_batches", "shuffle_batches"]


def iterate_batches(samples: Samples, size: int, like: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield all samples in their order, the last batch included: spikes [steps, samples, inputs] of the type
    and device of ``like``, labels [samples].
    """
    for start in range(0, len(samples), size):
        part = slice(start, start + size)
        spikes = torch.tensor(samples.spikes[part].transpose(1, 0, 2), dtype=like.dtype, device=like.device)
        yield spikes, torch.tensor(samples.labels[part], device=like.device)


def shuffle_batches(
    samples: Samples, settings: TrainingSettings, seed: int, epoch: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield the batches of one epoch in random order, augmented; the same for the same seed and epoch, so
    that a resumed run repeats it.
    """
    rng = np.random.default_rng((seed, epoch))
    order = rng.permutation(len(samples))
    for start in range(0, len(order), settings.batch_size):
        chosen = order[start : start + settings.batch_size]
        sheet = samples.sheet or (1, samples.spikes.shape[2], 1)
        yield (
            torch.from_numpy(_augment(samples.spikes[chosen], sheet, settings, rng)),
            torch.from_numpy(samples.labels[chosen]),
        )


def _augment(
    spikes: NDArray[np.bool_],
    sheet: tuple[int, int, int],
    settings: TrainingSettings,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Return ``spikes`` [samples, steps, inputs] as float32 [steps, samples, inputs], each sample moved in
    steps and inputs, some spikes left out.

    Inputs move along the rows of ``sheet``, and across them where there are several.  What is moved beyond an
    edge is lost, what enters is silent.
    """
    n, t, i = np.nonzero(spikes)
    height, width, maps = sheet
    place, m = np.divmod(i, maps)
    y, x = np.divmod(place, width)

    def moved(at: NDArray[np.int64], shift: int) -> NDArray[np.int64]:
        return np.asarray(at + rng.integers(-shift, shift + 1, len(spikes))[n])

    t, x = moved(t, settings.time_shift), moved(x, settings.channel_shift)
    if height > 1:
        y = moved(y, settings.channel_shift)
    _, steps, inputs = spikes.shape
    kept = (
        (t >= 0)
        & (t < steps)
        & (x >= 0)
        & (x < width)
        & (y >= 0)
        & (y < height)
        & (rng.random(len(n)) >= settings.dropout)
    )
    dense = np.zeros((steps, len(spikes), inputs), dtype=np.float32)
    dense[t[kept], n[kept], ((y * width + x) * maps + m)[kept]] = 1.0
    return dense
