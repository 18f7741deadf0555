"""Which numbers a network computes with, and where it rounds."""

from typing import Any

import numpy as np
import pytest

from delaycore import Arithmetic, GraphError
from delaycore.graph import BFLOAT16, fixed_point

ONE = np.ones(1)


def whole(**fields):
    return Arithmetic(name="whole", potential=fixed_point(8), **fields)


def test_the_potential_is_rounded_after_each_addition_or_after_the_last():
    kept, arrived, bias = 100 * ONE, 50 * ONE, -60 * ONE
    assert whole(additions="each").combine(kept, arrived, bias) == 67  # 100 + 50 is clipped to 127
    assert whole(additions="last").combine(kept, arrived, bias) == 90


def test_every_addition_that_leaves_the_range_is_counted():
    kept, arrived, bias = 100 * ONE, 50 * ONE, -60 * ONE
    assert whole(additions="each").count_overflow(kept, arrived, bias) == 1
    assert whole(additions="last").count_overflow(kept, arrived, bias) == 0
    assert whole(additions="each").count_overflow(kept, arrived, 60 * ONE) == 2


def test_a_neuron_fires_at_its_threshold_or_only_above():
    assert Arithmetic(fires=">=").crosses(ONE, ONE)
    assert not Arithmetic(fires=">").crosses(ONE, ONE)
    assert Arithmetic(fires=">").crosses(np.nextafter(ONE, 2), ONE)


def test_decay_is_rounded_to_its_own_format():
    assert Arithmetic(decay=fixed_point(8, rounding="toward_zero")).decay_state(0.9, -9 * ONE) == -8
    assert Arithmetic.bfloat16().decay_state(0.3, ONE) == BFLOAT16.round(0.3)


def test_the_ready_made_ones_round_everything():
    assert Arithmetic() == Arithmetic.float64()
    for arithmetic in (Arithmetic.float32(), Arithmetic.bfloat16(), Arithmetic.bfloat16("total")):
        formats = {
            getattr(arithmetic, f).family for f in ("weight", "decay", "total", "current", "potential")
        }
        assert formats == {arithmetic.name}


def test_a_wrong_field_is_named():
    with pytest.raises(GraphError, match="2 problems") as raised:
        wrong: dict[str, Any] = {"fires": ">>", "weigth": BFLOAT16}
        Arithmetic(**wrong)
    assert {p.place for p in raised.value.problems} == {"Arithmetic.fires", "Arithmetic.weigth"}


def test_an_arithmetic_of_one_s_own_needs_a_family_of_its_own():
    with pytest.raises(TypeError, match="needs a family of its own"):

        class Nameless(Arithmetic):
            pass
