"""Neurons that never fire, and neurons without bias and refractory period that reset to zero, over all steps
in one pass, forwards and backwards.

Arrays are [..., steps, columns], a column being one neuron in one sample; parameters and their gradients are
[parameters, columns], in the order that each kernel names.  Columns ``first`` to ``end`` are a task of their
own.  ``made`` is what a forward pass leaves: what is sent on, and what the way back needs.

Forward passes round as single steps do, so that the same neurons fire.  Constants are made of the arrays' own
type: with a literal, Numba would compute in double precision.
"""

# Numba infers the types of what it compiles; annotations would not be checked.
# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

import numpy as np

from delaycore._compilation import compile_kernel
from delaycore.nn._kernels._surrogates import write_slopes

__all__ = [
    "adaptive_backward",
    "adaptive_forward",
    "integrate_backward",
    "integrate_forward",
    "lif_backward",
    "lif_forward",
]


@compile_kernel
def integrate_forward(current, parameters, rule, first, end, made):
    """Run all steps of integrators of parameters retain and bias, and write potentials into ``made``."""
    retain, bias, potentials = parameters[0], parameters[1], made[0]
    for j in range(first, end):
        potentials[0, j] = current[0, j] + bias[j]
    for t in range(1, len(current)):
        for j in range(first, end):
            potentials[t, j] = retain[j] * potentials[t - 1, j] + current[t, j] + bias[j]


@compile_kernel
def integrate_backward(grad, parameters, rule, slope, made, first, end, to_current, to_parameters):
    retain, potentials, to_retain, to_bias = parameters[0], made[0], to_parameters[0], to_parameters[1]
    last = len(grad) - 1
    for j in range(first, end):
        to_current[last, j] = grad[last, j]
        to_bias[j] += grad[last, j]
    for t in range(last - 1, -1, -1):
        for j in range(first, end):
            to_retain[j] += to_current[t + 1, j] * potentials[t, j]
            to_current[t, j] = grad[t, j] + retain[j] * to_current[t + 1, j]
            to_bias[j] += to_current[t, j]


@compile_kernel
def lif_forward(current, parameters, rule, first, end, made):
    """Run all steps of LIF neurons with the parameters retain and threshold, and write spikes and potentials
    into ``made``.
    """
    retain, threshold, spikes, potentials = parameters[0], parameters[1], made[0], made[1]
    one = np.ones(1, current.dtype)[0]
    zero = one - one
    for t in range(len(current)):
        for j in range(first, end):
            u = current[t, j]
            if t > 0:
                u = retain[j] * (zero if spikes[t - 1, j] > zero else potentials[t - 1, j]) + u
            potentials[t, j] = u
            spikes[t, j] = one if u >= threshold[j] else zero


@compile_kernel
def lif_backward(grad, parameters, rule, slope, made, first, end, to_current, to_parameters):
    retain, threshold, spikes, potentials = parameters[0], parameters[1], made[0], made[1]
    to_retain, to_threshold = to_parameters[0], to_parameters[1]
    slopes = np.empty(end - first, grad.dtype)
    zero = np.zeros(1, grad.dtype)[0]
    last = len(grad) - 1
    for t in range(last, -1, -1):
        for j in range(first, end):
            slopes[j - first] = potentials[t, j] - threshold[j]
        write_slopes(slope, slopes)
        for j in range(first, end):
            to_current[t, j] = grad[t, j] * slopes[j - first]
            to_threshold[j] -= to_current[t, j]
        if t < last:
            for j in range(first, end):
                later = zero if spikes[t, j] > zero else to_current[t + 1, j]
                to_retain[j] += later * potentials[t, j]
                to_current[t, j] += retain[j] * later


@compile_kernel
def adaptive_forward(current, parameters, rule, first, end, made):
    """Run all steps of adaptive LIF neurons with the parameters retain, threshold, retain_trace and
    adaptation, and write spikes, potentials and traces into ``made``.
    """
    retain, threshold, retain_trace, adaptation = parameters[0], parameters[1], parameters[2], parameters[3]
    spikes, potentials, traces = made[0], made[1], made[2]
    one = np.ones(1, current.dtype)[0]
    zero = one - one
    for t in range(len(current)):
        for j in range(first, end):
            u, trace = current[t, j], zero
            if t > 0:
                fired = spikes[t - 1, j]
                u = retain[j] * (zero if fired > zero else potentials[t - 1, j]) + u
                trace = retain_trace[j] * traces[t - 1, j] + adaptation[j] * fired
            potentials[t, j], traces[t, j] = u, trace
            spikes[t, j] = one if u >= threshold[j] + trace else zero


@compile_kernel
def adaptive_backward(grad, parameters, rule, slope, made, first, end, to_current, to_parameters):
    retain, threshold, retain_trace, adaptation = parameters[0], parameters[1], parameters[2], parameters[3]
    to_retain, to_threshold, to_retain_trace, to_adaptation = (
        to_parameters[0],
        to_parameters[1],
        to_parameters[2],
        to_parameters[3],
    )
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
            direct = (grad[t, j] + adaptation[j] * later) * slopes[j - first]
            to_trace[j - first] = retain_trace[j] * later - direct
            to_threshold[j] -= direct
            to_current[t, j] = direct
        if t < last:
            for j in range(first, end):
                later = zero if spikes[t, j] > zero else to_current[t + 1, j]
                to_retain[j] += later * potentials[t, j]
                to_current[t, j] += retain[j] * later
