"""Surrogate gradients: what takes the place of a spike's derivative, which is 0 everywhere and infinite at
the threshold.

Each turns the gradient of the spikes into that of the distance ``u - threshold``.  All pass the whole
gradient on at the threshold and less of it further away, so that they can be exchanged without another
learning rate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from delaycore._shown import show_line
from delaycore._wording import guess_meant
from delaycore.errors import GraphError
from delaycore.nn._kernels import SurrogateKind
from delaycore.nn.functional._eager import run_eagerly

__all__ = ["SURROGATES", "Surrogate", "SurrogateKind", "spike"]


def _fast_sigmoid(grad: Tensor, distance: Tensor, scale: float) -> Tensor:
    """Compute ``1 / (scale * |x| + 1) ** 2`` (Zenke and Ganguli 2018, SuperSpike)."""
    return grad / (scale * distance.abs() + 1) ** 2


def _arctan(grad: Tensor, distance: Tensor, scale: float) -> Tensor:
    """Compute ``1 / (1 + (scale * x) ** 2)`` (Fang et al. 2021)."""
    return grad / (1 + (scale * distance) ** 2)


def _triangle(grad: Tensor, distance: Tensor, scale: float) -> Tensor:
    """Compute ``max(0, 1 - scale * |x|)`` (Bellec et al. 2018)."""
    return grad * (1 - scale * distance.abs()).clamp(min=0)


def _gaussian(grad: Tensor, distance: Tensor, scale: float) -> Tensor:
    """Compute ``exp(-(scale * x) ** 2 / 2)`` (Yin et al. 2021, the middle part of their function)."""
    return grad * torch.exp(-0.5 * (scale * distance) ** 2)


def _boxcar(grad: Tensor, distance: Tensor, scale: float) -> Tensor:
    """Compute 1 within ``1 / (2 * scale)`` of the threshold, else 0 (Wu et al. 2018)."""
    return grad * (scale * distance.abs() < 0.5).to(grad.dtype)


SURROGATES: dict[SurrogateKind, Callable[[Tensor, Tensor, float], Tensor]] = {
    SurrogateKind.FAST_SIGMOID: _fast_sigmoid,
    SurrogateKind.ARCTAN: _arctan,
    SurrogateKind.TRIANGLE: _triangle,
    SurrogateKind.GAUSSIAN: _gaussian,
    SurrogateKind.BOXCAR: _boxcar,
}


@dataclass(frozen=True)
class Surrogate:
    """A surrogate gradient.

    kind:      a `SurrogateKind`, or its name in lower case, such as ``"fast_sigmoid"``.
    steepness: in 1 / unit of the potential; the larger, the narrower is the range around the threshold in
               which a gradient passes.

    Raises `GraphError` for a name that is none and for a steepness that is not positive.
    """

    kind: SurrogateKind | str = SurrogateKind.FAST_SIGMOID
    steepness: float = 10.0

    __repr__ = show_line

    def __post_init__(self) -> None:
        if not isinstance(self.kind, SurrogateKind):
            names = {k.name.lower(): k for k in SurrogateKind}
            if not isinstance(self.kind, str) or self.kind not in names:
                raise GraphError.at(
                    "Surrogate.kind",
                    f"is not known: {self.kind!r}",
                    f"{guess_meant(self.kind, names)}give one of {', '.join(names)}",
                )
            object.__setattr__(self, "kind", names[self.kind])
        if not self.steepness > 0:
            raise GraphError.at("Surrogate.steepness", f"must be positive, not {self.steepness!r}", "give 10")

    def as_kind(self) -> SurrogateKind:
        """Return the kind as the number that kernels know."""
        assert isinstance(self.kind, SurrogateKind)  # as set above
        return self.kind

    def __call__(self, grad: Tensor, distance: Tensor) -> Tensor:
        """Return the gradient of the distance to the threshold, from the gradient of the spikes, all of one
        shape.
        """
        return SURROGATES[self.as_kind()](grad, distance, self.steepness)

    def __str__(self) -> str:
        return f"{self.as_kind().name.lower()}({self.steepness:g})"


class _Spike(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, potential: Tensor, threshold: Tensor, surrogate: Surrogate, strict: bool) -> Tensor:
        ctx.save_for_backward(potential, threshold)
        ctx.surrogate = surrogate
        fired = potential > threshold if strict else potential >= threshold
        return fired.to(potential.dtype)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        potential, threshold = ctx.saved_tensors
        grad = ctx.surrogate(grads[0], potential - threshold)
        return grad, -grad.sum_to_size(threshold.shape), None, None


@run_eagerly
def spike(potential: Tensor, threshold: Tensor, surrogate: Surrogate, strict: bool = False) -> Tensor:
    """Return 1 where ``potential >= threshold``, or ``potential > threshold`` if ``strict``, else 0, with the
    surrogate's gradient; the threshold may be one per neuron.
    """
    spikes: Tensor = _Spike.apply(potential, threshold, surrogate, strict)  # type: ignore[no-untyped-call]
    return spikes
