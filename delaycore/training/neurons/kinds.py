"""Trainable neurons: their parameters, what they do over all steps or in one, and the population that they
become.

Parameters carry the names that they have in the Graph.  Fractions that are kept per step are trained, as the
sigmoid of a free number; thresholds and adaptations are constants.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from delaycore.graph import LIF, AdaptiveLIF, CurrentLIF, Format, Integrator, Population
from delaycore.training.neurons.record import Fire, Record, fire
from delaycore.training.neurons.recurrences import adaptive_lif, compiles, integrate, lif
from delaycore.training.neurons.surrogates import Surrogate
from delaycore.training.rounding import rounded

__all__ = [
    "AdaptiveLIFNeurons",
    "CurrentLIFNeurons",
    "IntegratorNeurons",
    "LIFNeurons",
    "Neurons",
    "State",
    "Values",
]

Values = Mapping[str, Tensor]
"""A number per neuron, [neurons], of every parameter by its name in the Graph."""

State = tuple[Tensor, ...]
"""What neurons remember from one step to the next, each [samples, neurons]."""


class Neurons(nn.Module, ABC):
    """Neurons of one population.

    size:      how many.
    leaks:     fractions kept per step when training begins, those to be trained: [neurons], or fewer that
               repeat: [1] for one that all share, [maps] for one per map.
    constants: what is not trained.
    """

    population: ClassVar[type[Population]]
    _ones: Tensor

    def __init__(
        self, size: int, leaks: Mapping[str, Tensor], constants: Mapping[str, float], surrogate: Surrogate
    ) -> None:
        super().__init__()
        self.size, self.constants, self.surrogate = size, dict(constants), surrogate
        self.leaks = nn.ParameterDict(
            {name: nn.Parameter(torch.logit(value)) for name, value in leaks.items()}
        )
        self.register_buffer(
            "_ones", torch.ones(size), persistent=False
        )  # of the network's precision and device

    def values(self, numbers: Mapping[str, Format]) -> dict[str, Tensor]:
        """Every parameter as a forward pass uses it, [neurons]; those with an entry in ``numbers`` as that
        format holds them.
        """
        found = {name: torch.sigmoid(raw).repeat(self.size // len(raw)) for name, raw in self.leaks.items()}
        found |= {name: self._ones * value for name, value in self.constants.items()}
        return {
            name: rounded(value, numbers[name]) if name in numbers else value for name, value in found.items()
        }

    def through(self, current: Tensor, values: Values) -> Tensor:
        """What the neurons send on, [steps, samples, neurons], for their input ``current`` of that shape:
        spikes, if they fire.

        On a processor in one compiled pass, elsewhere step by step.
        """
        return (
            self.compiled(current, values, None)
            if compiles(current)
            else self._stepwise(current, values, fire)
        )

    def followed(self, current: Tensor, values: Values, record: Record) -> Tensor:
        """What ``record`` says that they send on, with the gradients of `through` at its potentials; values
        of ``current`` are not used.
        """
        return (
            self.compiled(current, values, record)
            if compiles(current)
            else self._stepwise(current, values, record.fire())
        )

    @abstractmethod
    def compiled(self, current: Tensor, values: Values, record: Record | None) -> Tensor:
        """All steps in one pass: what the neurons do, or what ``record`` says that they do."""

    def _stepwise(self, current: Tensor, values: Values, fires: Fire) -> Tensor:
        state, made = self.rest(current[0]), []
        for now in current:
            sent, state = self.step(now, state, values, fires)
            made.append(sent)
        return torch.stack(made)

    @abstractmethod
    def rest(self, like: Tensor) -> State:
        """The state before the first step, for neurons and samples as in ``like``."""

    @abstractmethod
    def step(self, current: Tensor, state: State, values: Values, fires: Fire = fire) -> tuple[Tensor, State]:
        """One step: spikes, and the state after it; ``fires`` says how spikes follow from potentials."""

    def to_population(self, values: Values) -> Population:
        """The population of the Graph with these values."""
        arrays: dict[str, Any] = {
            name: value.detach().double().cpu().numpy() for name, value in values.items()
        }
        return self.population(self.size, **arrays)

    def take(self, population: Population) -> None:
        """Set the trained parameters to those of a population that neurons of this kind made."""
        with torch.no_grad():
            for name, raw in self.leaks.items():
                raw.copy_(torch.logit(torch.tensor(getattr(population, name)), eps=1e-7)[: len(raw)])


class LIFNeurons(Neurons):
    """`delaycore.LIF`: leaky integrate-and-fire with reset to zero."""

    population = LIF

    def compiled(self, current: Tensor, values: Values, record: Record | None) -> Tensor:
        return lif(current, values["retain"], values["threshold"], self.surrogate, record)

    def rest(self, like: Tensor) -> State:
        return torch.zeros_like(like), torch.ones_like(like)

    def step(self, current: Tensor, state: State, values: Values, fires: Fire = fire) -> tuple[Tensor, State]:
        u, kept = state
        u = values["retain"] * (u * kept) + current
        spikes, u = fires(u, values["threshold"], self.surrogate)
        return spikes, (u, 1 - spikes.detach())


class CurrentLIFNeurons(Neurons):
    """`delaycore.CurrentLIF`: LIF whose input decays as a synaptic current."""

    population = CurrentLIF

    def compiled(self, current: Tensor, values: Values, record: Record | None) -> Tensor:
        synaptic = None
        if record is not None:  # what the potential rose by is the synaptic current
            synaptic = record.potentials.clone()
            synaptic[1:] -= values["retain"].detach() * record.potentials[:-1] * (1 - record.spikes[:-1])
        heard = integrate(current, values["retain_current"], synaptic)
        return lif(heard, values["retain"], values["threshold"], self.surrogate, record)

    def rest(self, like: Tensor) -> State:
        return torch.zeros_like(like), torch.ones_like(like), torch.zeros_like(like)

    def step(self, current: Tensor, state: State, values: Values, fires: Fire = fire) -> tuple[Tensor, State]:
        u, kept, i = state
        i = values["retain_current"] * i + current
        u = values["retain"] * (u * kept) + i
        spikes, u = fires(u, values["threshold"], self.surrogate)
        return spikes, (u, 1 - spikes.detach(), i)


class AdaptiveLIFNeurons(Neurons):
    """`delaycore.AdaptiveLIF`: LIF whose threshold rises with each spike.  That rise is differentiated, the
    reset is not.
    """

    population = AdaptiveLIF

    def compiled(self, current: Tensor, values: Values, record: Record | None) -> Tensor:
        retain, threshold, retain_trace, adaptation = (
            values[name] for name in ("retain", "threshold", "retain_trace", "adaptation")
        )
        return adaptive_lif(current, retain, threshold, retain_trace, adaptation, self.surrogate, record)

    def rest(self, like: Tensor) -> State:
        return torch.zeros_like(like), torch.zeros_like(like), torch.zeros_like(like)

    def step(self, current: Tensor, state: State, values: Values, fires: Fire = fire) -> tuple[Tensor, State]:
        u, fired, trace = state
        trace = values["retain_trace"] * trace + values["adaptation"] * fired
        u = values["retain"] * (u * (1 - fired.detach())) + current
        spikes, u = fires(u, values["threshold"] + trace, self.surrogate)
        return spikes, (u, spikes, trace)


class IntegratorNeurons(Neurons):
    """`delaycore.Integrator`: the read-out, which sends its potentials to the loss."""

    population = Integrator

    def compiled(self, current: Tensor, values: Values, record: Record | None) -> Tensor:
        return integrate(current, values["retain"], None if record is None else record.potentials)

    def rest(self, like: Tensor) -> State:
        return (torch.zeros_like(like),)

    def step(self, current: Tensor, state: State, values: Values, fires: Fire = fire) -> tuple[Tensor, State]:
        u = values["retain"] * state[0] + current
        _, u = fires(u, torch.zeros_like(u), self.surrogate)  # for the potential that stands
        return u, (u,)
