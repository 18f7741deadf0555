"""The chip's own neuron: it leaks a constant per step, not a fraction.

The kind is brought as any plugin would: a population, and two functions that say what a step does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from delaycore.errors import Problem
from delaycore.graph import Arithmetic, Population
from delaycore.reference import State, StepResult, decay, step

__all__ = ["LinearLeak"]

Numbers = NDArray[np.float64]
_PER_NEURON = {"per_neuron": True}


@dataclass(frozen=True, eq=False)
class LinearLeak(Population):
    """``v = u[t-1] + I[t]``, ``u[t] = v - leak * sign(v)``, ``s[t] = u[t] >= threshold``, then reset to zero
    or by subtraction.

    threshold: potential at which a neuron fires.
    leak:      a constant taken off the magnitude of the potential in every step, at least 0.  It may cross 0,
               as the hardware's does (Cassidy et al. 2013, from memory).
    reset:     ``zero`` or ``subtract``.
    """

    threshold: Any = field(metadata=_PER_NEURON)
    leak: Any = field(default=0.0, metadata=_PER_NEURON)
    reset: str = "zero"
    kind: ClassVar[str] = "linear_leak"
    in_potential: ClassVar[tuple[str, ...]] = ("threshold", "leak")

    def find_problems(self, place: str) -> Iterator[Problem]:
        yield from super().find_problems(place)
        if np.any(self.leak < 0):
            yield Problem(f"{place}.leak", "must not be negative", "it is taken off the magnitude")
        if self.reset not in ("zero", "subtract"):
            yield Problem(f"{place}.reset", f"must be 'zero' or 'subtract', not {self.reset!r}")


@decay.register
def _(population: LinearLeak, state: State, arithmetic: Arithmetic) -> Numbers:
    return np.asarray(state["potential"], dtype=np.float64)


@step.register
def _(
    population: LinearLeak, state: State, kept: Numbers, arrived: Numbers, arithmetic: Arithmetic
) -> StepResult:
    """Integration first, leak second, threshold last: the order of the core's neurons, and the one stated in
    the documentation.
    """
    number = arithmetic.potential
    integrated = kept + arrived
    sums = number.round(integrated)
    leaked = sums - population.leak * np.sign(sums)
    potential = number.round(leaked)
    fired = arithmetic.crosses(potential, population.threshold)
    less = potential - population.threshold
    subtracts = population.reset == "subtract"
    after = number.round(less) if subtracts else np.zeros_like(potential)
    overflow = number.overflows(integrated).astype(np.int64) + number.overflows(leaked)
    overflow = overflow + (fired & number.overflows(less)) if subtracts else overflow
    changed = {"potential": np.where(fired, after, potential), "fired": fired.astype(np.float64)}
    return StepResult(state | changed, potential, fired, overflow)
