"""Spikes through delays: every arrival in its step, and the gradients that belong to it."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from delaycore.training.delayed import delayed


def tensor(seed: int, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@given(seed=st.integers(0, 999), delays=st.lists(st.integers(0, 9), min_size=1, max_size=4, unique=True))
def test_a_spike_reaches_its_targets_exactly_its_delay_later(seed: int, delays: list[int]) -> None:
    spikes, weight = (tensor(seed, 7, 2, 3) > 0).double(), tensor(seed + 1, len(delays), 3, 4)
    expected = torch.zeros(7, 2, 4, dtype=torch.float64)
    for k, d in enumerate(delays):
        for t in range(7):
            if t + d < 7:
                expected[t + d] += spikes[t] @ weight[k]
    torch.testing.assert_close(delayed(spikes, weight, tuple(delays)), expected)


def test_the_gradients_are_the_numerical_ones() -> None:
    spikes, weight = tensor(0, 6, 2, 3).requires_grad_(), tensor(1, 3, 3, 2).requires_grad_()
    assert torch.autograd.gradcheck(lambda s, w: delayed(s, w, (0, 2, 5)), (spikes, weight))


def test_a_delay_that_is_off_by_one_shows() -> None:
    spikes, weight = tensor(0, 6, 2, 3), tensor(1, 1, 3, 2)
    assert not torch.allclose(delayed(spikes, weight, (1,)), delayed(spikes, weight, (2,)))
