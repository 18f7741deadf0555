"""Neurons and delays of SpikingJelly (`activation_based`, 2.0), which fire where the potential has reached
the threshold.

With ``k = 1 / tau`` (or the sigmoid of the trained ``w``), and the potential measured from ``v_reset``, where
it also starts, a LIF node charges by ``u[t] = (1 - k) * u[t-1] + k * x[t]``, or ``+ x[t]`` where
``decay_input`` is False; then it is reset at once: to 0, or, where ``v_reset`` is None, by subtraction.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from delaycore.errors import ForeignError
from delaycore.graph import LIF, Integrator
from delaycore.hardware import Losses
from delaycore.interop._chain import Delay, Layer, Neurons
from delaycore.interop._modules import get_kind, read_number
from delaycore.interop._times import check_steps

__all__ = ["read_spikingjelly_layer"]

_LEAKY = ("spikingjelly.LIFNode", "spikingjelly.ParametricLIFNode")
_FIRING = (*_LEAKY, "spikingjelly.IFNode")
_SILENT = ("spikingjelly.NonSpikingLIFNode", "spikingjelly.NonSpikingIFNode")
_DECODE = {None: None, "max-mem": "maximum", "mean-mem": "mean", "last_mem": "last"}


def read_spikingjelly_layer(place: str, module: Any) -> tuple[Layer, Losses] | None:
    """Read a delay layer or a layer of neurons; return None for other modules."""
    name = get_kind(module)
    if name == "spikingjelly.Delay":
        steps = read_number(f"{place}.delay_steps", module.delay_steps)
        return Delay(int(check_steps(f"{place}.delay_steps", steps))), Losses()
    if name in _SILENT:
        return _read_integrator(place, module), Losses()
    return (_read_spiking(place, module), Losses()) if name in _FIRING else None


def _find_rate(place: str, module: Any) -> float:
    """Find the part of the potential that leaks in a step."""
    match get_kind(module):
        case "spikingjelly.LIFNode" | "spikingjelly.NonSpikingLIFNode":
            return 1.0 / read_number(f"{place}.tau", module.tau)
        case "spikingjelly.ParametricLIFNode":
            return float(1.0 / (1.0 + np.exp(-read_number(f"{place}.w", module.w))))
        case _:
            return 0.0


def _read_spiking(place: str, module: Any) -> Neurons:
    if not module.surrogate_function.spiking:
        raise ForeignError.at(
            place, "its surrogate function gives no spikes (spiking=False)", "set spiking to True"
        )
    rate = _find_rate(place, module)
    gain = rate if get_kind(module) in _LEAKY and module.decay_input else 1.0
    origin = 0.0 if module.v_reset is None else read_number(f"{place}.v_reset", module.v_reset)
    threshold = read_number(f"{place}.v_threshold", module.v_threshold) - origin
    reset = "subtract" if module.v_reset is None else "zero"
    return Neurons(
        lambda size, bias: LIF(size, retain=1.0 - rate, threshold=threshold, bias=bias, reset=reset),
        gain,
        ">=",
    )


def _read_integrator(place: str, module: Any) -> Neurons:
    if module.decode not in _DECODE:
        known = ", ".join(map(repr, _DECODE))
        raise ForeignError.at(
            place, f"decode={module.decode!r} is no statistic of a Readout", f"use one of {known}"
        )
    rate = _find_rate(place, module)
    gain = rate if get_kind(module) == "spikingjelly.NonSpikingLIFNode" else 1.0
    return Neurons(
        lambda size, bias: Integrator(size, retain=1.0 - rate, bias=bias),
        gain,
        statistic=_DECODE[module.decode],
    )
