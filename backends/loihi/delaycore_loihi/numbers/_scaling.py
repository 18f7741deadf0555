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
from delaycore_loihi.numbers._arithmetic import ARITHMETIC
from delaycore_loihi.numbers._bounds import bound_activity
from delaycore_loihi.numbers._registers import (
    THRESHOLD_STEP,
    choose_bias_exponent,
    make_bias_format,
    make_threshold_format,
)
from delaycore_loihi.numbers._weights import choose_grid

__all__ = ["choose_scale"]

_THRESHOLD_STEPS_WANTED = 128
"""Steps below the smallest threshold of a population that the bounds do not take away."""


def choose_scale(graph: Graph, name: str, bits: int = 8) -> float:
    """Return the scale of population ``name``; 1 for a graph that is in chip units already."""
    if graph.arithmetic == ARITHMETIC:
        return 1.0
    numbers = _Numbers(graph, name, bits)
    top = numbers.find_largest()
    if top is None:
        return 1.0
    bounds = bound_activity(graph, name)
    exact = numbers.are_exact(top)
    k = top
    while not bounds.fit(2.0**k):
        enough = numbers.are_exact(k - 1) if exact else k - 1 >= numbers.find_smallest()
        if not enough:
            break
        k -= 1
    return 2.0**k


class _Numbers:
    """The numbers of one population that must fit the chip's registers."""

    def __init__(self, graph: Graph, name: str, bits: int) -> None:
        population = graph.populations[name]
        self.bits = bits
        self.weights = [p.weight for p in graph.into(name) if len(p)]
        self.threshold: NDArray[np.float64] = getattr(population, "threshold", np.zeros(0))
        self.bias: NDArray[np.float64] = getattr(population, "bias", np.zeros(0))

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
        s = 2.0**k
        if not self.fit(k) or not make_threshold_format(s).holds(self.threshold).all():
            return False
        if not make_bias_format(choose_bias_exponent(self.bias, s)[0], s).holds(self.bias).all():
            return False
        return all(choose_grid(w, s, self.bits)[0].to_format(s).holds(w).all() for w in self.weights)

    def find_largest(self) -> int | None:
        """Return the largest k at which all numbers fit; None if there is nothing but zeros."""
        threshold, bias = float(self.threshold.max(initial=0.0)), float(np.abs(self.bias).max(initial=0.0))
        ends = ((self._largest_weight, 2.0**21), (threshold, 2.0**23), (bias, 2.0**19))
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
            wanted.append(math.floor(math.log2(255 * 64) - math.log2(largest)))
        positive = self.threshold[self.threshold > 0]
        if positive.size:
            coarse = math.log2(_THRESHOLD_STEPS_WANTED * THRESHOLD_STEP)
            wanted.append(math.ceil(coarse - math.log2(float(positive.min()))))
        return max(wanted, default=0)

    @property
    def _largest_weight(self) -> float:
        return max((float(np.abs(w).max()) for w in self.weights), default=0.0)
