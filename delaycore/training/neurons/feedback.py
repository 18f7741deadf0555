"""Neurons that hear themselves: a loop over steps, since no step can be computed before those that it
hears.
"""

from __future__ import annotations

import torch
from torch import Tensor

from delaycore.training.neurons.kinds import Neurons, Values
from delaycore.training.neurons.record import Fire, fire

__all__ = ["with_feedback"]


def with_feedback(
    neurons: Neurons,
    values: Values,
    current: Tensor,
    kernel: Tensor,
    delays: tuple[int, ...],
    fires: Fire = fire,
) -> Tensor:
    """Spikes of ``neurons``, [steps, samples, neurons], driven by ``current`` of that shape and by their own
    delayed spikes.

    kernel: [delays, neurons, neurons]; delays: in steps, ascending, at least 1; fires: how spikes follow from
            potentials.
    """
    state, made = neurons.rest(current[0]), list[Tensor]()
    weight = kernel.flatten(0, 1)
    size = kernel.shape[1]
    for t, now in enumerate(current):
        due = [made[t - d] for d in delays if d <= t]  # the shortest delays, which stand first
        heard = now + torch.cat(due, dim=1) @ weight[: size * len(due)] if due else now
        spikes, state = neurons.step(heard, state, values, fires)
        made.append(spikes)
    return torch.stack(made)
