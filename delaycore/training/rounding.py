"""Values that a forward pass takes from elsewhere, such as from `Format.round`, with the gradient of what
they stand for.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from delaycore.graph import Format

__all__ = ["rounded", "through"]


class _Through(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor, target: Tensor) -> Tensor:
        return target.view_as(target)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        return grads[0], None


def through(values: Tensor, target: Tensor) -> Tensor:
    """Exactly ``target``, with the gradient of ``values``, of the same shape (straight-through, Bengio et al.
    2013).
    """
    out: Tensor = _Through.apply(values, target)  # type: ignore[no-untyped-call]
    return out


def rounded(values: Tensor, number: Format) -> Tensor:
    """``values`` rounded by `Format.round`, with the gradient of the identity."""
    return through(values, torch.from_numpy(number.round(values.detach().cpu().numpy())).to(values))
