"""Framed samples as batches of tensors, in an order and with an augmentation that seed and epoch alone decide."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from delaycore.datasets.samples import Samples
from delaycore.training.settings import Fitting

__all__ = ["batches", "shuffled"]


def batches(samples: Samples, size: int, dtype: torch.dtype = torch.float32) -> Iterator[tuple[Tensor, Tensor]]:
    """All samples in their order, the last batch included: spikes [steps, samples, inputs], labels [samples]."""
    for start in range(0, len(samples), size):
        part = slice(start, start + size)
        yield _time_first(torch.tensor(samples.spikes[part], dtype=dtype)), torch.tensor(samples.labels[part])


def shuffled(samples: Samples, fitting: Fitting, seed: int, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
    """One epoch in random order, augmented; the same for the same seed and epoch, so that a resumed run repeats it."""
    generator = torch.Generator().manual_seed(seed * 100_003 + epoch)
    order = torch.randperm(len(samples), generator=generator).numpy()
    for start in range(0, len(order), fitting.batch):
        chosen = order[start : start + fitting.batch]
        x = torch.from_numpy(samples.spikes[chosen]).float()
        x = _moved(x, fitting.channel_shift, 2, generator)
        x = _moved(x, fitting.time_shift, 1, generator)
        if fitting.dropout:
            x = x * (torch.rand(x.shape, generator=generator) >= fitting.dropout)
        yield _time_first(x), torch.tensor(samples.labels[chosen])


def _moved(x: Tensor, largest: int, axis: int, generator: torch.Generator) -> Tensor:
    """Each sample moved along an axis by its own random shift; what leaves is lost, what enters is silent."""
    if not largest:
        return x
    shift = torch.randint(-largest, largest + 1, (len(x),), generator=generator)
    size = x.shape[axis]
    index = torch.arange(size)[None, :] - shift[:, None]
    inside = ((index >= 0) & (index < size)).to(x.dtype)
    view = (-1, 1, size) if axis == 2 else (-1, size, 1)
    return torch.gather(x, axis, index.clamp(0, size - 1).view(view).expand_as(x)) * inside.view(view)


def _time_first(x: Tensor) -> Tensor:
    return x.transpose(0, 1).contiguous()
