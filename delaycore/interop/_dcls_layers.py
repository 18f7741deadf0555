"""Dilated convolution with learnable spacings along time (DCLS 0.1.1, `Dcls1d`): weights with continuous
delays.

The layer correlates its input with a kernel of K taps, ``y[t] = sum over k of kernel[k] * x[t + k -
padding]``, so tap k is a delay of ``padding - k`` steps.  A weight of position p spreads over the taps around
``p + K // 2`` (Khalfaoui-Hassani et al., arXiv 2112.03740, and arXiv 2306.17670 for delays): all of it on the
two nearest (version v0), or by a triangle (v1, max) or a bell (gauss) that is normalised by its sum plus
1e-7.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from delaycore._wording import pluralize
from delaycore.errors import ForeignError
from delaycore.graph import Format
from delaycore.hardware import Losses
from delaycore.interop._chain import Layer, Synapses
from delaycore.interop._modules import Floats, get_kind, read_number, to_array
from delaycore.interop._times import check_steps
from delaycore.memory import require_memory

__all__ = ["Positions", "read_dcls_layer"]

Positions = Literal["rounded", "interpolated"]

_TAP = 48
"""Bytes of a weight on each tap of its kernel while its share is computed."""

_SUM = 1e-7  # what DCLS 0.1.1 adds to the sum that it divides by
_WIDTH = {"max": 1.0, "gauss": 0.27}  # what it adds to |SIG|


def read_dcls_layer(
    place: str, module: Any, positions: Positions = "rounded", left_padding: int | None = None
) -> tuple[Layer, Losses] | None:
    """Read the synapses of a `Dcls1d`; return None for other modules.  `positions` and `left_padding` as in
    `delaycore.interop.from_dcls`.
    """
    if get_kind(module) != "DCLS.Dcls1d":
        return None
    if tuple(module.stride) != (1,) or module.padding_mode != "zeros":
        raise ForeignError.at(
            place,
            f"stride {module.stride} and padding mode {module.padding_mode!r} are no delays",
            "use stride 1 and zeros",
        )
    if positions not in ("rounded", "interpolated"):
        raise ForeignError.at("positions", f"must be 'rounded' or 'interpolated', not {positions!r}")
    taps, own = int(module.dilated_kernel_size[0]), int(module.padding[0])
    outside = 0 if own else taps - 1
    if left_padding is not None:
        outside = int(check_steps("left_padding", read_number("left_padding", left_padding)))
    weight = to_array(f"{place}.weight", module.weight)  # [out, in / groups, kernel_count]
    require_memory(
        place, {f"weights on {pluralize(taps, 'tap')}": _TAP * taps * weight.size}, "give it a shorter kernel"
    )
    spread, losses = (_round_positions if positions == "rounded" else _interpolate)(place, module, taps)
    values = weight * spread  # [taps, out, in / groups, kernel_count]
    tap, post, inner, _ = index = np.nonzero(values)
    delay = own + outside - tap
    if delay.size and delay.min() < 0:
        raise ForeignError.at(
            place,
            (
                f"{np.count_nonzero(delay < 0)} weights look up to {-int(delay.min())} steps into the "
                f"future with {own + outside} zeros before the input"
            ),
            (
                f"give left_padding, the zeros that the network puts before the input: {taps - 1 - own} "
                "makes this layer causal"
            ),
        )
    group = post // (module.out_channels // module.groups)
    pre = inner + group * (module.in_channels // module.groups)
    biases = () if module.bias is None else ((0, to_array(f"{place}.bias", module.bias)),)
    return Synapses(module.in_channels, module.out_channels, pre, post, values[index], delay, biases), losses


def _interpolate(place: str, module: Any, taps: int) -> tuple[Floats, Losses]:
    """Compute the share of each weight that lies on each tap, as the layer itself does: [taps, out,
    in / groups, kernel_count].
    """
    position = to_array(f"{place}.P", module.P)[0] + taps // 2
    away = np.arange(taps).reshape(-1, 1, 1, 1) - position
    if module.version == "v0":
        first = np.floor(position)
        part = position - first
        tap = np.arange(taps).reshape(-1, 1, 1, 1)
        return np.where(tap == first, 1 - part, 0.0) + np.where(tap == first + 1, part, 0.0), Losses()
    if module.version == "gauss":
        share = np.exp(
            -0.5 * (away / (np.abs(to_array(f"{place}.SIG", module.SIG)[0]) + _WIDTH["gauss"])) ** 2
        )
    elif module.version in ("v1", "max"):
        width = (
            1.0 if module.version == "v1" else np.abs(to_array(f"{place}.SIG", module.SIG)[0]) + _WIDTH["max"]
        )
        share = np.maximum(width - np.abs(away), 0.0)
    else:
        raise ForeignError.at(
            place,
            f"version {module.version!r} of DCLS is not known here",
            "DCLS 0.1.1 has v0, v1, max and gauss",
        )
    return share / (share.sum(axis=0) + _SUM), Losses()


def _round_positions(place: str, module: Any, taps: int) -> tuple[Floats, Losses]:
    """Put all of each weight on its nearest tap, as the layer does once its positions are rounded and its
    kernels closed.
    """
    half = taps // 2
    position = to_array(f"{place}.P", module.P)[0]
    inside = Format(family="fixed", step=1, minimum=-half, maximum=taps - 1 - half)
    nearest = inside.round(position)
    losses = Losses.of(
        "delay",
        "rounded",
        f"{place}.P",
        position,
        nearest,
        "steps",
        "positions to the nearest tap of the kernel",
    )
    if module.SIG is not None:
        width = np.abs(to_array(f"{place}.SIG", module.SIG)[0]) + (
            _WIDTH["gauss"] if module.version == "gauss" else 0.0
        )
        losses += Losses.of(
            "parameter",
            "rounded",
            f"{place}.SIG",
            width,
            np.zeros_like(width),
            "steps",
            "widths closed, a kernel is one synapse",
        )
    share = 1.0 if module.version == "v0" else 1.0 / (1.0 + _SUM)
    return np.where(np.arange(taps).reshape(-1, 1, 1, 1) == nearest + half, share, 0.0), losses
