"""LIF neurons whose threshold adapts."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import torch
from torch import Tensor

from delaycore.graph import AdaptiveLIF as AdaptiveLIFPopulation
from delaycore.nn._neurons import State, Values
from delaycore.nn._parameters import as_retain
from delaycore.nn._spiking import SpikingNeurons
from delaycore.nn.functional import Fire, Record, Surrogate, adaptive_lif

__all__ = ["AdaptiveLIF"]


class AdaptiveLIF(SpikingNeurons):
    """LIF neurons whose threshold rises with each spike (Bellec et al. 2018, the adaptive neuron of LSNN).

    ``a[t] = retain_trace * a[t-1] + adaptation * s[t-1]``, and a neuron fires where ``u[t] >= threshold +
    a[t]``; see `LIF`.  That rise is differentiated, the reset is not.

    retain, tau_mem:         of the potential: the fraction kept per step, or seconds, with ``step``.
    retain_trace, tau_adapt: of the threshold's rise, in the same way.
    adaptation:              rise per spike.
    Others as in `LIF`.

    Input and output [steps, batch, features].

    >>> import torch
    >>> from delaycore.nn import AdaptiveLIF
    >>> neurons = AdaptiveLIF(3, retain=0.9, retain_trace=0.95, adaptation=0.1)
    >>> neurons(torch.ones(10, 4, 3)).shape
    torch.Size([10, 4, 3])
    """

    population = AdaptiveLIFPopulation
    fractions = ("retain", "retain_trace")

    def __init__(
        self,
        features: int,
        *,
        retain: Any = None,
        tau_mem: Any = None,
        retain_trace: Any = None,
        tau_adapt: Any = None,
        adaptation: Any = 0.05,
        step: float | None = None,
        threshold: Any = 1.0,
        bias: Any = 0.0,
        refractory: int = 0,
        reset: str = "zero",
        start: int = 0,
        strict: bool = False,
        learn: Collection[str] = ("retain", "retain_trace"),
        surrogate: Surrogate | None = None,
        batch_first: bool = False,
    ) -> None:
        super().__init__(
            features,
            {
                "retain": as_retain("AdaptiveLIF.retain", retain, tau_mem, step),
                "retain_trace": as_retain("AdaptiveLIF.retain_trace", retain_trace, tau_adapt, step),
                "adaptation": adaptation,
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

    def run_compiled(self, current: Tensor, values: Values, record: Record | None) -> Tensor:
        return adaptive_lif(
            current,
            values["retain"],
            values["threshold"],
            values["retain_trace"],
            values["adaptation"],
            self.surrogate,
            bias=values.get("bias"),
            rule=self.rule,
            record=record,
        )

    def init_state(self, like: Tensor) -> State:
        return (*super().init_state(like), torch.zeros_like(like), torch.zeros_like(like))

    def step(self, current: Tensor, state: State, values: Values, fires: Fire) -> tuple[Tensor, State]:
        *potential_state, fired, trace = state
        trace = values["retain_trace"] * trace + values["adaptation"] * fired
        spikes, after = self._fire(
            values["retain"] * potential_state[0] + current,
            values["threshold"] + trace,
            tuple(potential_state),
            values,
            fires,
        )
        return spikes, (*after, spikes, trace)
