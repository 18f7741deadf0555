"""The arithmetic of the chip: bfloat16 throughout, with weights of 16 bits or whole numbers of fewer.

Whole numbers of up to 8 bits are bfloat16 numbers as they are: a weight is made a bfloat16 number before it
is added, and sums are rounded as ever.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from delaycore.graph import BFLOAT16, Arithmetic, Format, fixed_point

__all__ = ["ARITHMETIC", "WIDTHS", "WORD", "find_width", "make_arithmetic", "make_weight_format"]

WORD = 16
"""Bits of a word of memory, and so of a bfloat16 number."""
WIDTHS = range(2, 9)
"""Bits of a weight that is a whole number, sign included."""


@cache
def make_arithmetic(width: int = WORD) -> Arithmetic:
    """The arithmetic in which every operation rounds to bfloat16, and each arrival is added to the neuron's
    state itself and rounded there.

    width: bits of a weight: `WORD` for bfloat16, or one of `WIDTHS` for whole numbers.
    """
    plain = Arithmetic.bfloat16(arrivals="state")
    if width == WORD:
        return plain
    return replace(plain, name=f"bfloat16, weights of {width} bits", weight=fixed_point(width))


ARITHMETIC = make_arithmetic()
"""What the processing elements compute in, whatever the weights are in memory."""


def find_width(given: Arithmetic) -> int:
    """Bits of a weight in memory, under an arithmetic of this chip or any other that it takes."""
    return next((width for width in WIDTHS if given.has_numbers_of(make_arithmetic(width))), WORD)


def make_weight_format(width: int, scale: float = 1.0) -> Format:
    """The format of weights of ``width`` bits, in a graph's own units.

    scale: chip units that one unit of the graph is worth; bfloat16 weights need none.
    """
    if width == WORD:
        return BFLOAT16
    whole = fixed_point(width)
    return Format(
        family="fixed", step=1 / scale, minimum=whole.minimum / scale, maximum=whole.maximum / scale
    )
