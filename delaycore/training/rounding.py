"""Rounding in a forward pass: the values of `Format.round`, the gradient of the identity."""

from __future__ import annotations

import torch
from torch import Tensor

from delaycore.graph import Format

__all__ = ["rounded"]


def rounded(values: Tensor, number: Format) -> Tensor:
    """``values`` rounded by `Format.round`, with the gradient of the identity (straight-through, Bengio et al. 2013)."""
    target = torch.from_numpy(number.round(values.detach().cpu().numpy())).to(values)
    return values + (target - values).detach()
