"""How far sums, currents and potentials of a population could get, whatever its sources do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from delaycore.graph import CurrentLIF, Graph
from delaycore.hardware import Constant, Finding
from delaycore_loihi.limits import LIMITS

__all__ = ["Bounds", "bound_activity", "find_possible_overflow"]


class Bounds(NamedTuple):
    """Static bounds of the worst neuron, in the unit of the graph; infinite where nothing leaks.

    total:   of the arrivals of one step, either sign, when every synapse delivers at once.
    current: of the synaptic current, either sign; 0 for a population without one.
    up:      of the potential of an integrator; 0 for a neuron that fires, which is reset before it gets far.
    down:    of the potential, as a positive number.
    """

    total: float
    current: float
    up: float
    down: float

    def fit(self, scale: float) -> bool:
        """Tell whether nothing could leave its range at ``scale`` chip units per unit."""
        return not any(need * scale > limit.value for need, limit, _ in _limit_each(self))


def _limit_each(bounds: Bounds) -> Iterator[tuple[float, Constant, str]]:
    """Yield each bound with its limit and the code of its finding."""
    yield bounds.total, LIMITS["accumulator"], "accumulator.range"
    yield bounds.current, LIMITS["current"], "current.range"
    yield bounds.up, LIMITS["threshold"], "readout.reach"
    yield bounds.down, LIMITS["potential"], "potential.range"


def bound_activity(graph: Graph, name: str) -> Bounds:
    """Return the bounds of population ``name``: geometric sums of its arrivals over all steps."""
    population = graph.populations[name]
    positive, negative = np.zeros(population.size), np.zeros(population.size)
    for p in graph.into(name):
        positive += np.bincount(p.post, np.maximum(p.weight, 0.0), population.size)
        negative += np.bincount(p.post, np.maximum(-p.weight, 0.0), population.size)
    total = np.maximum(positive, negative)
    current_retain = (
        population.retain_current if isinstance(population, CurrentLIF) else np.zeros(population.size)
    )
    retain = np.asarray(getattr(population, "retain", np.zeros(population.size)))
    bias = np.asarray(getattr(population, "bias", np.zeros(population.size)))
    up = np.zeros(1) if population.spikes else _sum_over_steps(positive + np.maximum(bias, 0.0), retain)
    down = _sum_over_steps(_sum_over_steps(negative, current_retain) + np.maximum(-bias, 0.0), retain)
    current = _sum_over_steps(total, current_retain) if isinstance(population, CurrentLIF) else np.zeros(1)
    return Bounds(*(float(x.max(initial=0.0)) for x in (total, current, up, down)))


def _sum_over_steps(each: NDArray[np.float64], retain: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each * (1 + retain + retain^2 + ...)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(each > 0, each / (1.0 - retain), 0.0)


_MESSAGES_AND_REMEDIES = {
    "accumulator.range": (
        "the arrivals of one step could leave the accumulator, which wraps",
        "prune, or train with smaller weights",
    ),
    "current.range": (
        "the synaptic current could leave its range, which wraps",
        "prune, or let the current decay faster",
    ),
    "readout.reach": (
        "the potential could cross the chip's largest threshold, and the read-out would fire",
        "prune, or let the read-out leak more",
    ),
    "potential.range": (
        "the potential could fall to the chip's lowest, where it is clipped",
        "prune, or let the neurons leak more",
    ),
}


def find_possible_overflow(graph: Graph, name: str) -> Iterator[Finding]:
    """Yield a warning for each number of population ``name`` that could leave its range if every synapse
    delivered in every step; ``graph`` is in chip units.
    """
    for need, limit, code in _limit_each(bound_activity(graph, name)):
        if need > limit.value:
            message, remedy = _MESSAGES_AND_REMEDIES[code]
            yield Finding(
                code=code,
                severity="warning",
                place=f"populations[{name!r}]",
                message=f"{message}; the bound holds for any activity, and a run that comes to it says so",
                needed=float(np.nan_to_num(need, posinf=np.finfo(float).max)),
                available=limit.value,
                unit=limit.unit,
                source=limit.source,
                remedy=remedy,
            )
