"""Neurons that integrate and never fire."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import torch
from torch import Tensor

from delaycore.graph import Integrator as IntegratorPopulation
from delaycore.nn._neurons import Neurons, State, Values
from delaycore.nn._parameters import as_retain
from delaycore.nn.functional import Fire, Record, integrate

__all__ = ["Integrator"]


class Integrator(Neurons):
    """Neurons that integrate and never fire; read-outs are made of them.

    ``u[t] = retain * u[t-1] + x[t] + bias``

    features:    neurons.
    retain:      fraction of the potential kept per step; or give ``tau_mem`` and ``step``, both in seconds.
    bias:        added to the potential in every step.
    start, learn, batch_first: as in `LIF`.

    Input [steps, batch, features]; output the potentials, of that shape.

    >>> import torch
    >>> from delaycore.nn import Integrator
    >>> Integrator(1, retain=0.5)(torch.ones(3, 1, 1))[:, 0, 0].tolist()
    [1.0, 1.5, 1.75]
    """

    population = IntegratorPopulation

    def __init__(
        self,
        features: int,
        *,
        retain: Any = None,
        tau_mem: Any = None,
        step: float | None = None,
        bias: Any = 0.0,
        start: int = 0,
        learn: Collection[str] = ("retain",),
        batch_first: bool = False,
    ) -> None:
        super().__init__(
            features,
            {"retain": as_retain("Integrator.retain", retain, tau_mem, step), "bias": bias},
            learn=learn,
            start=start,
            batch_first=batch_first,
            time_step=step,
        )

    def run_compiled(self, current: Tensor, values: Values, record: Record | None) -> Tensor:
        known = None if record is None else record.potentials
        return integrate(current, values["retain"], known, bias=values.get("bias"))

    def init_state(self, like: Tensor) -> State:
        return (torch.zeros_like(like),)

    def step(self, current: Tensor, state: State, values: Values, fires: Fire) -> tuple[Tensor, State]:
        u = values["retain"] * state[0] + current
        if "bias" in values:
            u = u + values["bias"]
        _, u = fires(u, torch.zeros_like(u), self.surrogate)  # a record has its own u
        return u, (u,)
