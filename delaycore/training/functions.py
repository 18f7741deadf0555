"""The differentiable operations of a network with delays, on tensors [steps, samples, neurons]."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

__all__ = ["delayed", "integrate", "lif"]


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


class _LIF(torch.autograd.Function):
    """LIF neurons with reset to zero (arXiv 2404.10597, eq. 1) and the fast sigmoid's derivative for the spike's.

    The reset is not differentiated: a spike's effect on its own neuron's later potential is taken as given.
    """

    @staticmethod
    def forward(ctx: Any, current: Tensor, retain: Tensor, threshold: Tensor, scale: float) -> tuple[Tensor, Tensor]:
        u = torch.zeros_like(current[0])
        kept = torch.ones_like(u)
        potentials = torch.empty_like(current)
        spikes = torch.empty_like(current)
        for t in range(current.shape[0]):
            u = retain * (u * kept) + current[t]
            s = (u >= threshold).to(u.dtype)
            potentials[t], spikes[t] = u, s
            kept = 1 - s
        ctx.save_for_backward(potentials, spikes, retain, threshold)
        ctx.scale = scale
        ctx.mark_non_differentiable(potentials)
        return spikes, potentials

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        potentials, spikes, retain, threshold = ctx.saved_tensors
        direct = grads[0] / (ctx.scale * (potentials - threshold).abs() + 1) ** 2
        through = retain * (1 - spikes)
        to_current = direct.clone()
        for t in range(len(direct) - 2, -1, -1):
            to_current[t].addcmul_(to_current[t + 1], through[t])
        to_retain = (to_current[1:] * potentials[:-1] * (1 - spikes[:-1])).sum((0, 1))
        return to_current, to_retain, -direct.sum((0, 1)), None


class _Integrate(torch.autograd.Function):
    """Neurons that integrate and never fire: ``u[t] = retain * u[t-1] + I[t]``."""

    @staticmethod
    def forward(ctx: Any, current: Tensor, retain: Tensor) -> Tensor:
        u = torch.zeros_like(current[0])
        potentials = torch.empty_like(current)
        for t in range(current.shape[0]):
            u = retain * u + current[t]
            potentials[t] = u
        ctx.save_for_backward(potentials, retain)
        return potentials

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor]:
        potentials, retain = ctx.saved_tensors
        to_current = grads[0].clone()
        for t in range(len(to_current) - 2, -1, -1):
            to_current[t].addcmul_(to_current[t + 1], retain)
        return to_current, (to_current[1:] * potentials[:-1]).sum((0, 1))


def delayed(spikes: Tensor, weight: Tensor, delays: tuple[int, ...]) -> Tensor:
    """Input of the target neurons, [steps, samples, post], from ``spikes`` [steps, samples, pre].

    weight: [levels, pre, post], one matrix per delay; delays: steps of each level.
    """
    out: Tensor = _Delayed.apply(spikes, weight, delays)  # type: ignore[no-untyped-call]
    return out


def lif(current: Tensor, retain: Tensor, threshold: Tensor, scale: float) -> tuple[Tensor, Tensor]:
    """Spikes and potentials of LIF neurons, [steps, samples, neurons] each, from their input current.

    retain, threshold: [neurons]; scale: of the fast-sigmoid surrogate, derivative 1 / (scale * |u - threshold| + 1) ** 2.
    """
    spikes, potentials = _LIF.apply(current, retain, threshold, scale)  # type: ignore[no-untyped-call]
    return spikes, potentials


def integrate(current: Tensor, retain: Tensor) -> Tensor:
    """Potentials of integrating neurons, [steps, samples, neurons]."""
    out: Tensor = _Integrate.apply(current, retain)  # type: ignore[no-untyped-call]
    return out
