"""Base class of neurons that fire: bias, threshold, refractory period and reset in one step."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import torch
from torch import Tensor

from delaycore.nn._neurons import Neurons, State, Values
from delaycore.nn.functional import Fire, Surrogate

__all__ = ["SpikingNeurons"]


class SpikingNeurons(Neurons):
    """Neurons that fire where a leaking potential reaches a threshold, or lies strictly above it.

    A reset is not differentiated: a spike's effect on its own neuron's later potential is taken as given.
    """

    def __init__(
        self,
        features: int,
        parameters: dict[str, Any],
        *,
        threshold: Any,
        bias: Any,
        refractory: int,
        reset: str,
        start: int,
        strict: bool,
        learn: Collection[str],
        surrogate: Surrogate | None,
        batch_first: bool,
        time_step: float | None,
    ) -> None:
        super().__init__(
            features,
            {**parameters, "threshold": threshold, "bias": bias},
            learn=learn,
            surrogate=surrogate,
            refractory=refractory,
            reset=reset,
            start=start,
            strict=strict,
            batch_first=batch_first,
            time_step=time_step,
        )

    def init_state(self, like: Tensor) -> State:
        """Return potentials of 0, and refractory periods of 0 where there are any."""
        zero = torch.zeros_like(like)
        return (zero, zero) if self.refractory else (zero,)

    def _fire(
        self, potential: Tensor, threshold: Tensor, state: State, values: Values, fires: Fire
    ) -> tuple[Tensor, State]:
        """Add the bias, fire and reset; return the spikes, and the new state, of the arrays that `init_state`
        makes.
        """
        if "bias" in values:
            potential = potential + values["bias"]
        if not self.refractory:
            spikes, potential = fires(potential, threshold, self.surrogate)
            return spikes, (self._reset(potential, spikes, values),)
        blocked = state[1] > 0
        potential = torch.where(blocked, 0.0, potential)
        spikes, potential = fires(potential, threshold, self.surrogate)
        spikes = torch.where(blocked, 0.0, spikes)
        left = torch.where(spikes.detach() > 0, float(self.refractory), (state[1] - 1).clamp(min=0))
        return spikes, (self._reset(potential, spikes, values), left)

    def _reset(self, potential: Tensor, spikes: Tensor, values: Values) -> Tensor:
        if self.reset == "subtract":
            return potential - (spikes * values["threshold"]).detach()
        return potential * (1 - spikes.detach())
