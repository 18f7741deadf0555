"""What a population did in a simulation, for a forward pass to follow."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor

from delaycore.training.neurons.surrogates import Surrogate, crossed
from delaycore.training.rounding import through

__all__ = ["Fire", "Record", "fire"]

Fire = Callable[[Tensor, Tensor, Surrogate], tuple[Tensor, Tensor]]
"""(potential, threshold, surrogate) of one step -> spikes, and the potential that stands."""


def fire(potential: Tensor, threshold: Tensor, surrogate: Surrogate) -> tuple[Tensor, Tensor]:
    """Neurons that decide by themselves: they fire where the potential has reached the threshold."""
    return crossed(potential, threshold, surrogate), potential


class Record(NamedTuple):
    """Spikes and potentials, [steps, samples, neurons] each, the potentials in the units of the trained
    network.
    """

    spikes: Tensor
    potentials: Tensor

    def fire(self) -> Fire:
        """Neurons that do in every step what the record says, called once for each step in turn."""
        steps = zip(self.spikes, self.potentials, strict=True)

        def follow(potential: Tensor, threshold: Tensor, surrogate: Surrogate) -> tuple[Tensor, Tensor]:
            spikes, stands = next(steps)
            potential = through(potential, stands)
            return through(crossed(potential, threshold, surrogate), spikes), potential

        return follow
