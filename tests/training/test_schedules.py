"""Learning rates over a training."""

from __future__ import annotations

import pytest

from delaycore.settings import TrainingSettings
from delaycore.training._schedules import scale_rate

TEN = TrainingSettings(epochs=10, learning_rate_decay=0.9)


def test_a_rate_that_decays_is_the_same_within_an_epoch() -> None:
    assert [scale_rate("decay", TEN, epoch, part) for epoch, part in ((0, 0.0), (0, 0.9), (2, 0.5))] == [
        1.0,
        1.0,
        pytest.approx(0.81),
    ]


def test_a_cosine_falls_from_1_to_nearly_0() -> None:
    rates = [scale_rate("cosine", TEN, epoch, 0.0) for epoch in range(11)]
    assert rates[0] == 1.0 and rates[5] == pytest.approx(0.5, abs=1e-3) and rates[10] == pytest.approx(1e-3)
    assert rates == sorted(rates, reverse=True)


def test_one_cycle_rises_for_three_tenths_and_falls_then() -> None:
    rates = [scale_rate("one_cycle", TEN, epoch, 0.0) for epoch in range(11)]
    assert rates[0] == pytest.approx(1 / 25) and rates[3] == 1.0 and rates[10] == pytest.approx(1e-3)
    assert rates[:4] == sorted(rates[:4]) and rates[3:] == sorted(rates[3:], reverse=True)
    within = scale_rate("one_cycle", TEN, 1, 0.5)
    assert rates[1] < within < rates[2]
