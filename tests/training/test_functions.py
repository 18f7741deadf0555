"""Delayed input, LIF and integration: right forwards, and right backwards."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from delaycore.training.functions import delayed, integrate, lif


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


def test_gradients_of_delayed_input_and_of_integration_are_the_numerical_ones() -> None:
    spikes, weight = tensor(0, 6, 2, 3).requires_grad_(), tensor(1, 3, 3, 2).requires_grad_()
    assert torch.autograd.gradcheck(lambda s, w: delayed(s, w, (0, 2, 5)), (spikes, weight))
    current, retain = tensor(2, 6, 2, 3).requires_grad_(), torch.rand(3, dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(integrate, (current, retain))


def test_a_gradient_check_notices_a_delay_that_is_off_by_one() -> None:
    spikes, weight = tensor(0, 6, 2, 3), tensor(1, 1, 3, 2)
    assert not torch.allclose(delayed(spikes, weight, (1,)), delayed(spikes, weight, (2,)))


class _FastSigmoid(torch.autograd.Function):
    """The surrogate on its own, so that autograd can do the rest of a LIF neuron."""

    @staticmethod
    def forward(ctx, distance, scale):  # type: ignore[no-untyped-def]
        ctx.save_for_backward(distance)
        ctx.scale = scale
        return (distance >= 0).to(distance.dtype)

    @staticmethod
    def backward(ctx, grad):  # type: ignore[no-untyped-def]
        (distance,) = ctx.saved_tensors
        return grad / (ctx.scale * distance.abs() + 1) ** 2, None


def test_lif_has_the_gradient_that_autograd_finds_for_the_same_equations() -> None:
    current, retain, threshold = (
        tensor(3, 12, 4, 5).requires_grad_(),
        torch.rand(5, dtype=torch.float64).requires_grad_(),
        torch.full((5,), 0.7).double().requires_grad_(),
    )
    spikes, _potentials = lif(current, retain, threshold, 10.0)
    mine = torch.autograd.grad((spikes * tensor(4, 12, 4, 5)).sum(), (current, retain, threshold))
    u, kept, made = torch.zeros(4, 5, dtype=torch.float64), torch.ones(4, 5, dtype=torch.float64), []
    for t in range(12):
        u = retain * (u * kept) + current[t]
        s = _FastSigmoid.apply(u - threshold, 10.0)
        kept = (1 - s).detach()
        made.append(s)
    assert torch.equal(torch.stack(made), spikes)
    assert 0.02 < float(spikes.detach().mean()) < 0.6
    theirs = torch.autograd.grad((torch.stack(made) * tensor(4, 12, 4, 5)).sum(), (current, retain, threshold))
    for a, b in zip(mine, theirs, strict=True):
        torch.testing.assert_close(a, b)
