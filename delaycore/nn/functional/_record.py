"""Spikes and potentials of a population in a simulation, for a forward pass to repeat."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor

from delaycore._shown import show_line
from delaycore.nn.functional._rounding import straight_through
from delaycore.nn.functional._surrogates import Surrogate, spike

__all__ = ["Fire", "Record", "fire", "fire_above"]

Fire = Callable[[Tensor, Tensor, Surrogate], tuple[Tensor, Tensor]]
"""(potential, threshold, surrogate) of one step -> its spikes, and the potential that holds from then on."""


def fire(potential: Tensor, threshold: Tensor, surrogate: Surrogate) -> tuple[Tensor, Tensor]:
    """Let neurons decide by themselves: they fire where the potential has reached the threshold."""
    return spike(potential, threshold, surrogate), potential


def fire_above(potential: Tensor, threshold: Tensor, surrogate: Surrogate) -> tuple[Tensor, Tensor]:
    """Let neurons decide by themselves: they fire where the potential lies strictly above the threshold."""
    return spike(potential, threshold, surrogate, strict=True), potential


class Record(NamedTuple):
    """Spikes and potentials of a simulation, [steps, batch, neurons] each, the potentials in the units of the
    trained network.
    """

    spikes: Tensor
    potentials: Tensor

    def __repr__(self) -> str:
        return show_line(self)

    def drop_steps(self, number: int) -> Record:
        """Return the record without its first ``number`` steps."""
        return Record(self.spikes[number:], self.potentials[number:])

    def replay(self) -> Fire:
        """Return a `Fire` that gives in every step what the record says; call it once for each step in
        turn.
        """
        steps = zip(self.spikes, self.potentials, strict=True)

        def repeat(potential: Tensor, threshold: Tensor, surrogate: Surrogate) -> tuple[Tensor, Tensor]:
            spikes, recorded = next(steps)
            potential = straight_through(potential, recorded)
            return straight_through(spike(potential, threshold, surrogate), spikes), potential

        return repeat
