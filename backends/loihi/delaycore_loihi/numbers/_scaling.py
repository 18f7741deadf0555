"""How many chip units make one unit of a population's potential.

The scale is a power of two, so that scaling is exact.  It is as large as the registers and the static bounds
of `bound_activity` allow: large numbers lose least where decays round.  Where the bounds would cost weights
some of their bits, the bits win and `check` warns.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from delaycore.graph import Graph
from delaycore_loihi.limits import LIMITS
from delaycore_loihi.numbers._arithmetic import ARITHMETIC
from delaycore_loihi.numbers._bounds import bound_activity
from delaycore_loihi.numbers._registers import (
    THRESHOLD_STEP,
    choose_bias_exponent,
    make_bias_format,
    make_threshold_format,
)
from delaycore_loihi.numbers._weights import SignMode, WeightGrid, choose_grid

__all__ = ["choose_scale"]

_FULL_WEIGHT = WeightGrid(SignMode.EXCITATORY, exponent=0).to_format().maximum
"""The largest weight without an exponent."""

_THRESHOLD_STEPS_WANTED = 128
"""Steps below the smallest threshold of a population that the bounds do not take away."""

_FINER_FOR_TIES = 3
"""Powers of two by which a scale is finer than exact numbers need, so that a threshold one step lower keeps
ties: few of the potentials that a leak makes then lie between the two.
"""

_BUSY = 1 / 16
"""Assumed: the fraction of synapses that deliver at once, up to which ties go before the static bounds."""


def choose_scale(graph: Graph, name: str, bits: int = 8) -> tuple[float, bool]:
    """Return the scale of population ``name``, 1 for a graph that is in chip units already, and whether
    thresholds one step lower keep its ties where the graph fires at the threshold.
    """
    if graph.arithmetic == ARITHMETIC:
        return 1.0, True
    numbers = _Numbers(graph, name, bits)
    k = numbers.find_largest()
    if k is None:
        return 1.0, True
    bounds = bound_activity(graph, name)
    exact = numbers.are_exact(k)
    while not bounds.fit(2.0**k):
        enough = numbers.are_exact(k - 1) if exact else k - 1 >= numbers.find_smallest()
        ties = numbers.lowers_thresholds and numbers.resolve_ties(k) and not numbers.resolve_ties(k - 1)
        if not enough or (ties and bounds.fit(2.0**k * _BUSY)):
            break
        k -= 1
    return 2.0**k, numbers.resolve_ties(k)


class _Numbers:
    """The numbers of one population that must fit the chip's registers."""

    def __init__(self, graph: Graph, name: str, bits: int) -> None:
        population = graph.populations[name]
        self.bits = bits
        self._exact: dict[int, bool] = {}
        self.weights = [p.weight for p in graph.into(name) if len(p)]
        self.threshold: NDArray[np.float64] = getattr(population, "threshold", np.zeros(0))
        self.bias: NDArray[np.float64] = getattr(population, "bias", np.zeros(0))
        self.lowers_thresholds = graph.arithmetic.fires != ARITHMETIC.fires and self.threshold.size > 0
        retain, current = (getattr(population, q, np.zeros(0)) for q in ("retain", "retain_current"))
        self.leaks = bool((retain != 1).any() or (current != 0).any())

    def fit(self, k: int) -> bool:
        """Tell whether every number lies in the range of its register at scale 2^k."""
        s = 2.0**k
        thresholds = not make_threshold_format(s).overflows(np.maximum(self.threshold, 0.0)).any()
        return (
            thresholds
            and choose_bias_exponent(self.bias, s)[1]
            and all(choose_grid(w, s, self.bits)[1] for w in self.weights)
        )

    def are_exact(self, k: int) -> bool:
        """Tell whether every number fits and is already a number of its register at scale 2^k."""
        if k not in self._exact:
            self._exact[k] = self._find_exact(k)
        return self._exact[k]

    def _find_exact(self, k: int) -> bool:
        s = 2.0**k
        if not self.fit(k) or not make_threshold_format(s).holds(self.threshold).all():
            return False
        if not make_bias_format(choose_bias_exponent(self.bias, s)[0], s).holds(self.bias).all():
            return False
        return all(choose_grid(w, s, self.bits)[0].to_format(s).holds(w).all() for w in self.weights)

    def resolve_ties(self, k: int) -> bool:
        """Tell whether, at scale 2^k, a threshold one step lower stands for firing at the threshold.

        It does exactly where all potentials are multiples of a step, which needs exact numbers and no leak.
        With a leak the step must be small beside the numbers.  Numbers that are rounded have no ties to lose.
        """
        if not self.are_exact(k) or self.are_exact(k - _FINER_FOR_TIES):
            return True
        return not self.leaks and bool((np.fmod(self.bias * 2.0**k, THRESHOLD_STEP) == 0).all())

    def find_largest(self) -> int | None:
        """Return the largest k at which all numbers fit; None if there is nothing but zeros."""
        threshold, bias = float(self.threshold.max(initial=0.0)), float(np.abs(self.bias).max(initial=0.0))
        ends = (
            (self._largest_weight, ARITHMETIC.weight.maximum),
            (threshold, LIMITS["threshold"].value),
            (bias, make_bias_format(int(LIMITS["bias.exponent"])).maximum),
        )
        guesses = [math.floor(math.log2(limit) - math.log2(x)) + 1 for x, limit in ends if x > 0]
        if not guesses:
            return None
        k = min(*guesses, 1020)  # 2^k and the steps at that scale stay normal float64 numbers
        while not self.fit(k):
            k -= 1
        return k

    def find_smallest(self) -> int:
        """Return the k below which the largest weight would no longer use all its bits, or thresholds become
        coarse.
        """
        wanted = []
        if (largest := self._largest_weight) > 0:
            wanted.append(math.floor(math.log2(_FULL_WEIGHT) - math.log2(largest)))
        positive = self.threshold[self.threshold > 0]
        if positive.size:
            coarse = math.log2(_THRESHOLD_STEPS_WANTED * THRESHOLD_STEP)
            wanted.append(math.ceil(coarse - math.log2(float(positive.min()))))
        return max(wanted, default=0)

    @property
    def _largest_weight(self) -> float:
        return max((float(np.abs(w).max()) for w in self.weights), default=0.0)
