"""Values that a forward pass takes from elsewhere, such as from `Format.round`, with the gradient of what
they stand for.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from delaycore.graph import Format
from delaycore.nn.functional._eager import run_eagerly

__all__ = ["fake_quantize", "straight_through"]


class _StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor, target: Tensor) -> Tensor:
        return target.view_as(target)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        return grads[0], None


@run_eagerly
def straight_through(values: Tensor, target: Tensor) -> Tensor:
    """Return exactly ``target``, with the gradient of ``values``, of the same shape (straight-through
    estimator, Bengio et al. 2013).
    """
    out: Tensor = _StraightThrough.apply(values, target)  # type: ignore[no-untyped-call]
    return out


@run_eagerly
def fake_quantize(values: Tensor, number: Format) -> Tensor:
    """Round ``values`` by `Format.round`, with the gradient of the identity (quantization-aware training)."""
    rounded = torch.from_numpy(number.round(values.detach().cpu().double().numpy())).to(values)
    return straight_through(values, rounded)
