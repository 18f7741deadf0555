"""What each kind of neuron does in a step: the equations, under any arithmetic, for arrays [..., neurons].

A plugin gives a new kind its meaning by registering two functions:

    @decay.register
    def _(population: MyKind, state, arithmetic): ...
    @step.register
    def _(population: MyKind, state, kept, arrived, arithmetic): ...
"""

from __future__ import annotations

from functools import singledispatch
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from delaycore._shown import show_line
from delaycore.graph import LIF, AdaptiveLIF, Arithmetic, CurrentLIF, Integrator, Population, Spiking

__all__ = ["State", "StepResult", "decay", "init_state", "step"]

State = dict[str, NDArray[np.float64]]
"""Named arrays [..., neurons]: what a population remembers from one step to the next."""


class StepResult(NamedTuple):
    """A population after a step: what it remembers, its potential before a reset, who fired, and which
    additions left their range.
    """

    state: State
    potential: NDArray[np.float64]
    fired: NDArray[np.bool_]
    overflow: NDArray[np.int64]

    def __repr__(self) -> str:
        return show_line(self)


def init_state(population: Population, *leading: int) -> State:
    """Return the state before the first step: everything 0, in arrays ``[*leading, neurons]``."""
    names = ("potential", "current", "trace", "fired", "blocked")
    return {name: np.zeros((*leading, population.size)) for name in names}


def _no_meaning(population: Population) -> TypeError:
    return TypeError(
        f"kind {population.kind!r} has no meaning yet: register delaycore.reference.decay and step for it"
    )


@singledispatch
def decay(population: Population, state: State, arithmetic: Arithmetic) -> NDArray[np.float64]:
    """Return what a step leaves of the state that arrivals are added to."""
    raise _no_meaning(population)


@singledispatch
def step(
    population: Population,
    state: State,
    kept: NDArray[np.float64],
    arrived: NDArray[np.float64],
    arithmetic: Arithmetic,
) -> StepResult:
    """Compute one step of a population, given what `decay` left and what arrived."""
    raise _no_meaning(population)


@decay.register(LIF)
@decay.register(AdaptiveLIF)
@decay.register(Integrator)
def _(
    population: LIF | AdaptiveLIF | Integrator, state: State, arithmetic: Arithmetic
) -> NDArray[np.float64]:
    return arithmetic.decay_state(population.retain, state["potential"])


@decay.register
def _(population: CurrentLIF, state: State, arithmetic: Arithmetic) -> NDArray[np.float64]:
    return arithmetic.decay_state(population.retain_current, state["current"])


@step.register
def _(
    population: LIF,
    state: State,
    kept: NDArray[np.float64],
    arrived: NDArray[np.float64],
    arithmetic: Arithmetic,
) -> StepResult:
    return _fire(population, state, kept, arrived, population.threshold, arithmetic)


@step.register
def _(
    population: CurrentLIF,
    state: State,
    kept: NDArray[np.float64],
    arrived: NDArray[np.float64],
    arithmetic: Arithmetic,
) -> StepResult:
    current = arithmetic.current.round(kept + arrived)
    leaked = arithmetic.decay_state(population.retain, state["potential"])
    after = _fire(population, state | {"current": current}, leaked, current, population.threshold, arithmetic)
    return after._replace(overflow=after.overflow + arithmetic.current.overflows(kept + arrived))


@step.register
def _(
    population: AdaptiveLIF,
    state: State,
    kept: NDArray[np.float64],
    arrived: NDArray[np.float64],
    arithmetic: Arithmetic,
) -> StepResult:
    number = arithmetic.potential
    raised = (
        arithmetic.decay_state(population.retain_trace, state["trace"])
        + population.adaptation * state["fired"]
    )
    trace = number.round(raised)
    threshold = population.threshold + trace
    after = _fire(population, state | {"trace": trace}, kept, arrived, number.round(threshold), arithmetic)
    return after._replace(overflow=after.overflow + number.overflows(raised) + number.overflows(threshold))


@step.register
def _(
    population: Integrator,
    state: State,
    kept: NDArray[np.float64],
    arrived: NDArray[np.float64],
    arithmetic: Arithmetic,
) -> StepResult:
    potential = arithmetic.combine(kept, arrived, population.bias)
    overflow = arithmetic.count_overflow(kept, arrived, population.bias)
    return StepResult(
        state | {"potential": potential}, potential, np.zeros(potential.shape, dtype=np.bool_), overflow
    )


def _fire(
    population: Spiking,
    state: State,
    kept: NDArray[np.float64],
    arrived: NDArray[np.float64],
    threshold: NDArray[np.float64],
    arithmetic: Arithmetic,
) -> StepResult:
    """Apply leak, input, bias, threshold, reset and refractory period, which all spiking kinds share."""
    blocked = state["blocked"] > 0
    potential = np.where(blocked, 0.0, arithmetic.combine(kept, arrived, population.bias))
    fired = ~blocked & arithmetic.crosses(potential, threshold)
    subtracts = population.reset == "subtract"
    less = potential - population.threshold
    after = arithmetic.potential.round(less) if subtracts else np.zeros_like(potential)
    overflow = np.where(blocked, 0, arithmetic.count_overflow(kept, arrived, population.bias))
    return StepResult(
        state
        | {
            "potential": np.where(fired, after, potential),
            "fired": fired.astype(np.float64),
            "blocked": np.where(fired, float(population.refractory), np.maximum(state["blocked"] - 1, 0)),
        },
        potential,
        fired,
        overflow + (fired & arithmetic.potential.overflows(less)) if subtracts else overflow,
    )
