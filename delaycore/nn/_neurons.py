"""Base class of all layers of neurons: their parameters, their computation over all steps or in one, and the
population of the Graph that they become.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import fields
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from torch import Tensor, nn

from delaycore._wording import guess_meant
from delaycore.errors import GraphError
from delaycore.graph import Format, Population
from delaycore.hardware import Losses
from delaycore.nn._inputs import keep_precision, prepare
from delaycore.nn._parameters import NeuronParameters, as_array
from delaycore.nn._shown_modules import ShownModule
from delaycore.nn.functional import (
    Fire,
    Record,
    Rule,
    Surrogate,
    fake_quantize,
    fire,
    fire_above,
    is_compiled_for,
)

__all__ = ["RULES", "Neurons", "State", "Values", "find_definer"]

Values = Mapping[str, Tensor]
"""A number per neuron, [neurons], of every parameter by its name in the Graph; no bias where it is 0."""

State = tuple[Tensor, ...]
"""State of neurons between two steps, each tensor [batch, neurons]."""

_STEP_RULES = ("step", "init_state", "_fire", "_reset")
RULES = ("run", "_run", "run_compiled", "run_steps", "rule", "firing", *_STEP_RULES)
"""Methods that define what neurons compute, where their class has them; `Neurons.run` uses no others."""


def find_definer(cls: type, name: str) -> type:
    """Return the class whose attribute ``name`` objects of ``cls`` have; ``cls`` if none has it."""
    return next((base for base in cls.__mro__ if name in vars(base)), cls)


class Neurons(ShownModule, ABC):
    """Neurons of one population: synaptic input becomes spikes, or potentials if they never fire.

    features:    neurons.
    parameters:  numbers by their names in the Graph: one for all neurons, one per neuron, or `PerMap`.
    learn:       names of the parameters that are trained; the others are constants.
    surrogate:   of a spike's derivative.
    refractory, reset, start: as in `delaycore.LIF`.
    strict:      whether neurons fire only strictly above their threshold, as under an arithmetic that
                 fires ``">"``.
    batch_first: whether inputs and outputs are [batch, steps, features].
    time_step:   seconds of a step, if time constants were given: a Graph of these neurons has the same.

    A kind of a plugin's own derives from this class: it sets ``population`` to the kind of the Graph and
    ``fractions`` to the parameters that lie in [0, 1], and brings `init_state` and `step`; `run_compiled`
    too, if it has a faster way over all steps.  `delaycore.nn.neurons_of` registers how it is made of a
    population.
    """

    population: ClassVar[type[Population]]
    fractions: ClassVar[tuple[str, ...]] = ("retain",)

    def __init__(
        self,
        features: int,
        parameters: Mapping[str, Any],
        *,
        learn: Collection[str] = ("retain",),
        surrogate: Surrogate | None = None,
        refractory: int = 0,
        reset: str = "zero",
        start: int = 0,
        strict: bool = False,
        batch_first: bool = False,
        time_step: float | None = None,
    ) -> None:
        super().__init__()
        place = type(self).__name__
        if isinstance(features, bool) or not isinstance(features, int | np.integer) or features < 1:
            raise GraphError.at(
                f"{place}.features",
                f"must be a whole number of at least 1, not {features!r}",
                "give the neurons",
            )
        self.features, self.batch_first = int(features), batch_first
        self.refractory, self.reset, self.start = refractory, reset, start
        self.time_step = time_step
        self.strict, self.surrogate = strict, Surrogate() if surrogate is None else surrogate
        if not isinstance(self.surrogate, Surrogate):
            raise GraphError.at(
                f"{place}.surrogate",
                f"must be a Surrogate, not {surrogate!r}",
                "give such as delaycore.nn.Surrogate('arctan', steepness=10)",
            )
        learned = (learn,) if isinstance(learn, str) else tuple(learn)
        kept = {
            n: v
            for n, v in parameters.items()
            if n != "bias" or n in learned or as_array(f"{place}.bias", v).any()
        }
        self.parameter = NeuronParameters(self.features, kept, learned, self.fractions, place, parameters)
        GraphError.collect(self.to_population().find_problems(place))

    @property
    def rule(self) -> Rule | None:
        """When neurons fire and what happens then, if it is more than a reset to zero at the threshold."""
        rule = Rule(self.refractory, self.reset == "subtract", self.strict)
        return None if rule == Rule() else rule

    @property
    def firing(self) -> Fire:
        """The function that computes spikes from potentials, if no record says what neurons do."""
        return fire_above if self.strict else fire

    @property
    def trained(self) -> dict[str, nn.Parameter]:
        """Trained tensors by the name of the parameter; a fraction is trained as a free number, its logit."""
        return self.parameter.trained()

    @property
    def needs_current(self) -> bool:
        """Whether gradients need values of the current where spikes and potentials are given."""
        return False

    def assign(self, **parameters: Any) -> None:
        """Set parameters to exactly these numbers, one for all neurons or one per neuron."""
        for name, value in parameters.items():
            if name not in self.parameter.names:
                known = self.parameter.names
                raise GraphError.at(
                    f"{type(self).__name__}.{name}",
                    "is no parameter",
                    f"{guess_meant(name, known)}it has {', '.join(known)}",
                )
            self.parameter.assign(name, value)
            if name in self.fractions:
                self.time_step = None  # no time constants any more, but fractions per step

    def values(self, numbers: Mapping[str, Format] = {}) -> dict[str, Tensor]:
        """Return every parameter as a forward pass uses it, [neurons]; those with an entry in ``numbers`` as
        that format holds them.
        """
        return {
            name: fake_quantize(value, numbers[name]) if name in numbers else value
            for name, value in self.parameter.values().items()
        }

    def forward(self, x: Tensor) -> Tensor:
        """Return spikes (potentials of neurons that never fire) for the synaptic input ``x``, both [steps,
        batch, features].
        """
        dtype = self.parameter.dtype
        current = prepare(type(self).__name__, x, self.features, dtype, self.batch_first)
        with keep_precision(current):
            sent = self.run(current, self.values())
        return sent.transpose(0, 1) if self.batch_first else sent

    def run(self, current: Tensor, values: Values, record: Record | None = None) -> Tensor:
        """Return what the neurons send on, [steps, batch, neurons], for their input ``current`` of that
        shape.

        On a processor in one compiled pass, elsewhere step by step.  With ``record``, return what that says,
        with the gradients of the neurons at its spikes and potentials; then values of ``current`` are not
        used, unless `needs_current`.
        """
        if self.start:
            silent = torch.zeros_like(current[: self.start])
            late = None if record is None else record.drop_steps(self.start)
            if len(silent) == len(current):
                return silent
            return torch.cat([silent, self._run(current[self.start :], values, late)])
        return self._run(current, values, record)

    def _run(self, current: Tensor, values: Values, record: Record | None) -> Tensor:
        if is_compiled_for(current) and not self._steps_differ:
            return self.run_compiled(current, values, record)
        return self.run_steps(current, values, None if record is None else record.replay())

    @property
    def _steps_differ(self) -> bool:
        """Whether a subclass brings rules of one step, and `run_compiled` is still that of its base."""
        order = type(self).__mro__
        compiled = order.index(find_definer(type(self), "run_compiled"))
        return any(
            name in vars(self)
            or (hasattr(self, name) and order.index(find_definer(type(self), name)) < compiled)
            for name in _STEP_RULES
        )

    def run_compiled(self, current: Tensor, values: Values, record: Record | None) -> Tensor:
        """Run all steps in one pass: what the neurons do, or what ``record`` says that they do."""
        return self.run_steps(current, values, None if record is None else record.replay())

    def run_steps(self, current: Tensor, values: Values, fires: Fire | None = None) -> Tensor:
        """Run step by step; ``fires`` says how spikes follow from potentials, as `firing` does unless
        given.
        """
        state, outputs = self.init_state(current[0]), []
        for now in current:
            output, state = self.step(now, state, values, fires or self.firing)
            outputs.append(output)
        return torch.stack(outputs)

    @abstractmethod
    def init_state(self, like: Tensor) -> State:
        """Return the state before the first step, for neurons and samples as in ``like``."""

    @abstractmethod
    def step(self, current: Tensor, state: State, values: Values, fires: Fire) -> tuple[Tensor, State]:
        """Return what the neurons send on in one step, and the state after it.

        fires: how spikes follow from potentials: `firing`, or what a chip's forward pass puts in its place.
        """

    def to_population(self, numbers: Mapping[str, Format] = {}) -> Population:
        """Return the population of the Graph; parameters with an entry in ``numbers`` as that format holds
        them.
        """
        with torch.no_grad():
            found = {n: v.double().cpu().numpy() for n, v in self.values(numbers).items()}
        return self.population(self.features, start=self.start, **self._rules(), **found)

    def _rules(self) -> dict[str, Any]:
        """Return the fields of the population that say what follows a spike, if its kind has them."""
        known = {f.name for f in fields(self.population)}
        return {name: getattr(self, name) for name in ("refractory", "reset") if name in known}

    def load_population(self, population: Population, place: str) -> Losses:
        """Set every parameter to that of ``population``, and return what the module's precision alters.

        Raises `GraphError` for another kind or number of neurons, and where neurons that share a parameter
        here have different ones there.
        """
        if type(population) is not self.population or population.size != self.features:
            raise GraphError.at(
                place,
                f"is {population.size} x {population.kind}, not {self.features} x {self.population.kind}",
                "give a population of the same kind and size",
            )
        losses = Losses()
        for name in population.parameters():
            value = np.array(getattr(population, name))
            if name not in self.parameter.names:
                if name == "bias" and not value.any():
                    continue
                self.parameter.add_constant(name, value)
            else:
                self.parameter.assign(name, value)
            held = self.parameter.rounding(name, value)
            losses += Losses.of(self._name_loss(name), "rounded", f"{place}.{name}", value, held)
        self.start, self.time_step = population.start, None
        for name in self._rules():
            setattr(self, name, getattr(population, name))
        return losses

    def _name_loss(self, parameter: str) -> Literal["threshold", "bias", "retain", "parameter"]:
        """Return the word by which losses name a parameter."""
        match parameter:
            case "threshold" | "bias":
                return parameter
            case _ if parameter in self.fractions:
                return "retain"
        return "parameter"

    def extra_repr(self) -> str:
        parts = [str(self.features)]
        parts += [f"refractory={self.refractory}"] if self.refractory else []
        parts += [f"reset={self.reset!r}"] if self.reset != "zero" else []
        parts += [f"start={self.start}"] if self.start else []
        parts += ["strict=True"] if self.strict else []
        return ", ".join(parts + (["batch_first=True"] if self.batch_first else []))
