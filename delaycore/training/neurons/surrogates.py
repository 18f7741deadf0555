"""Surrogates: what takes the place of a spike's derivative, which is 0 everywhere and infinite at the
threshold.

Each turns the gradient of the spikes into that of the distance ``u - threshold``.  All let the whole gradient
through at the threshold and less of it further away, so that they can be exchanged without another learning
rate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

__all__ = ["SURROGATES", "Surrogate", "crossed"]


def _fast_sigmoid(grad: Tensor, distance: Tensor, scale: float) -> Tensor:
    """Zenke and Ganguli 2018 (SuperSpike): ``1 / (scale * |x| + 1) ** 2``."""
    return grad / (scale * distance.abs() + 1) ** 2


def _arctan(grad: Tensor, distance: Tensor, scale: float) -> Tensor:
    """Fang et al. 2021: ``1 / (1 + (scale * x) ** 2)``."""
    return grad / (1 + (scale * distance) ** 2)


def _triangle(grad: Tensor, distance: Tensor, scale: float) -> Tensor:
    """Bellec et al. 2018: ``max(0, 1 - scale * |x|)``."""
    return grad * (1 - scale * distance.abs()).clamp(min=0)


def _gaussian(grad: Tensor, distance: Tensor, scale: float) -> Tensor:
    """Yin et al. 2021, its middle part: ``exp(-(scale * x) ** 2 / 2)``."""
    return grad * torch.exp(-0.5 * (scale * distance) ** 2)


def _boxcar(grad: Tensor, distance: Tensor, scale: float) -> Tensor:
    """Wu et al. 2018: 1 within ``1 / (2 * scale)`` of the threshold, else 0."""
    return grad * (scale * distance.abs() < 0.5).to(grad.dtype)


SURROGATES: dict[str, Callable[[Tensor, Tensor, float], Tensor]] = {
    "fast_sigmoid": _fast_sigmoid,
    "arctan": _arctan,
    "triangle": _triangle,
    "gaussian": _gaussian,
    "boxcar": _boxcar,
}


@dataclass(frozen=True)
class Surrogate:
    """One of `SURROGATES` by its name, of a steepness in 1 / unit of the potential."""

    name: str
    steepness: float

    @property
    def code(self) -> int:
        """The number by which compiled passes know it."""
        return list(SURROGATES).index(self.name)

    def __call__(self, grad: Tensor, distance: Tensor) -> Tensor:
        """The gradient of the distance to the threshold, from the gradient of the spikes, all of one
        shape.
        """
        return SURROGATES[self.name](grad, distance, self.steepness)


class _Crossed(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, potential: Tensor, threshold: Tensor, surrogate: Surrogate) -> Tensor:
        ctx.save_for_backward(potential, threshold)
        ctx.surrogate = surrogate
        return (potential >= threshold).to(potential.dtype)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        potential, threshold = ctx.saved_tensors
        grad = ctx.surrogate(grads[0], potential - threshold)
        return grad, -grad.sum_to_size(threshold.shape), None


def crossed(potential: Tensor, threshold: Tensor, surrogate: Surrogate) -> Tensor:
    """1 where ``potential >= threshold``, else 0, with the surrogate's gradient; the threshold may be one per
    neuron.
    """
    spikes: Tensor = _Crossed.apply(potential, threshold, surrogate)  # type: ignore[no-untyped-call]
    return spikes
