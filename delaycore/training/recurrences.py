"""The recurrences of neurons, forwards and backwards over all steps in one go, on tensors [steps, samples, neurons]."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from delaycore.training.record import Record
from delaycore.training.surrogates import Surrogate

__all__ = ["followed_integrate", "followed_lif", "integrate", "lif"]


class _LIF(torch.autograd.Function):
    """LIF neurons with reset to zero (arXiv 2404.10597, eq. 1) and a surrogate for the spike's derivative.

    The reset is not differentiated: a spike's effect on its own neuron's later potential is taken as given.
    """

    @staticmethod
    def forward(ctx: Any, current: Tensor, retain: Tensor, threshold: Tensor, surrogate: Surrogate) -> tuple[Tensor, Tensor]:
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
        ctx.surrogate = surrogate
        ctx.mark_non_differentiable(potentials)
        return spikes, potentials

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        potentials, spikes, retain, threshold = ctx.saved_tensors
        direct = ctx.surrogate(grads[0], potentials - threshold)
        through = retain * (1 - spikes)
        to_current = direct.clone()
        for t in range(len(direct) - 2, -1, -1):
            to_current[t].addcmul_(to_current[t + 1], through[t])
        to_retain = (to_current[1:] * potentials[:-1] * (1 - spikes[:-1])).sum((0, 1))
        return to_current, to_retain, -direct.sum((0, 1)), None


class _FollowedLIF(torch.autograd.Function):
    """The gradients of `_LIF` at spikes and potentials that are given."""

    @staticmethod
    def forward(ctx: Any, current: Tensor, retain: Tensor, threshold: Tensor, surrogate: Surrogate, spikes: Tensor, potentials: Tensor) -> Tensor:
        ctx.save_for_backward(potentials, spikes, retain, threshold)
        ctx.surrogate = surrogate
        return spikes.view_as(spikes)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        return (*_LIF.backward(ctx, *grads), None, None)


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


class _FollowedIntegrate(torch.autograd.Function):
    """The gradients of `_Integrate` at potentials that are given."""

    @staticmethod
    def forward(ctx: Any, current: Tensor, retain: Tensor, potentials: Tensor) -> Tensor:
        ctx.save_for_backward(potentials, retain)
        return potentials.view_as(potentials)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        return (*_Integrate.backward(ctx, *grads), None)


def lif(current: Tensor, retain: Tensor, threshold: Tensor, surrogate: Surrogate) -> tuple[Tensor, Tensor]:
    """Spikes and potentials of LIF neurons, [steps, samples, neurons] each, from their input current.

    retain, threshold: [neurons].
    """
    spikes, potentials = _LIF.apply(current, retain, threshold, surrogate)  # type: ignore[no-untyped-call]
    return spikes, potentials


def integrate(current: Tensor, retain: Tensor) -> Tensor:
    """Potentials of integrating neurons, [steps, samples, neurons]."""
    out: Tensor = _Integrate.apply(current, retain)  # type: ignore[no-untyped-call]
    return out


def followed_lif(current: Tensor, retain: Tensor, threshold: Tensor, surrogate: Surrogate, record: Record) -> Tensor:
    """The spikes of ``record``, with the gradients of `lif` there."""
    out: Tensor = _FollowedLIF.apply(current, retain, threshold, surrogate, *record)  # type: ignore[no-untyped-call]
    return out


def followed_integrate(current: Tensor, retain: Tensor, potentials: Tensor) -> Tensor:
    """``potentials``, with the gradients of `integrate` there."""
    out: Tensor = _FollowedIntegrate.apply(current, retain, potentials)  # type: ignore[no-untyped-call]
    return out
