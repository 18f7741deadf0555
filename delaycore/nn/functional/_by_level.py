"""Delayed synapses as a matrix product per level, over all steps at once: the plain way, on any device.

Nothing is unfolded, so memory does not grow with the number of levels.
"""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

from delaycore.nn.functional._shape import Shape

__all__ = ["cost", "forward", "gradients"]


@lru_cache(maxsize=256)  # asked in every pass, always of the same few shapes
def cost(shape: Shape) -> float:
    """Estimate the cost of one of the three passes, in multiply-adds of a large matrix product."""
    return float(shape.sums * shape.pre * shape.post)


def forward(spikes: Tensor, weight: Tensor, delays: tuple[int, ...]) -> Tensor:
    """Compute the input of the targets, [steps, samples, post]; delays below the number of steps."""
    steps, samples, pre = spikes.shape
    post = weight.shape[2]
    out = spikes.new_zeros(steps, samples, post)
    for k, d in enumerate(delays):
        out[d:].view(-1, post).addmm_(spikes[: steps - d].view(-1, pre), weight[k])
    return out


def gradients(
    spikes: Tensor,
    weight: Tensor,
    delays: tuple[int, ...],
    grad: Tensor,
    to_spikes: Tensor | None,
    to_weight: Tensor | None,
) -> None:
    """Write the gradients to ``to_spikes`` and ``to_weight``, where they are given; grad: of the targets'
    input.
    """
    steps, _, pre = spikes.shape
    post = weight.shape[2]
    if to_spikes is not None:
        to_spikes.zero_()
    for k, d in enumerate(delays):
        due = grad[d:].view(-1, post)
        if to_weight is not None:
            torch.mm(spikes[: steps - d].view(-1, pre).t(), due, out=to_weight[k])
        if to_spikes is not None:
            to_spikes[: steps - d].view(-1, pre).addmm_(due, weight[k].t())
