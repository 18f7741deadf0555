"""The weights that a projection can have."""

from __future__ import annotations

import numpy as np
import pytest
from delaycore_loihi.numbers import SignMode, WeightGrid, choose_grid

import delaycore as dc


def values(grid: WeightGrid) -> list[float]:
    """All weights of a grid, found by rounding everything that could be one."""
    return sorted(set(grid.to_format().round(np.arange(-300, 300) * grid.unit).tolist()))


def test_at_8_bits_mixed_mantissas_are_even_and_others_are_all() -> None:
    assert values(WeightGrid(SignMode.MIXED, 0)) == [64.0 * m for m in range(-256, 256, 2)]
    assert values(WeightGrid(SignMode.EXCITATORY, 0)) == [64.0 * m for m in range(256)]
    assert values(WeightGrid(SignMode.INHIBITORY, 0)) == [64.0 * m for m in range(-256, 1)]


@pytest.mark.parametrize("bits", range(2, 9))
@pytest.mark.parametrize("mode", SignMode)
def test_b_bits_have_two_to_the_b_values(mode: SignMode, bits: int) -> None:
    held = values(WeightGrid(mode, 3, bits))
    assert len(held) == 2**bits + (mode is SignMode.INHIBITORY)  # -256 comes on top of 0..-255
    assert all(w % 64 == 0 for w in held)


@pytest.mark.parametrize("mode", SignMode)
def test_no_weight_exceeds_the_largest_effective_one(mode: SignMode) -> None:
    assert max(map(abs, values(WeightGrid(mode, 7)))) <= 2**21 - 64


def test_the_finest_grid_that_holds_all_is_taken() -> None:
    for weight, exponent in (([255 * 64.0], 0), ([256 * 64.0], 1), ([255 * 64.0 * 128], 7)):
        grid, fits = choose_grid(np.array(weight))
        assert (grid.exponent, grid.mode, fits) == (exponent, SignMode.EXCITATORY, True)
    assert not choose_grid(np.array([300 * 64.0 * 128]))[1]


def test_the_sign_mode_follows_the_weights() -> None:
    assert choose_grid(np.array([64.0, 0.0]))[0].mode is SignMode.EXCITATORY
    assert choose_grid(np.array([-64.0, 0.0]))[0].mode is SignMode.INHIBITORY
    assert choose_grid(np.array([-64.0, 64.0]))[0].mode is SignMode.MIXED


@pytest.mark.parametrize("bits", [0, 9])
def test_other_bits_are_refused(bits: int) -> None:
    with pytest.raises(dc.SettingsError, match=r"1\.\.8"):
        choose_grid(np.array([1.0]), bits=bits)


def test_one_bit_cannot_hold_both_signs() -> None:
    with pytest.raises(dc.SettingsError, match="both signs"):
        choose_grid(np.array([-1.0, 1.0]), bits=1)


def test_mantissas_give_back_their_weights() -> None:
    grid = WeightGrid(SignMode.MIXED, 5)
    assert np.array_equal(grid.to_mantissas(np.array(values(grid))) * grid.unit, values(grid))
