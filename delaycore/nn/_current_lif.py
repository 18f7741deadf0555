"""LIF neurons with a synaptic current."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import torch
from torch import Tensor

from delaycore.graph import CurrentLIF as CurrentLIFPopulation
from delaycore.nn._neurons import State, Values
from delaycore.nn._parameters import as_retain
from delaycore.nn._spiking import SpikingNeurons
from delaycore.nn.functional import Fire, Record, Surrogate, integrate, lif

__all__ = ["CurrentLIF"]


class CurrentLIF(SpikingNeurons):
    """LIF neurons whose input decays as a synaptic current.

    ``i[t] = retain_current * i[t-1] + x[t]``, and the potential takes ``i[t]`` for ``x[t]``; see `LIF`.

    retain, tau_mem:         of the potential: the fraction kept per step, or seconds, with ``step``.
    retain_current, tau_syn: of the synaptic current, in the same way.
    Others as in `LIF`.

    Input and output [steps, batch, features].

    >>> import torch
    >>> from delaycore.nn import CurrentLIF
    >>> neurons = CurrentLIF(3, tau_mem=0.02, tau_syn=0.005, step=1e-3)
    >>> neurons(torch.ones(10, 4, 3)).shape
    torch.Size([10, 4, 3])
    """

    population = CurrentLIFPopulation
    fractions = ("retain", "retain_current")

    def __init__(
        self,
        features: int,
        *,
        retain: Any = None,
        tau_mem: Any = None,
        retain_current: Any = None,
        tau_syn: Any = None,
        step: float | None = None,
        threshold: Any = 1.0,
        bias: Any = 0.0,
        refractory: int = 0,
        reset: str = "zero",
        start: int = 0,
        strict: bool = False,
        learn: Collection[str] = ("retain", "retain_current"),
        surrogate: Surrogate | None = None,
        batch_first: bool = False,
    ) -> None:
        super().__init__(
            features,
            {
                "retain": as_retain("CurrentLIF.retain", retain, tau_mem, step),
                "retain_current": as_retain("CurrentLIF.retain_current", retain_current, tau_syn, step),
            },
            threshold=threshold,
            bias=bias,
            refractory=refractory,
            reset=reset,
            start=start,
            strict=strict,
            learn=learn,
            surrogate=surrogate,
            batch_first=batch_first,
            time_step=step,
        )

    @property
    def needs_current(self) -> bool:
        return self.refractory > 0  # a potential that is held at 0 does not tell the current

    def run_compiled(self, current: Tensor, values: Values, record: Record | None) -> Tensor:
        known = None if record is None or self.needs_current else self._current_of(record, values)
        return lif(
            integrate(current, values["retain_current"], known),
            values["retain"],
            values["threshold"],
            self.surrogate,
            bias=values.get("bias"),
            rule=self.rule,
            record=record,
        )

    def _current_of(self, record: Record, values: Values) -> Tensor:
        """Return the synaptic current: what the potential rose by."""
        found = record.potentials.clone()
        left = self._reset(record.potentials[:-1], record.spikes[:-1], values)
        found[1:] -= values["retain"].detach() * left
        return found - values["bias"].detach() if "bias" in values else found

    def init_state(self, like: Tensor) -> State:
        return (*super().init_state(like), torch.zeros_like(like))

    def step(self, current: Tensor, state: State, values: Values, fires: Fire) -> tuple[Tensor, State]:
        *potential_state, i = state
        i = values["retain_current"] * i + current
        spikes, after = self._fire(
            values["retain"] * potential_state[0] + i,
            values["threshold"],
            tuple(potential_state),
            values,
            fires,
        )
        return spikes, (*after, i)
