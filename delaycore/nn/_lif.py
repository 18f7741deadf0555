"""Leaky integrate-and-fire neurons."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from torch import Tensor

from delaycore.graph import LIF as LIFPopulation  # noqa: N811  # a class, whatever its capitals
from delaycore.nn._neurons import State, Values
from delaycore.nn._parameters import as_retain
from delaycore.nn._spiking import SpikingNeurons
from delaycore.nn.functional import Fire, Record, Surrogate, lif

__all__ = ["LIF"]


class LIF(SpikingNeurons):
    """Leaky integrate-and-fire neurons (arXiv 2404.10597, eq. 1).

    ``u[t] = retain * u[t-1] * (1 - s[t-1]) + x[t] + bias``, ``s[t] = 1 where u[t] >= threshold, else 0``

    features:   neurons.
    retain:     fraction of the potential kept per step; or give ``tau_mem`` and ``step``, both in seconds:
                ``retain = exp(-step / tau_mem)``.
    threshold:  potential at which a neuron fires.
    bias:       added to the potential in every step.
    refractory: steps after a spike in which the potential is held at 0 and the neuron cannot fire.
    reset:      after a spike the potential becomes ``"zero"``, or the threshold is taken off
                (``"subtract"``).
    start:      first step in which the neurons are alive; before it their input is lost.
    strict:     whether a neuron fires only where ``u[t] > threshold``.
    learn:      names of the parameters that are trained; the others are constants.
    surrogate:  of a spike's derivative; a fast sigmoid of steepness 10 unless given.
    batch_first: inputs and outputs are [batch, steps, features] instead of [steps, batch, features].

    Numbers are one for all neurons or one per neuron, and one that is trained stays so.  Input and output
    [steps, batch, features].  Computes in the type of its parameters, under autocast too.

    >>> import torch
    >>> from delaycore.nn import LIF
    >>> neurons = LIF(1, tau_mem=0.02, step=1e-3, threshold=1.0)
    >>> neurons(torch.full((5, 1, 1), 0.4))[:, 0, 0].tolist()
    [0.0, 0.0, 1.0, 0.0, 0.0]
    """

    population = LIFPopulation

    def __init__(
        self,
        features: int,
        *,
        retain: Any = None,
        tau_mem: Any = None,
        step: float | None = None,
        threshold: Any = 1.0,
        bias: Any = 0.0,
        refractory: int = 0,
        reset: str = "zero",
        start: int = 0,
        strict: bool = False,
        learn: Collection[str] = ("retain",),
        surrogate: Surrogate | None = None,
        batch_first: bool = False,
    ) -> None:
        super().__init__(
            features,
            {"retain": as_retain("LIF.retain", retain, tau_mem, step)},
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
        return lif(
            current,
            values["retain"],
            values["threshold"],
            self.surrogate,
            bias=values.get("bias"),
            rule=self.rule,
            record=record,
        )

    def step(self, current: Tensor, state: State, values: Values, fires: Fire) -> tuple[Tensor, State]:
        potential = values["retain"] * state[0] + current
        return self._fire(potential, values["threshold"], state, values, fires)
