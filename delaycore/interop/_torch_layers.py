"""Layers of torch itself: weighted sums, batch normalisation, and what does nothing once trained."""

from __future__ import annotations

from typing import Any

import numpy as np

from delaycore.errors import ForeignError
from delaycore.hardware import Losses
from delaycore.interop._chain import Layer, Scaling, Synapses
from delaycore.interop._modules import get_kind, to_array

__all__ = ["read_torch_layer"]

_SILENT = ("Identity", "Flatten", "Dropout", "Dropout1d", "AlphaDropout")


def read_torch_layer(place: str, module: Any) -> tuple[Layer, Losses] | None:
    """Read a layer of torch, or SpikingJelly's wrapper of one; return None for other modules."""
    package, _, name = get_kind(module).partition(".")
    if package not in ("torch", "spikingjelly"):
        return None
    if name in _SILENT:
        if "Dropout" in name:
            _require_evaluation(place, module)
        return Scaling(np.ones(1), np.zeros(1)), Losses()
    if name == "Linear":
        bias = None if module.bias is None else to_array(f"{place}.bias", module.bias)
        return Synapses.from_matrix(to_array(f"{place}.weight", module.weight), bias), Losses()
    if name == "BatchNorm1d":
        return _read_batch_norm(place, module), Losses()
    return None


def _require_evaluation(place: str, module: Any) -> None:
    if module.training:
        raise ForeignError.at(
            place,
            f"{get_kind(module)} is in training mode, where it computes something else",
            "call network.eval() first",
        )


def _read_batch_norm(place: str, module: Any) -> Scaling:
    """Read batch normalisation by running statistics: ``(x - mean) / sqrt(var + eps) * weight + bias``."""
    _require_evaluation(place, module)
    if module.running_mean is None:
        raise ForeignError.at(
            place,
            "normalises by each batch, which no fixed weights can say",
            "train with track_running_stats=True",
        )
    gain = 1.0 / np.sqrt(to_array(f"{place}.running_var", module.running_var) + module.eps)
    shift = -to_array(f"{place}.running_mean", module.running_mean) * gain
    if module.affine:
        weight, bias = (to_array(f"{place}.{name}", getattr(module, name)) for name in ("weight", "bias"))
        gain, shift = gain * weight, shift * weight + bias
    return Scaling(gain, shift)
