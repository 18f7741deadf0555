"""Delayed synapses event by event: every spike adds its weights to what its targets get, and nothing is done
for silence.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from delaycore.nn import _kernels as kernels
from delaycore.nn._kernels import map_ranges
from delaycore.nn.functional._shape import Shape

__all__ = [
    "Events",
    "additions",
    "cost_forward",
    "cost_listing",
    "cost_to_weight",
    "count_events",
    "forward",
    "list_events",
    "is_possible",
    "compute_weight_gradient",
]

_LOOK, _DELIVER, _WEIGH = 90.0, 4.8, 4.6
"""A look at a place for a spike, and the additions of a weight and of a gradient, in multiply-adds of a large
matrix product.

Measured by `benchmarks/training/ways.py` on one core of an AMD EPYC of the third generation, 2026-11-25.
"""


class Events(NamedTuple):
    """Neuron i of sample b fires in ``steps[start[b, i] : start[b, i + 1]]``."""

    start: NDArray[np.int64]
    steps: NDArray[np.int32]


def cost_listing(shape: Shape) -> float:
    """Estimate the cost of finding out where the spikes are, in multiply-adds."""
    return _LOOK * shape.steps * shape.samples * shape.pre


def cost_forward(shape: Shape, spikes: int) -> float:
    """Estimate the cost of delivering so many spikes, in multiply-adds of a large matrix product."""
    return _DELIVER * spikes * additions(shape)


def cost_to_weight(shape: Shape, spikes: int) -> float:
    """Estimate the cost of the gradient of the weights for so many spikes, in the same unit."""
    return _WEIGH * spikes * additions(shape)


def additions(shape: Shape) -> float:
    """Estimate the additions for a spike: the levels that it is delivered to within the sample, on average,
    by targets in whole blocks.
    """
    return shape.sums / (shape.steps * shape.samples) * -(-shape.post // kernels.BLOCK) * kernels.BLOCK


def is_possible(spikes: Tensor) -> bool:
    """Tell whether the compiled loops can read these spikes."""
    return spikes.device.type == "cpu" and spikes.dtype in (torch.float32, torch.float64)


def count_events(spikes: Tensor) -> NDArray[np.int64] | None:
    """Count the spikes of every sample and neuron, [samples, pre], or nothing if they are not all 1."""
    array = spikes.detach().numpy()
    number = np.zeros(spikes.shape[1:], dtype=np.int64)
    return (
        number
        if all(map_ranges(lambda a, b: kernels.count_spikes(array, a, b, number), spikes.shape[1]))
        else None
    )


def list_events(spikes: Tensor, number: NDArray[np.int64]) -> Events:
    """List the events of ``spikes``, of which `count_events` has found ``number``."""
    array = spikes.detach().numpy()
    ends = np.cumsum(number).reshape(number.shape)
    start = np.concatenate([ends[:, :1] - number[:, :1], ends], axis=1)
    steps = np.empty(int(number.sum()), dtype=np.int32)
    map_ranges(lambda a, b: kernels.list_steps(array, a, b, start, steps), len(number))
    return Events(start, steps)


def forward(events: Events, weight: Tensor, delays: tuple[int, ...], steps: int) -> Tensor:
    """Compute the input of the targets, [steps, samples, post]."""
    samples = len(events.start)
    out = weight.new_empty(steps, samples, weight.shape[2])
    given, filled, after = weight.detach().numpy(), out.numpy(), np.asarray(delays)
    map_ranges(lambda a, b: kernels.deliver(*events, given, after, a, b, filled), samples)
    return out


def compute_weight_gradient(events: Events, delays: tuple[int, ...], grad: Tensor, out: Tensor) -> None:
    """Write the gradient of the weights to ``out`` [levels, pre, post].

    grad: gradient of the targets' input, [steps, samples, post].
    """
    steps, samples, post = grad.shape
    blocks = np.empty(
        (-(-post // kernels.BLOCK), samples, steps + max(delays), kernels.BLOCK), dtype=grad.numpy().dtype
    )
    given, filled, after = grad.numpy(), out.numpy(), np.asarray(delays)
    map_ranges(lambda a, b: kernels.pad_gradients(given, a, b, blocks), samples)
    map_ranges(lambda a, b: kernels.sum_gradients(*events, blocks, after, a, b, filled), out.shape[1])
