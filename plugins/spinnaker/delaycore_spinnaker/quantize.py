"""The chip's arithmetic, and a network moved onto it.

The unit is that of the ring buffers, 2^8 of the 2^-15 steps of s16.15: a potential is free to be scaled, so
each population gets a power of two and the ring's shift stays.  Potentials are steps of 2^-8 in 32 bits.
Excitation and inhibition have ring buffers of their own, which saturate at 65,535 (C).  The neuron is the one
of C for a synapse that adds its input to the potential at once, V' = -round(exp_TC * (0 - V)) + input, with
V_rest = 0.
"""

from __future__ import annotations

import numpy as np

from delaycore.graph import Arithmetic, Format, Graph, Input, fixed_point
from delaycore.hardware import Losses, QuantizationScheme, rescale, round_to
from delaycore_spinnaker.options import Options
from delaycore_spinnaker.spec import LIMITS

__all__ = ["ARITHMETIC", "POTENTIAL_STEP", "RETAIN_STEP", "quantization_scheme", "quantized"]

_RING = float(LIMITS["ring.sum"])
POTENTIAL_STEP = 2.0**-8
RETAIN_STEP = 2.0**-15
_POTENTIAL = {"minimum": -(2.0**23), "maximum": 2.0**23 - POTENTIAL_STEP}

ARITHMETIC = Arithmetic(
    name="spinnaker",
    weight=Format(family="fixed", minimum=-_RING, maximum=_RING),
    decay=Format(family="fixed", step=POTENTIAL_STEP, rounding="nearest_away", **_POTENTIAL),
    total=Format(family="fixed", minimum=0, maximum=_RING),
    current=fixed_point(32),
    potential=Format(family="fixed", step=POTENTIAL_STEP, **_POTENTIAL),
    arrivals="signs",
    additions="last",
)


def scale_of(graph: Graph, name: str, rate: float) -> float:
    """Ring units per unit of the graph: the largest power of two under which weights, thresholds and expected
    sums fit.

    The expected sum into a ring is its mean and 5 sigma of Poisson input of ``rate`` spikes per source and
    step, the bound that Y takes where delays vary.
    """
    if graph.arithmetic == ARITHMETIC:
        return 1.0
    into = graph.into(name)
    weight = np.concatenate([p.weight for p in into]) if into else np.zeros(0)
    post = np.concatenate([p.post for p in into]) if into else np.zeros(0, dtype=np.int64)
    size = int(graph.populations[name].size)
    unit = float(
        np.abs(weight).max(initial=0.0)
    )  # squares of huge or tiny weights must not leave the range of float64
    needed = unit
    for sign in (1, -1) if unit else ():
        w = np.maximum(sign * weight / unit, 0)
        mean, variance = (np.bincount(post, x, minlength=size) * rate for x in (w, w * w))
        needed = max(needed, float((mean + 5 * np.sqrt(variance)).max()) * unit)
    bounds = [np.log2(_RING) - np.log2(needed)] if needed else [0.0]
    largest = float(np.abs(getattr(graph.populations[name], "threshold", np.zeros(1))).max())
    if largest:
        bounds.append(22 - np.log2(largest))
    return float(2.0 ** np.clip(np.floor(min(bounds)), -990, 990))


def quantization_scheme(graph: Graph, options: Options) -> QuantizationScheme:
    """The formats of weights, decays and thresholds, in the graph's own units."""
    scale = {
        name: scale_of(graph, name, options.rate)
        for name, p in graph.populations.items()
        if not isinstance(p, Input)
    }
    weights = {p.name: _over(ARITHMETIC.weight, scale[p.target]) for p in graph.projections}
    parameters = {}
    for name, s in scale.items():
        for q in graph.populations[name].parameters():
            number = (
                Format(family="fixed", step=RETAIN_STEP, minimum=0, maximum=1)
                if q == "retain"
                else _over(ARITHMETIC.potential, s)
            )
            parameters[f"{name}.{q}"] = number
    return QuantizationScheme(weights=weights, parameters=parameters, scale=scale)


def _over(number: Format, scale: float) -> Format:
    return Format(
        family="fixed",
        step=number.step / scale,
        minimum=number.minimum / scale,
        maximum=number.maximum / scale,
    )


def quantized(graph: Graph, options: Options) -> tuple[Graph, Losses]:
    """``graph`` in ring units under the chip's arithmetic, and what that changed."""
    scheme = quantization_scheme(graph, options)
    rounded, losses = round_to(graph, scheme)
    return rescale(rounded, scheme.scale, ARITHMETIC), losses
