"""The scale of weights that become whole numbers: one power of two for each population that they lead to.

What is multiplied by a power of two keeps all its significant bits, so thresholds and biases move into the
unit of the weights without a loss.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from delaycore.graph import BFLOAT16, Graph, Population, fixed_point
from delaycore_seneca.numbers._arithmetic import WORD, make_arithmetic, make_weight_format

__all__ = ["choose_scale"]

_SMALLEST, _LARGEST = -126, 127
"""Exponents of the numbers that bfloat16 holds with all their significant bits."""


def choose_scale(graph: Graph, name: str, width: int) -> float:
    """Chip units per unit of population ``name``: of all powers of two the one with the smallest squared
    error of the weights of ``width`` bits that lead to it.

    The finest scale that clips nothing is the best only while bits are many: with few, most weights are small
    beside the largest and would all be rounded to 0, and clipping a few of the large ones to keep the many
    loses less.  Of equally good scales it is the coarsest, so that weights which were rounded onto a grid are
    given that grid again.  1 for weights that stay bfloat16, are whole numbers of this width already, or all
    become 0.
    """
    weights = np.concatenate([p.weight for p in graph.into(name)] or [np.zeros(0)])
    if width == WORD or graph.arithmetic.has_numbers_of(make_arithmetic(width)) or not weights.any():
        return 1.0
    low, high = _find_exact_exponents(graph.populations[name])
    best = _search_exponent(weights, width, low, high)
    return float(2.0**best) if make_weight_format(width, 2.0**best).round(weights).any() else 1.0


def _search_exponent(weights: NDArray[np.float64], width: int, low: int, high: int) -> int:
    """The k from ``low`` to ``high`` at which rounding weights times 2^k has the smallest squared error, the
    least k of several.
    """
    largest = np.abs(weights).max()

    def measure_errors(k: int) -> tuple[float, float]:
        """Squared errors of all weights, and of those that are clipped; as fractions of the largest weight,
        since the square of 1e-300 is 0.
        """
        number = make_weight_format(width, 2.0**k)
        error = ((number.round(weights) - weights) / largest) ** 2
        return float(error.sum()), float(error[number.overflows(weights)].sum())

    best = top = max(low, min(high, _find_finest_unclipped(weights, width)))
    least, _ = measure_errors(top)
    for k in range(top + 1, high + 1):
        whole, clipped = measure_errors(k)
        if clipped >= least:
            break  # and only grows from here
        if whole < least:
            best, least = k, whole
    while best <= top and best > low and measure_errors(best - 1)[0] == least:
        best -= 1
    return best


def _find_finest_unclipped(weights: NDArray[np.float64], width: int) -> int:
    """The largest k at which no weight times 2^k is clipped."""
    ends = np.array([weights.min(), weights.max()])
    k = width - int(np.frexp(np.abs(ends).max())[1])
    while fixed_point(width).overflows(np.ldexp(ends, k)).any():
        k -= 1
    return k


def _find_exact_exponents(population: Population) -> tuple[int, int]:
    """The least and the largest k such that 2^k times every number of a potential's unit stays a bfloat16
    number; 0 lies between.
    """
    exponents = list(_iterate_exponents(population))
    return min(0, _SMALLEST - min(exponents, default=0)), max(0, _LARGEST - max(exponents, default=0))


def _iterate_exponents(population: Population) -> Iterator[int]:
    for parameter in population.parameters():
        if parameter in population.in_potential:
            numbers = BFLOAT16.round(getattr(population, parameter))
            numbers = numbers[(numbers != 0) & np.isfinite(numbers)]
            yield from (np.frexp(numbers)[1] - 1).tolist()
