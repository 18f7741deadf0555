"""Spikes through synapses with delays, for all steps at once, on tensors [steps, samples, neurons].

There are three ways: a matrix product per level; event by event, at a cost that grows with the number of
spikes; and, for gradients, a product per frequency.  Every call counts its spikes and takes what costs least.
Costs are those of the processor; elsewhere, it is a product per level.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from delaycore.nn.functional import _by_event as by_event
from delaycore.nn.functional import _by_frequency as by_frequency
from delaycore.nn.functional import _by_level as by_level
from delaycore.nn.functional._by_event import Events
from delaycore.nn.functional._eager import run_eagerly
from delaycore.nn.functional._shape import Shape

__all__ = ["Deliver", "deliver", "deliver_gradients"]

Deliver = Callable[[Tensor, Tensor, tuple[int, ...]], Tensor]
"""(spikes, kernel, delays) -> input of the targets: `deliver`, or `deliver_gradients`."""


class _Delayed(torch.autograd.Function):
    """Input of the targets: ``I[t] = sum over k of s[t - delays[k]] @ weight[k]``, all delays below the
    number of steps.
    """

    @staticmethod
    def forward(ctx: Any, spikes: Tensor, weight: Tensor, delays: tuple[int, ...]) -> Tensor:
        shape = Shape.of(spikes, weight, delays)
        events, ctx.events = _list_events(spikes, shape, True, ctx.needs_input_grad[1])
        ctx.save_for_backward(spikes, weight)
        ctx.shape = shape
        return (
            by_level.forward(spikes, weight, delays)
            if events is None
            else by_event.forward(events, weight, delays, shape.steps)
        )

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        spikes, weight = ctx.saved_tensors
        grad, shape, delays = grads[0].contiguous(), ctx.shape, ctx.shape.delays
        to_spikes = torch.empty_like(spikes) if ctx.needs_input_grad[0] else None
        to_weight = torch.empty_like(weight) if ctx.needs_input_grad[1] else None
        if to_weight is not None and ctx.events is not None:
            by_event.compute_weight_gradient(ctx.events, delays, grad, to_weight)
        left = to_weight if ctx.events is None else None
        wanted = to_spikes is not None, left is not None
        if any(wanted):
            way = (
                by_frequency
                if spikes.device.type == "cpu"
                and by_frequency.cost(shape, *wanted) < sum(wanted) * by_level.cost(shape)
                else by_level
            )
            way.gradients(spikes, weight, delays, grad, to_spikes, left)
        return to_spikes, to_weight, None


class _GradientsOnly(_Delayed):
    """The same gradients, without the values."""

    @staticmethod
    def forward(ctx: Any, spikes: Tensor, weight: Tensor, delays: tuple[int, ...]) -> Tensor:
        shape = Shape.of(spikes, weight, delays)
        _, ctx.events = _list_events(spikes, shape, False, ctx.needs_input_grad[1])
        ctx.save_for_backward(spikes, weight)
        ctx.shape = shape
        return spikes.new_zeros(()).expand(shape.steps, shape.samples, shape.post)


def _list_events(
    spikes: Tensor, shape: Shape, forward: bool, back: bool
) -> tuple[Events | None, Events | None]:
    """List the events of ``spikes`` for the forward pass and for the gradient of the weights, if asked for;
    each where they are the fastest way.
    """
    plain, others = by_level.cost(shape), min(by_level.cost(shape), by_frequency.cost(shape, False, True))
    if not by_event.is_possible(spikes) or by_event.cost_listing(shape) > plain:
        return None, None
    number = by_event.count_events(spikes)
    if number is None:
        return None, None
    fired = int(number.sum())
    wanted = (
        forward and by_event.cost_forward(shape, fired) < plain,
        back and by_event.cost_to_weight(shape, fired) < others,
    )
    events = by_event.list_events(spikes, number) if any(wanted) else None
    return events if wanted[0] else None, events if wanted[1] else None


@run_eagerly
def deliver(spikes: Tensor, weight: Tensor, delays: tuple[int, ...]) -> Tensor:
    """Return the input of the target neurons, [steps, samples, post], from ``spikes`` [steps, samples, pre].

    weight: [levels, pre, post], one matrix per delay; delays: steps of each level.
    """
    out: Tensor = _Delayed.apply(*_drop_late_levels(spikes, weight, delays))  # type: ignore[no-untyped-call]
    return out


@run_eagerly
def deliver_gradients(spikes: Tensor, weight: Tensor, delays: tuple[int, ...]) -> Tensor:
    """Return zeros with the shape and the gradients of `deliver`, for neurons whose spikes and potentials are
    known already.
    """
    out: Tensor = _GradientsOnly.apply(*_drop_late_levels(spikes, weight, delays))  # type: ignore[no-untyped-call]
    return out


def _drop_late_levels(
    spikes: Tensor, weight: Tensor, delays: tuple[int, ...]
) -> tuple[Tensor, Tensor, tuple[int, ...]]:
    """Leave out the levels that arrive after the end."""
    alive = [k for k, d in enumerate(delays) if d < len(spikes)]
    if len(alive) < len(delays):
        weight, delays = weight[alive], tuple(delays[k] for k in alive)
    if spikes.dtype == torch.bool:
        spikes = spikes.to(weight.dtype)
    return spikes.contiguous(), weight.contiguous(), delays
