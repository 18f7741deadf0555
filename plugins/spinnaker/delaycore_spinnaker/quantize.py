"""A network moved onto the chip's arithmetic.

The unit is that of the ring buffers, 2^8 of the 2^-15 steps of s16.15: a potential is free to be scaled, so
each population gets a power of two and the ring's shift stays.  Potentials are steps of 2^-8 in 32 bits.
Excitation and inhibition have ring buffers of their own, which saturate at 65,535 (C).  The neuron is the one
of C for a synapse that adds its input to the potential at once, V' = -round(exp_TC * (0 - V)) + input, with
V_rest = 0.
"""

from __future__ import annotations

import numpy as np

from delaycore.graph import Format, Graph
from delaycore.hardware import QuantizationScheme, choose_scale, scheme_for
from delaycore_spinnaker.spec import ARITHMETIC, RETAIN_STEP

__all__ = ["choose_scheme"]


def choose_scheme(graph: Graph, rate: float) -> QuantizationScheme:
    """The formats of weights, decays and thresholds, in the graph's own units.

    rate: expected spikes per source and step.
    """
    scale = {name: _choose_scale(graph, name, rate) for name in graph.populations if name not in graph.inputs}
    retain = Format(family="fixed", step=RETAIN_STEP, minimum=0, maximum=1)
    return scheme_for(graph, ARITHMETIC, scale, {"retain": retain})


def _choose_scale(graph: Graph, name: str, rate: float) -> float:
    """Ring units per unit of the graph: the largest power of two under which weights, thresholds and expected
    sums fit.

    The expected sum into a ring is its mean and 5 sigma of Poisson input of ``rate`` spikes per source and
    step, the bound that Y takes where delays vary.
    """
    if graph.arithmetic.has_numbers_of(ARITHMETIC):
        return 1.0
    weight, post = (
        np.concatenate([[], *(getattr(p, q) for p in graph.into(name))]) for q in ("weight", "post")
    )
    unit = float(np.abs(weight).max(initial=0.0))  # squares of huge or tiny weights must stay numbers
    needed = unit
    for sign in (1, -1) if unit else ():
        w = np.maximum(sign * weight / unit, 0)
        mean, variance = (np.bincount(post.astype(int), x) * rate for x in (w, w * w))
        needed = max(needed, float((mean + 5 * np.sqrt(variance)).max()) * unit)
    threshold = float(np.abs(getattr(graph.populations[name], "threshold", np.zeros(1))).max())
    return choose_scale((needed, ARITHMETIC.weight.maximum), (threshold, 2.0**22))
