"""How many chip units make one unit of a population's potential.

The scale is a power of two, so that scaling is exact.  It is as large as the registers and the static bounds
of `reach` allow: large numbers lose least where decays round.  Where the bounds would cost weights some of
their bits, the bits are kept and `check` warns.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from delaycore.graph import Format, Graph
from delaycore_loihi.arithmetic import ARITHMETIC
from delaycore_loihi.reach import reach
from delaycore_loihi.spec import LIMITS
from delaycore_loihi.weights import grid_for

__all__ = ["bias_exponent", "bias_format", "scale_of", "threshold_format"]

_THRESHOLD_STEP = 64
_THRESHOLD_STEPS_WANTED = 128
"""Steps below the smallest threshold of a population that the bounds do not take away."""


def threshold_format(scale: float = 1.0) -> Format:
    """Thresholds: a mantissa of 17 bits times 64."""
    return Format(
        family="fixed", step=_THRESHOLD_STEP / scale, minimum=0.0, maximum=LIMITS["threshold"].value / scale
    )


def bias_exponent(bias: NDArray[np.float64], scale: float = 1.0) -> tuple[int, bool]:
    """The smallest exponent whose range holds ``bias``, or the largest of all and False if none does."""
    last = int(LIMITS["bias.exponent"])
    for exponent in range(last + 1):
        if not bias_format(exponent, scale).overflows(bias).any():
            return exponent, True
    return last, False


def bias_format(exponent: int, scale: float = 1.0) -> Format:
    """Biases: a mantissa of 12 bits and sign, shifted left by ``exponent``."""
    unit = 2.0**exponent / scale
    largest = LIMITS["bias.mantissa"].value * unit
    return Format(family="fixed", step=unit, minimum=-largest, maximum=largest)


def scale_of(graph: Graph, name: str, bits: int = 8) -> float:
    """The scale of population ``name``; 1 for a graph that is in chip units already."""
    if graph.arithmetic == ARITHMETIC:
        return 1.0
    numbers = _Numbers(graph, name, bits)
    top = numbers.largest()
    if top is None:
        return 1.0
    bounds = reach(graph, name)
    exact = numbers.exact(top)
    k = top
    while not bounds.fits(2.0**k):
        enough = numbers.exact(k - 1) if exact else k - 1 >= numbers.smallest()
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
        """Whether every number lies in the range of its register at scale 2^k."""
        s = 2.0**k
        thresholds = not threshold_format(s).overflows(np.maximum(self.threshold, 0.0)).any()
        return (
            thresholds
            and bias_exponent(self.bias, s)[1]
            and all(grid_for(w, s, self.bits)[1] for w in self.weights)
        )

    def exact(self, k: int) -> bool:
        """Whether every number fits and is already a number of its register at scale 2^k."""
        s = 2.0**k
        if not self.fit(k) or not threshold_format(s).holds(self.threshold).all():
            return False
        if not bias_format(bias_exponent(self.bias, s)[0], s).holds(self.bias).all():
            return False
        return all(grid_for(w, s, self.bits)[0].format(s).holds(w).all() for w in self.weights)

    def largest(self) -> int | None:
        """The largest k at which all fit; None if there is nothing but zeros."""
        threshold, bias = float(self.threshold.max(initial=0.0)), float(np.abs(self.bias).max(initial=0.0))
        ends = ((self._top_weight(), 2.0**21), (threshold, 2.0**23), (bias, 2.0**19))
        guesses = [math.floor(math.log2(limit) - math.log2(x)) + 1 for x, limit in ends if x > 0]
        if not guesses:
            return None
        k = min(*guesses, 1020)  # 2^k and the steps at that scale stay normal float64 numbers
        while not self.fit(k):
            k -= 1
        return k

    def smallest(self) -> int:
        """The k below which the largest weight would no longer use all its bits, or thresholds become
        coarse.
        """
        wanted = []
        if (top := self._top_weight()) > 0:
            wanted.append(math.floor(math.log2(255 * 64) - math.log2(top)))
        positive = self.threshold[self.threshold > 0]
        if positive.size:
            wanted.append(
                math.ceil(
                    math.log2(_THRESHOLD_STEPS_WANTED * _THRESHOLD_STEP) - math.log2(float(positive.min()))
                )
            )
        return max(wanted, default=0)

    def _top_weight(self) -> float:
        return max((float(np.abs(w).max()) for w in self.weights), default=0.0)
