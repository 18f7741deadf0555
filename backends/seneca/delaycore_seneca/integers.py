"""Weights as whole numbers of a few bits, with one scale for each population that they lead to; everything
else is bfloat16.

The scale is a power of two.  What is multiplied by it keeps all its significant bits, so thresholds and
biases move into the unit of the weights without a loss, and whole numbers of up to 8 bits are bfloat16
numbers as they are: sums are rounded as ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from delaycore.graph import BFLOAT16, Arithmetic, Format, Graph, Population, fixed_point

__all__ = ["WIDTHS", "WORD", "arithmetic", "scale_of", "weight_format", "width_of"]

WORD = 16
"""Bits of a word of memory, and so of a bfloat16 number."""
WIDTHS = range(2, 9)
"""Bits of a weight that is a whole number, sign included."""

_SMALLEST, _LARGEST = -126, 127
"""Exponents of the numbers that bfloat16 holds with all their significant bits."""


def arithmetic(width: int = WORD) -> Arithmetic:
    """Every operation rounds to bfloat16; each arrival is added to the neuron's state itself, and rounded
    there.

    width: bits of a weight: those of bfloat16, or one of `WIDTHS` for whole numbers.
    """
    made = Arithmetic.bfloat16(arrivals="state")
    return (
        made
        if width == WORD
        else replace(made, name=f"bfloat16, weights of {width} bits", weight=fixed_point(width))
    )


def width_of(given: Arithmetic) -> int:
    """Bits of a weight in memory, under an arithmetic of this chip or any other that it takes."""
    return next((width for width in WIDTHS if given == arithmetic(width)), WORD)


def weight_format(width: int, scale: float = 1.0) -> Format:
    """The weights of ``width`` bits, in units of which ``scale`` of the chip's make one."""
    if width == WORD:
        return BFLOAT16
    whole = fixed_point(width)
    return Format(
        family="fixed", step=1 / scale, minimum=whole.minimum / scale, maximum=whole.maximum / scale
    )


def scale_of(graph: Graph, name: str, width: int) -> float:
    """Chip units per unit of population ``name``: of all powers of two the one with the smallest squared
    error of its weights.

    The finest scale that clips nothing is the best only while bits are many: with few, most weights are small
    beside the largest and would all be rounded to 0, and clipping a few of the large ones to keep the many
    loses less.  Of equally good scales it is the coarsest, so that weights which were rounded onto a grid are
    given that grid again.  1 for weights that stay bfloat16, are whole numbers of this width already, or all
    become 0.
    """
    weights = np.concatenate([p.weight for p in graph.into(name)] or [np.zeros(0)])
    if width == WORD or graph.arithmetic == arithmetic(width) or not weights.any():
        return 1.0
    low, high = _exact(graph.populations[name])
    best = _best(weights, width, low, high)
    return float(2.0**best) if weight_format(width, 2.0**best).round(weights).any() else 1.0


def _best(weights: NDArray[np.float64], width: int, low: int, high: int) -> int:
    """The k from ``low`` to ``high`` at which rounding weights times 2^k has the smallest squared error, the
    least of several.
    """
    largest = np.abs(weights).max()

    def errors(k: int) -> tuple[float, float]:
        """Of all weights, and of those that are clipped, as fractions of the largest, since the square of
        1e-300 is 0.
        """
        number = weight_format(width, 2.0**k)
        error = ((number.round(weights) - weights) / largest) ** 2
        return float(error.sum()), float(error[number.overflows(weights)].sum())

    best = top = max(low, min(high, _unclipped(weights, width)))
    least, _ = errors(top)
    for k in range(top + 1, high + 1):
        whole, clipped = errors(k)
        if clipped >= least:
            break  # and only grows from here
        if whole < least:
            best, least = k, whole
    while best <= top and best > low and errors(best - 1)[0] == least:
        best -= 1
    return best


def _unclipped(weights: NDArray[np.float64], width: int) -> int:
    """The largest k at which no weight times 2^k is clipped."""
    ends = np.array([weights.min(), weights.max()])
    k = width - int(np.frexp(np.abs(ends).max())[1])
    while fixed_point(width).overflows(np.ldexp(ends, k)).any():
        k -= 1
    return k


def _exact(population: Population) -> tuple[int, int]:
    """The least and the largest k such that 2^k times every number of a potential's unit stays a bfloat16
    number; 0 lies between.
    """
    exponents = list(_exponents(population))
    return min(0, _SMALLEST - min(exponents, default=0)), max(0, _LARGEST - max(exponents, default=0))


def _exponents(population: Population) -> Iterator[int]:
    for parameter in population.parameters():
        if parameter in population.in_potential:
            held = BFLOAT16.round(getattr(population, parameter))
            held = held[(held != 0) & np.isfinite(held)]
            yield from (np.frexp(held)[1] - 1).tolist()
