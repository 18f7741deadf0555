"""Neurons of snnTorch 1.0: `Leaky` and `Synaptic`, which fire where the potential is strictly above the
threshold.

With ``beta`` clamped to [0, 1] and R[t] = 1 where u[t-1] was above the threshold:

- Leaky, zero:     ``u[t] = beta * u[t-1] * (1 - R[t]) + I[t]``, which is `LIF`.
- Leaky, subtract: ``u[t] = beta * u[t-1] + I[t] - R[t] * threshold``: the threshold is taken off after the
  leak, a step late.  `LIF` leaks what is left, ``beta * (u[t-1] - threshold)``, so a synapse from each neuron
  to itself, of delay 1 and weight ``-(1 - beta) * threshold``, makes the two equal.  Without a reset (none),
  that weight is ``beta * threshold``.
- Synaptic, zero:  the potential of the step after a spike is 0, input included: `CurrentLIF` with a
  refractory step.
- Synaptic, subtract and none: the weight w of Leaky, and ``-alpha * w`` a step later, which takes it out of
  the current again.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from delaycore.errors import ForeignError, Problem
from delaycore.graph import LIF, CurrentLIF, Population
from delaycore.hardware import Losses
from delaycore.interop._chain import Layer, Neurons
from delaycore.interop._modules import Floats, get_kind, spread, to_array

__all__ = ["read_snntorch_neurons"]


def read_snntorch_neurons(place: str, module: Any) -> tuple[Layer, Losses] | None:
    """Read a layer of snnTorch's neurons; return None for other modules."""
    name = get_kind(module)
    if name not in ("snntorch.Leaky", "snntorch.Synaptic"):
        return None
    reset = _find_reset(place, module)

    def make(size: int, bias: Floats) -> Population:
        retain, threshold = (
            np.clip(spread(f"{place}.beta", module.beta, size), 0, 1),
            spread(f"{place}.threshold", module.threshold, size),
        )
        kept = "zero" if reset == "zero" else "subtract"
        if name == "snntorch.Leaky":
            return LIF(size, retain=retain, threshold=threshold, bias=bias, reset=kept)
        refractory = 1 if reset == "zero" and module.reset_delay else 0
        current = np.clip(spread(f"{place}.alpha", module.alpha, size), 0, 1)
        return CurrentLIF(
            size,
            retain=retain,
            threshold=threshold,
            reset=kept,
            refractory=refractory,
            retain_current=current,
        )

    def make_feedback(size: int) -> list[tuple[int, Floats]]:
        if reset == "zero":
            return []
        beta, threshold = (
            np.clip(spread(f"{place}.beta", module.beta, size), 0, 1),
            spread(f"{place}.threshold", module.threshold, size),
        )
        weight = beta * threshold if reset == "none" else -(1 - beta) * threshold
        if name == "snntorch.Leaky":
            return [(1, weight)]
        return [(1, weight), (2, -np.clip(spread(f"{place}.alpha", module.alpha, size), 0, 1) * weight)]

    takes_bias = name == "snntorch.Leaky"
    return Neurons(make, fires=">", feedback=make_feedback, takes_bias=takes_bias), Losses()


def _find_reset(place: str, module: Any) -> str:
    """Find how the layer resets.

    Raises `ForeignError` with everything that changes spikes and cannot be said in a Graph.
    """
    reset = str(module.reset_mechanism)
    wrong = [
        (
            module.inhibition,
            "inhibition lets only the neuron of the largest potential fire",
            "train without inhibition",
        ),
        (
            module.state_quant,
            "state_quant rounds the states by a function of its own",
            "quantize with delaycore.quantize instead",
        ),
        (
            np.any(to_array(f"{place}.graded_spikes_factor", module.graded_spikes_factor) != 1),
            "graded_spikes_factor makes spikes other than 1",
            "scale the next layer's weights instead",
        ),
        (
            np.any(to_array(f"{place}.threshold", module.threshold) < 0),
            "a threshold below 0 resets a neuron before its first spike",
            "use thresholds of at least 0",
        ),
        (
            reset == "subtract" and not module.reset_delay,
            (
                "reset_delay=False with subtraction holds the threshold back once more wherever a "
                "potential was above twice the threshold"
            ),
            "use reset_delay=True, or reset_mechanism='zero'",
        ),
    ]
    ForeignError.collect(Problem(place, message, remedy) for is_so, message, remedy in wrong if is_so)
    return reset
