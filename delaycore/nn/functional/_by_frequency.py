"""Gradients through delayed synapses with a product per frequency, where the plain way takes one per step and
level.

What delayed synapses do, ``I[t] = sum over k of s[t - d[k]] @ w[k]``, is a convolution over steps, so in
terms of frequencies it is one product for each.  Spikes and weights are real, so a complex product is three
real ones (Gauss).  Written out, with three constant matrices, this is ``I = C.T @ ((A @ s) * (B @ w))``.  The
gradients are its transposes, matrix products from end to end: ``A.T @ ((C @ I') * (B @ w).T)`` for the spikes
and ``B.T @ ((A @ s).T * (C @ I'))`` for the weights, where I' is the gradient of I.

Sums over frequencies round otherwise than sums over spikes.  Gradients bear that; which neuron fires must not
hang on it, so the forward pass does not go this way.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from delaycore.nn.functional._shape import Shape

__all__ = ["THIN", "cost", "gradients", "count_products"]

_BLOCK = 1 << 20
"""Numbers that a block of points has in its largest array; more only take memory, fewer make matrices too
thin.
"""


THIN = 2.3
"""A multiply-add of the thin matrices that lead to points and back, in those of a large matrix product;
measured as in `_by_event`.
"""


class _Points(NamedTuple):
    """The matrices of the algorithm for one set of delays.

    stride:  steps that are a unit here, the greatest that divides all delays; steps between are worked on
             side by side.
    spikes:  A, [points, steps / stride]; weight: B, [points, levels]; input: C, [points, steps / stride].
    """

    stride: int
    spikes: Tensor
    weight: Tensor
    input: Tensor


def _period(steps: int, delays: tuple[int, ...]) -> tuple[int, int, int]:
    """Choose the unit, the steps in units, and a period in which nothing comes round to where it does not
    belong.
    """
    stride = math.gcd(*delays) or 1
    units = -(-steps // stride)
    period = units + max(delays) // stride
    return stride, units, period + 1 - period % 2  # odd: every frequency but 0 has its mirror image


def count_products(shape: Shape) -> int:
    """Count the multiply-adds of the products of all points, for one of the two gradients."""
    stride, _, period = _period(shape.steps, shape.delays)
    return (3 * (period // 2) + 1) * stride * shape.samples * shape.pre * shape.post


@lru_cache(maxsize=256)  # asked in every pass, always of the same few shapes
def cost(shape: Shape, to_spikes: bool, to_weight: bool) -> float:
    """Estimate the cost of the gradients that are asked for, in multiply-adds of a large matrix product."""
    if not shape.delays:
        return math.inf
    points = 3 * (_period(shape.steps, shape.delays)[2] // 2) + 1
    sent, due = shape.steps * shape.samples * shape.pre, shape.steps * shape.samples * shape.post
    weight = len(shape.delays) * shape.pre * shape.post
    asked = to_spikes + to_weight
    return asked * count_products(shape) + THIN * points * (due + asked * (sent + weight))


@lru_cache(maxsize=64)
def _points(steps: int, delays: tuple[int, ...], dtype: torch.dtype, device: torch.device) -> _Points:
    """Return the matrices for ``delays``, all below ``steps``."""
    stride, units, period = _period(steps, delays)
    at = 2 * math.pi / period * torch.arange(1, period // 2 + 1, dtype=torch.float64)
    t = torch.outer(at, torch.arange(units, dtype=torch.float64))
    d = torch.outer(at, torch.tensor(delays, dtype=torch.float64) / stride)
    a = [t.cos() - t.sin(), t.cos(), -t.sin()]
    b = [d.cos(), -d.sin() - d.cos(), d.cos() - d.sin()]
    c = [2 * (t.cos() - t.sin()), -2 * t.sin(), -2 * t.cos()]
    whole = [torch.cat([m[0].new_ones(1, m[0].shape[1]), *m]).to(device, dtype) for m in (a, b, c)]
    return _Points(stride, whole[0], whole[1], whole[2] / period)


def gradients(
    spikes: Tensor,
    weight: Tensor,
    delays: tuple[int, ...],
    grad: Tensor,
    to_spikes: Tensor | None,
    to_weight: Tensor | None,
) -> None:
    """Write the gradients of spikes [steps, samples, pre] and weight [levels, pre, post] to ``to_spikes`` and
    ``to_weight``, where they are given.

    delays: all below the number of steps; grad: of the targets' input, [steps, samples, post].
    """
    steps = len(spikes)
    matrices = _points(steps, delays, spikes.dtype, spikes.device)
    sent, due = _by_phase(spikes, matrices.stride), _by_phase(grad, matrices.stride)
    levels, pre, post = weight.shape
    units, rows, _ = sent.shape
    back = torch.zeros_like(sent) if to_spikes is not None else None
    if to_weight is not None:
        to_weight.zero_()
    size = max(16, _BLOCK // max(rows * pre, rows * post, pre * post))
    for a, b, c in zip(
        *(torch.split(m, size) for m in (matrices.spikes, matrices.weight, matrices.input)), strict=True
    ):
        met = (c @ due.view(units, -1)).view(-1, rows, post)
        if back is not None:
            through = (b @ weight.view(levels, -1)).view(-1, pre, post)
            back.view(units, -1).addmm_(a.t(), torch.bmm(met, through.transpose(1, 2)).view(len(a), -1))
        if to_weight is not None:
            fired = (a @ sent.view(units, -1)).view(-1, rows, pre)
            to_weight.view(levels, -1).addmm_(b.t(), torch.bmm(fired.transpose(1, 2), met).view(len(a), -1))
    if to_spikes is not None and back is not None:
        to_spikes.copy_(back.view(-1, *spikes.shape[1:])[:steps])


def _by_phase(series: Tensor, stride: int) -> Tensor:
    """Reshape [steps, samples, neurons] to [units of ``stride`` steps, stride * samples, neurons], filled up
    with zeros.
    """
    lacking = -len(series) % stride
    whole = functional.pad(series, (0, 0, 0, 0, 0, lacking)) if lacking else series.contiguous()
    return whole.view(-1, stride * series.shape[1], series.shape[2])
