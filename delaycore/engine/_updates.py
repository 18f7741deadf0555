"""Steps of one population through a chunk of samples: by a compiled kernel, or by the reference's equations.

Whatever stays the same in all steps is put together once: on a small network, building a kernel's arguments
takes as long as the kernel.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaycore import reference
from delaycore.engine import _kernels as kernels
from delaycore.engine._numbers import pack_format
from delaycore.graph import LIF, AdaptiveLIF, Arithmetic, CurrentLIF, Integrator, Population

__all__ = ["Compiled", "Interpreted", "Record", "choose_update", "has_kernel"]

Floats = NDArray[np.float64]


@dataclass
class Record:
    """The arrays that one population fills in one chunk.

    trace, fired: potentials before a reset, and spikes, [samples, steps, neurons].
    overflow:     additions that left the range of their format, [samples, steps].
    """

    trace: Floats
    fired: NDArray[np.bool_]
    overflow: NDArray[np.int64]


class Compiled:
    """One population of a kind that the kernels know."""

    def __init__(self, population: Any, arithmetic: Arithmetic, record: Record) -> None:
        shape = (len(record.trace), population.size)
        self.potential, self.second = np.zeros(shape), np.zeros(shape)  # the second is a current or a trace
        self.blocked = np.zeros(shape, dtype=np.int64)
        self._left, self._sums = np.zeros(shape), np.zeros(shape)
        decay, current, number = (
            tuple(pack_format(f)) for f in (arithmetic.decay, arithmetic.current, arithmetic.potential)
        )
        rules = tuple(
            kernels.Rules(
                refractory=int(getattr(population, "refractory", 0)),
                subtracts=getattr(population, "reset", "zero") == "subtract",
                strict=arithmetic.fires == ">",
                last=arithmetic.additions == "last",
            )
        )
        out = (self.potential, self.blocked, record.trace, record.fired, record.overflow)
        self._kernel: Callable[..., None]
        self._arguments: tuple[Any, ...]
        match population:
            case LIF():
                membrane = (population.retain, population.bias, population.threshold)
                self._kernel, self._arguments = kernels.lif, (membrane, rules, number, out)
            case CurrentLIF():
                membrane = (population.retain, population.bias, population.threshold)
                self._kernel = kernels.current_lif
                self._arguments = (membrane, self.second, rules, (decay, current, number), out)
            case AdaptiveLIF():
                membrane = (population.retain, population.bias, population.threshold)
                adaptation = (population.retain_trace, population.adaptation)
                self._kernel = kernels.adaptive_lif
                self._arguments = (membrane, adaptation, self.second, rules, (decay, number), out)
            case _:
                self._kernel, self._arguments = kernels.integrator, (population.bias, rules, number, out)
        self._decay = (
            (population.retain_current, self.second, decay, self._left)
            if isinstance(population, CurrentLIF)
            else (population.retain, self.potential, decay, self._left)
        )

    def decay_state(self) -> Floats:
        """Return what is left of the state that arrivals are added to, [samples, neurons]; valid for one
        step.
        """
        kernels.decay(*self._decay)
        return self._left

    def clear_sums(self) -> Floats:
        """Return zeros [samples, neurons], to which a step's arrivals are added; valid for one step."""
        self._sums.fill(0.0)
        return self._sums

    def step(self, t: int, kept: Floats, arrived: Floats) -> None:
        """Update the neurons and fill the `Record` of step ``t``."""
        self._kernel(t, kept, arrived, *self._arguments)


class Interpreted:
    """One population of any kind, under any arithmetic, by the reference's equations over all samples of a
    chunk at once.  Its arrays are new in every step, since a kind of a plugin may keep them in its state.
    """

    def __init__(self, population: Population, arithmetic: Arithmetic, record: Record) -> None:
        self.population, self.arithmetic, self.record = population, arithmetic, record
        self.state = reference.init_state(population, len(record.trace))

    def decay_state(self) -> Floats:
        """Return what is left of the state that arrivals are added to, a new array [samples, neurons]."""
        return np.array(reference.decay(self.population, self.state, self.arithmetic))

    def clear_sums(self) -> Floats:
        """Return zeros [samples, neurons], to which a step's arrivals are added."""
        return np.zeros((len(self.record.trace), self.population.size))

    def step(self, t: int, kept: Floats, arrived: Floats) -> None:
        """Update the neurons and fill the `Record` of step ``t``."""
        with np.errstate(over="ignore", invalid="ignore"):  # per thread; as in the reference
            after = reference.step(self.population, self.state, kept, arrived, self.arithmetic)
        self.state = after.state
        self.record.fired[:, t], self.record.trace[:, t] = after.fired, after.potential
        self.record.overflow[:, t] += after.overflow.sum(axis=1)


def has_kernel(population: Population, arithmetic: Arithmetic) -> bool:
    """Tell whether a kernel updates these neurons: the core's own kinds, under an arithmetic of the core."""
    known = type(population) in (LIF, CurrentLIF, AdaptiveLIF, Integrator)
    return known and type(arithmetic) is Arithmetic


def choose_update(population: Population, arithmetic: Arithmetic, record: Record) -> Compiled | Interpreted:
    """Take a kernel if there is one, else the reference."""
    made = Compiled if has_kernel(population, arithmetic) else Interpreted
    return made(population, arithmetic, record)
