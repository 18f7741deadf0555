"""The grid of a projection's weights: mantissa * 2^(6 + exponent), with a sign mode.

A weight of b bits has the mantissas -256..254 in mixed sign mode, 0..255 excitatory, -256..0 inhibitory, in
steps of 2^(8 - (b - mixed)) (nengo-loihi 1.1.0, brian2-loihi 0.5.2).
"""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from delaycore.errors import SettingsError
from delaycore.graph import Format
from delaycore_loihi.limits import LIMITS, REGISTERS
from delaycore_loihi.numbers._registers import find_least_exponent

__all__ = ["SignMode", "WeightGrid", "choose_grid"]

_UNIT, _MANTISSAS = REGISTERS["unit"].value, int(REGISTERS["weight.mantissas"])
_BITS = int(LIMITS["weight.bits"])
_KEPT = 1 << 14
"""Formats and grids that are remembered: checking many populations asks for the same ones very often."""
_EXPONENTS = range(int(LIMITS["weight.exponent"]) + 1)


class SignMode(IntEnum):
    """Which signs a synapse format can hold, in the chip's numbers."""

    MIXED = 1
    EXCITATORY = 2
    INHIBITORY = 3

    @classmethod
    def of(cls, weight: NDArray[np.float64]) -> SignMode:
        """Return the mode that holds all these weights."""
        if weight.min(initial=0.0) >= 0:
            return cls.EXCITATORY
        return cls.INHIBITORY if weight.max(initial=0.0) <= 0 else cls.MIXED


class WeightGrid(NamedTuple):
    """The weights that a projection can have: sign mode, exponent 0..7 and bits 1..8."""

    mode: SignMode
    exponent: int
    bits: int = _BITS

    @property
    def unit(self) -> float:
        """Effective weight of mantissa 1."""
        return _UNIT * 2.0**self.exponent

    @property
    def step(self) -> int:
        """Distance of neighbouring mantissas."""
        return int(2 ** (_BITS - (self.bits - (self.mode is SignMode.MIXED))))

    def to_format(self, scale: float = 1.0) -> Format:
        """Return the weights of this grid, in units of which ``scale`` chip units make one."""
        return _make_format(self, scale)

    def to_mantissas(self, weight: ArrayLike) -> NDArray[np.int64]:
        """Return the mantissas of effective weights that lie on the grid."""
        return np.asarray(np.rint(np.divide(weight, self.unit)), dtype=np.int64)


@lru_cache(maxsize=_KEPT)  # scales are powers of two, so that populations share them
def _make_format(grid: WeightGrid, scale: float) -> Format:
    # Mantissa -256 at exponent 7 would be -2^21, one beyond the largest effective weight.
    lowest = -_MANTISSAS + (grid.step if grid.exponent == _EXPONENTS[-1] else 0)
    low = 0 if grid.mode is SignMode.EXCITATORY else lowest
    high = 0 if grid.mode is SignMode.INHIBITORY else _MANTISSAS - grid.step
    unit = grid.unit / scale
    return Format(family="fixed", step=grid.step * unit, minimum=low * unit, maximum=high * unit)


def choose_grid(
    weight: NDArray[np.float64], scale: float = 1.0, bits: int = _BITS
) -> tuple[WeightGrid, bool]:
    """Return the finest grid whose range holds ``weight`` times ``scale`` and True, or the coarsest of all
    and False if none does.

    Raises `SettingsError` for bits other than 1 to 8, and for 1 bit with weights of both signs.
    """
    if not 1 <= bits <= _BITS:
        raise SettingsError.at(
            "weight_bits", f"must lie in 1..8, not {bits}", "the chip stores weights of 1 to 8 bits"
        )
    mode = SignMode.of(weight)
    if mode is SignMode.MIXED and bits == 1:
        raise SettingsError.at("weight_bits", "1 bit cannot hold weights of both signs", "use 2 bits or more")
    return _find_grid(mode, float(weight.min(initial=0.0)), float(weight.max(initial=0.0)), scale, bits)


@lru_cache(maxsize=_KEPT)  # a population's weights are asked for at the same few scales again and again
def _find_grid(mode: SignMode, low: float, high: float, scale: float, bits: int) -> tuple[WeightGrid, bool]:
    ends = np.array([low, high])

    def holds_ends(exponent: int) -> bool:
        return not WeightGrid(mode, exponent, bits).to_format(scale).overflows(ends).any()

    largest = max(-low, high) * scale
    exponent, fits = find_least_exponent(holds_ends, largest, _MANTISSAS * _UNIT, _EXPONENTS[-1])
    return WeightGrid(mode, exponent, bits), fits
