"""Spikes through synapses with delays, for all steps at once, on tensors [steps, samples, neurons]."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

__all__ = ["Deliver", "delayed", "unheard"]

Deliver = Callable[[Tensor, Tensor, tuple[int, ...]], Tensor]
"""(spikes, kernel, delays) -> input of the targets: `delayed`, or what stands for it."""


class _Delayed(torch.autograd.Function):
    """Input of the targets: ``I[t] = sum over k of s[t - delays[k]] @ weight[k]``.

    A matrix product per level over all steps at once; nothing is unfolded, so memory does not grow with the number of levels.
    """

    @staticmethod
    def forward(ctx: Any, spikes: Tensor, weight: Tensor, delays: tuple[int, ...]) -> Tensor:
        ctx.save_for_backward(spikes, weight)
        ctx.delays = delays
        steps, samples, _ = spikes.shape
        post = weight.shape[2]
        out = spikes.new_zeros(steps, samples, post)
        for k, d in enumerate(delays):
            if d < steps:
                out[d:].view(-1, post).addmm_(spikes[: steps - d].reshape(-1, spikes.shape[2]), weight[k])
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        spikes, weight = ctx.saved_tensors
        grad = grads[0].contiguous()
        steps, _, pre = spikes.shape
        post = weight.shape[2]
        to_spikes = torch.zeros_like(spikes) if ctx.needs_input_grad[0] else None
        to_weight = torch.zeros_like(weight)
        for k, d in enumerate(ctx.delays):
            if d >= steps:
                continue
            due = grad[d:].view(-1, post)
            sent = spikes[: steps - d].reshape(-1, pre)
            torch.mm(sent.t(), due, out=to_weight[k])
            if to_spikes is not None:
                to_spikes[: steps - d].view(-1, pre).addmm_(due, weight[k].t())
        return to_spikes, to_weight, None


class _Unheard(_Delayed):
    """The same gradients, without the values."""

    @staticmethod
    def forward(ctx: Any, spikes: Tensor, weight: Tensor, delays: tuple[int, ...]) -> Tensor:
        ctx.save_for_backward(spikes, weight)
        ctx.delays = delays
        return spikes.new_zeros(()).expand(*spikes.shape[:2], weight.shape[2])


def delayed(spikes: Tensor, weight: Tensor, delays: tuple[int, ...]) -> Tensor:
    """Input of the target neurons, [steps, samples, post], from ``spikes`` [steps, samples, pre].

    weight: [levels, pre, post], one matrix per delay; delays: steps of each level.
    """
    out: Tensor = _Delayed.apply(spikes, weight, delays)  # type: ignore[no-untyped-call]
    return out


def unheard(spikes: Tensor, weight: Tensor, delays: tuple[int, ...]) -> Tensor:
    """Zeros with the shape and the gradients of `delayed`, for neurons whose spikes and potentials are known already."""
    out: Tensor = _Unheard.apply(spikes, weight, delays)  # type: ignore[no-untyped-call]
    return out
