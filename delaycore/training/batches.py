"""Framed samples as batches of tensors, in an order and with an augmentation that seed and epoch alone decide."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from delaycore.datasets.samples import Samples
from delaycore.training.settings import Fitting

__all__ = ["batches", "shuffled"]


def batches(samples: Samples, size: int, dtype: torch.dtype = torch.float32) -> Iterator[tuple[Tensor, Tensor]]:
    """All samples in their order, the last batch included: spikes [steps, samples, inputs], labels [samples]."""
    for start in range(0, len(samples), size):
        part = slice(start, start + size)
        spikes = torch.tensor(samples.spikes[part].transpose(1, 0, 2), dtype=dtype)
        yield spikes, torch.tensor(samples.labels[part])


def shuffled(samples: Samples, fitting: Fitting, seed: int, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
    """One epoch in random order, augmented; the same for the same seed and epoch, so that a resumed run repeats it."""
    rng = np.random.default_rng((seed, epoch))
    order = rng.permutation(len(samples))
    for start in range(0, len(order), fitting.batch):
        chosen = order[start : start + fitting.batch]
        yield torch.from_numpy(_augmented(samples.spikes[chosen], fitting, rng)), torch.from_numpy(samples.labels[chosen])


def _augmented(spikes: NDArray[np.bool_], fitting: Fitting, rng: np.random.Generator) -> NDArray[np.float32]:
    """``spikes`` [samples, steps, inputs] as float32 [steps, samples, inputs], each sample moved in steps and inputs, some spikes left out.

    What is moved beyond an edge is lost, what enters is silent.
    """
    n, t, i = np.nonzero(spikes)
    t = t + rng.integers(-fitting.time_shift, fitting.time_shift + 1, len(spikes))[n]
    i = i + rng.integers(-fitting.channel_shift, fitting.channel_shift + 1, len(spikes))[n]
    _, steps, inputs = spikes.shape
    kept = (t >= 0) & (t < steps) & (i >= 0) & (i < inputs) & (rng.random(len(n)) >= fitting.dropout)
    dense = np.zeros((steps, len(spikes), inputs), dtype=np.float32)
    dense[t[kept], n[kept], i[kept]] = 1.0
    return dense
