"""Spikes as lists of events, and what delayed synapses make of them: work that grows with the number of
spikes.

Arrays are of one layer: spikes [steps, samples, pre], weights [levels, pre, post].  Every range of samples or
of source neurons is a task of its own that writes where no other does, and adds in one order, so that results
do not depend on the number of threads.  Columns of targets are done in blocks whose width is a constant,
which lets LLVM keep them in vector registers.
"""

# Numba infers the types of what it compiles; annotations would not be checked.
# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

import numpy as np

from delaycore._compilation import compile_kernel

__all__ = ["BLOCK", "count_spikes", "deliver", "list_steps", "pad_gradients", "sum_gradients"]

BLOCK = 64
"""Target neurons that are done together: 100 steps of them fit the first-level cache."""

_SAMPLES = 16
"""Samples that share what was read of the weights."""

_SOURCES = 32
"""Source neurons that share what was read of a sample's gradients."""


@compile_kernel
def count_spikes(spikes, first, end, number):
    """Count the spikes of samples ``first`` to ``end`` into number [samples, pre]; whether all of them
    are 1.
    """
    binary = True
    for t in range(spikes.shape[0]):
        for b in range(first, end):
            for i in range(spikes.shape[2]):
                value = spikes[t, b, i]
                if value != 0:
                    number[b, i] += 1
                    binary = binary and value == 1
    return binary


@compile_kernel
def list_steps(spikes, first, end, start, steps):
    """Write the steps in which neuron i of sample b fires to ``steps``, from ``start[b, i]`` on."""
    for b in range(first, end):
        place = start[b].copy()
        for t in range(spikes.shape[0]):
            for i in range(spikes.shape[2]):
                if spikes[t, b, i] != 0:
                    steps[place[i]] = t
                    place[i] += 1


@compile_kernel
def deliver(start, steps, weight, delays, first, end, out):
    """Add each spike's weights to its targets ``delays`` later: out [steps, samples, post], samples ``first``
    to ``end``.
    """
    levels, pre, post = weight.shape
    last = out.shape[0]
    due = np.empty((_SAMPLES, last, BLOCK), weight.dtype)
    row = np.zeros((levels, BLOCK), weight.dtype)
    for b0 in range(first, end, _SAMPLES):
        b1 = min(end, b0 + _SAMPLES)
        for p in range(0, post, BLOCK):
            width = min(BLOCK, post - p)
            due[:] = 0
            for i in range(pre):
                spikes = 0
                for b in range(b0, b1):
                    spikes += start[b, i + 1] - start[b, i]
                if spikes == 0:
                    continue
                for k in range(levels):
                    for j in range(width):
                        row[k, j] = weight[k, i, p + j]
                for b in range(b0, b1):
                    for e in range(start[b, i], start[b, i + 1]):
                        for k in range(levels):
                            t = steps[e] + delays[k]
                            if t < last:
                                for j in range(BLOCK):
                                    due[b - b0, t, j] += row[k, j]
            for b in range(b0, b1):
                for t in range(last):
                    for j in range(width):
                        out[t, b, p + j] = due[b - b0, t, j]


@compile_kernel
def pad_gradients(grad, first, end, out):
    """Lay grad [steps, samples, post] out by blocks of targets, samples ``first`` to ``end``: out [blocks,
    samples, steps and more, BLOCK].

    The steps that are added are 0, and so are the targets: what arrives after the end has no gradient.
    """
    steps, _, post = grad.shape
    for p in range(out.shape[0]):
        width = min(BLOCK, post - p * BLOCK)
        for b in range(first, end):
            out[p, b, :] = 0
            for t in range(steps):
                for j in range(width):
                    out[p, b, t, j] = grad[t, b, p * BLOCK + j]


@compile_kernel
def sum_gradients(start, steps, grad, delays, first, end, out):
    """Sum the gradients that each spike meets ``delays`` later: out [levels, pre, post], source neurons
    ``first`` to ``end``.

    grad: of the targets' input, as `pad_gradients` lays it out.
    """
    levels, _, post = out.shape
    blocks, samples, _, _ = grad.shape
    met = np.empty((_SOURCES, levels, BLOCK), out.dtype)
    for i0 in range(first, end, _SOURCES):
        i1 = min(end, i0 + _SOURCES)
        for p in range(blocks):
            met[:] = 0
            for b in range(samples):
                for i in range(i0, i1):
                    e, last = start[b, i], start[b, i + 1]
                    while e + 4 <= last:  # four at a time are read for one sum that is written
                        t0, t1, t2, t3 = steps[e], steps[e + 1], steps[e + 2], steps[e + 3]
                        for k in range(levels):
                            d = delays[k]
                            for j in range(BLOCK):
                                met[i - i0, k, j] += (grad[p, b, t0 + d, j] + grad[p, b, t1 + d, j]) + (
                                    grad[p, b, t2 + d, j] + grad[p, b, t3 + d, j]
                                )
                        e += 4
                    while e < last:
                        t0 = steps[e]
                        for k in range(levels):
                            d = delays[k]
                            for j in range(BLOCK):
                                met[i - i0, k, j] += grad[p, b, t0 + d, j]
                        e += 1
            width = min(BLOCK, post - p * BLOCK)
            for i in range(i0, i1):
                for k in range(levels):
                    for j in range(width):
                        out[k, i, p * BLOCK + j] = met[i - i0, k, j]
