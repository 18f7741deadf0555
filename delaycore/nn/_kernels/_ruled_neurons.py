"""Neurons with a bias, a refractory period, reset by subtraction or a strict threshold, over all steps in one
pass; otherwise as `_plain_neurons`, which does without the cost of these.

One pair of kernels serves LIF and adaptive LIF: without adaptation, the two are the same.
"""

# Numba infers the types of what it compiles; annotations would not be checked.
# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from delaycore._compilation import compile_kernel
from delaycore._shown import show_line
from delaycore.nn._kernels._surrogates import write_slopes

__all__ = ["Rule", "ruled_backward", "ruled_forward"]


class Rule(NamedTuple):
    """When neurons fire, and what happens then.

    refractory: steps after a spike in which the potential is held at 0 and a neuron cannot fire.
    subtract:   whether a spike takes the threshold off the potential, which otherwise becomes zero.
    strict:     whether neurons fire only strictly above their threshold.
    """

    refractory: int = 0
    subtract: bool = False
    strict: bool = False

    def __repr__(self) -> str:
        return show_line(self)


@compile_kernel
def ruled_forward(current, parameters, rule, first, end, made):
    """Run all steps of neurons ``first`` to ``end``, and write spikes, potentials and traces into ``made``.

    parameters: retain, threshold, bias, retain_trace, adaptation.
    """
    retain, threshold, bias = parameters[0], parameters[1], parameters[2]
    retain_trace, adaptation = parameters[3], parameters[4]
    spikes, potentials, traces = made[0], made[1], made[2]
    refractory_left = np.zeros(end - first, np.int64)
    one = np.ones(1, current.dtype)[0]
    zero = one - one
    for t in range(len(current)):
        for j in range(first, end):
            left, trace = zero, zero
            if t > 0:
                fired, left = spikes[t - 1, j], potentials[t - 1, j]
                if fired > zero:
                    left = left - threshold[j] if rule.subtract else zero
                trace = retain_trace[j] * traces[t - 1, j] + adaptation[j] * fired
            traces[t, j] = trace
            if refractory_left[j - first] > 0:
                refractory_left[j - first] -= 1
                potentials[t, j] = spikes[t, j] = zero
                continue
            u = retain[j] * left + current[t, j] + bias[j]
            potentials[t, j] = u
            effective = threshold[j] + trace
            if u > effective or (u == effective and not rule.strict):
                spikes[t, j] = one
                refractory_left[j - first] = rule.refractory
            else:
                spikes[t, j] = zero


@compile_kernel
def ruled_backward(grad, parameters, rule, slope, made, first, end, to_current, to_parameters):
    """Compute the gradients of `ruled_forward`; a step in a refractory period has none."""
    retain, threshold, adaptation, retain_trace = parameters[0], parameters[1], parameters[4], parameters[3]
    to_retain, to_threshold, to_bias = to_parameters[0], to_parameters[1], to_parameters[2]
    to_retain_trace, to_adaptation = to_parameters[3], to_parameters[4]
    spikes, potentials, traces = made[0], made[1], made[2]
    slopes = np.empty(end - first, grad.dtype)
    to_trace = np.zeros(end - first, grad.dtype)
    zero = np.zeros(1, grad.dtype)[0]
    last = len(grad) - 1
    for t in range(last, -1, -1):
        for j in range(first, end):
            slopes[j - first] = potentials[t, j] - (threshold[j] + traces[t, j])
        write_slopes(slope, slopes)
        for j in range(first, end):
            later = to_trace[j - first]
            to_retain_trace[j] += later * traces[t, j]
            to_adaptation[j] += later * spikes[t, j]
            to_trace[j - first] = retain_trace[j] * later
            to_current[t, j] = zero
            refractory = False
            for before in range(max(0, t - rule.refractory), t):
                refractory = refractory or spikes[before, j] > zero
            if refractory:
                continue
            direct = (grad[t, j] + adaptation[j] * later) * slopes[j - first]
            to_trace[j - first] -= direct
            to_threshold[j] -= direct
            whole = direct
            if t < last and (rule.subtract or spikes[t, j] == zero):
                next_one = to_current[t + 1, j]
                left = potentials[t, j]
                if spikes[t, j] > zero:
                    left -= threshold[j]
                to_retain[j] += next_one * left
                whole += retain[j] * next_one
            to_current[t, j] = whole
            to_bias[j] += whole
