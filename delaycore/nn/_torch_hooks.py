"""Hooks of torch that compute the weights of a layer from other parameters before its forward pass: pruning,
weight norm and spectral norm of ``torch.nn.utils``.

A layer that is used otherwise, by its kernel, needs them all the same.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.utils.prune import BasePruningMethod
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm

__all__ = ["COMPUTES_WEIGHTS", "find_torch_mask", "refresh_weights"]

COMPUTES_WEIGHTS = (BasePruningMethod, WeightNorm, SpectralNorm)


def refresh_weights(layer: nn.Module) -> None:
    """Compute the weights of ``layer`` anew, as a call of it would."""
    for hook in layer._forward_pre_hooks.values():
        if isinstance(hook, COMPUTES_WEIGHTS):
            hook(layer, ())


def find_torch_mask(layer: nn.Module) -> NDArray[np.bool_] | None:
    """Return which weights of ``layer`` pruning of torch keeps, in their shape; None without such pruning."""
    mask = getattr(layer, "weight_mask", None)
    return mask.detach().cpu().numpy() != 0 if isinstance(mask, Tensor) else None
