"""Neurons: one pass over all steps and a loop over single steps are the same, forwards and backwards."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from delaycore.training import Network, build
from delaycore.training.feedback import with_feedback
from delaycore.training.neurons import Neurons
from delaycore.training.recurrences import integrate

KINDS = ("lif", "current_lif", "adaptive_lif")


def tensor(seed: int, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def neurons(kind: str, leak: str = "neuron") -> Neurons:
    shape = Network(hidden=(5,), levels=1, neuron=kind, threshold=0.7, leak=leak)  # type: ignore[arg-type]
    return build(shape, 3, 2, 0.01).double().neurons["h1"]


def stepped(n: Neurons, current: Tensor) -> Tensor:
    values, state, made = n.values({}), n.rest(current[0]), []
    for now in current:
        spikes, state = n.step(now, state, values)
        made.append(spikes)
    return torch.stack(made)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("leak", ["neuron", "layer"])
def test_all_steps_at_once_are_the_single_steps_with_the_gradient_of_autograd(kind: str, leak: str) -> None:
    n, current = neurons(kind, leak), tensor(3, 14, 4, 5).requires_grad_()
    whole, single = n.through(current, n.values({})), stepped(n, current)
    assert torch.equal(whole, single)
    assert 0.02 < float(whole.detach().mean()) < 0.6
    direction = tensor(4, 14, 4, 5)
    over = [current, *n.leaks.values()]
    mine, theirs = (torch.autograd.grad((made * direction).sum(), over) for made in (whole, single))
    for a, b in zip(mine, theirs, strict=True):
        torch.testing.assert_close(a, b)
        assert float(a.abs().sum()) > 0


def test_integration_has_the_numerical_gradient() -> None:
    current, retain = tensor(2, 6, 2, 3).requires_grad_(), torch.rand(3, dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(integrate, (current, retain))


def test_a_threshold_that_adapts_makes_fewer_spikes() -> None:
    n, current = neurons("adaptive_lif"), tensor(5, 40, 4, 5).abs()
    few = n.through(current, n.values({}) | {"jump": torch.full((5,), 0.5, dtype=torch.float64)})
    many = n.through(current, n.values({}) | {"jump": torch.zeros(5, dtype=torch.float64)})
    assert 0 < few.sum() < many.sum()


@pytest.mark.parametrize("kind", KINDS)
def test_feedback_without_weights_changes_nothing(kind: str) -> None:
    n, current = neurons(kind), tensor(6, 12, 2, 5)
    silent = torch.zeros(2, 5, 5, dtype=torch.float64)
    assert torch.equal(with_feedback(n, n.values({}), current, silent, (1, 4)), n.through(current, n.values({})))


@pytest.mark.parametrize("kind", KINDS)
def test_a_spike_comes_back_exactly_its_delay_later(kind: str) -> None:
    n = neurons(kind)
    current = torch.zeros(12, 1, 5, dtype=torch.float64)
    current[2, 0, 0] = 5.0
    to_second = torch.zeros(1, 5, 5, dtype=torch.float64)
    to_second[0, 0, 1] = 5.0
    for delay in (1, 3, 7):
        spikes = with_feedback(n, n.values({}), current, to_second, (delay,)).detach()
        first = int(spikes[:, 0, 0].nonzero()[0])
        assert first == 2
        assert int(spikes[:, 0, 1].nonzero()[0]) == first + delay


def test_feedback_has_a_gradient_for_every_delay_within_the_sample() -> None:
    n, current = neurons("lif"), tensor(7, 8, 3, 5)
    kernel = tensor(8, 3, 5, 5).requires_grad_()
    with_feedback(n, n.values({}), current, kernel, (1, 4, 20)).sum().backward()
    assert kernel.grad is not None
    per_delay = kernel.grad.abs().sum((1, 2))
    assert per_delay[0] > 0 and per_delay[1] > 0 and per_delay[2] == 0
