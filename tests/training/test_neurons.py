"""Neurons: one pass over all steps and a loop over single steps are the same, forwards and backwards."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from delaycore.settings import LevelDelays, NetworkSettings
from delaycore.training import build
from delaycore.training.neurons.feedback import with_feedback
from delaycore.training.neurons.kinds import Neurons, Values
from delaycore.training.neurons.recurrences import integrate
from delaycore.training.neurons.surrogates import SURROGATES

KINDS = ("lif", "current_lif", "adaptive_lif")


def tensor(seed: int, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def neurons(kind: str, leak: str = "neuron", surrogate: str = "fast_sigmoid") -> Neurons:
    shape = NetworkSettings(
        hidden=(5,), delays=LevelDelays(levels=1), neuron=kind, threshold=0.7, leak=leak, surrogate=surrogate
    )  # type: ignore[arg-type]
    return build(shape, 3, 2, 0.01).double().neurons["h1"]


def stepped(n: Neurons, current: Tensor, given: Values | None = None) -> Tensor:
    values, state, made = given or n.values({}), n.rest(current[0]), []
    for now in current:
        spikes, state = n.step(now, state, values)
        made.append(spikes)
    return torch.stack(made)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("leak", "surrogate"), [("layer", "fast_sigmoid"), *(("neuron", name) for name in SURROGATES)]
)
def test_all_steps_at_once_are_the_single_steps_with_the_gradient_of_autograd(
    kind: str, leak: str, surrogate: str
) -> None:
    n, current = neurons(kind, leak, surrogate), tensor(3, 14, 4, 5).requires_grad_()
    whole, single = n.through(current, n.values({})), stepped(n, current)
    assert torch.equal(whole, single)
    assert 0.02 < float(whole.detach().mean()) < 0.6
    direction = tensor(4, 14, 4, 5)
    over = [current, *n.leaks.values()]
    mine, theirs = (torch.autograd.grad((made * direction).sum(), over) for made in (whole, single))
    for a, b in zip(mine, theirs, strict=True):
        torch.testing.assert_close(a, b)
        assert float(a.abs().sum()) > 0


@pytest.mark.parametrize("kind", KINDS)
def test_thresholds_and_jumps_have_the_gradient_of_autograd_too(kind: str) -> None:
    n, current, direction = neurons(kind), tensor(3, 14, 4, 5), tensor(4, 14, 4, 5)
    values = {name: value.detach().requires_grad_() for name, value in n.values({}).items()}
    mine, theirs = (
        torch.autograd.grad((made * direction).sum(), list(values.values()))
        for made in (n.through(current, values), stepped(n, current, values))
    )
    for a, b in zip(mine, theirs, strict=True):
        torch.testing.assert_close(a, b)
        assert float(a.abs().sum()) > 0


@pytest.mark.parametrize("kind", [*KINDS, "integrator"])
def test_single_precision_and_many_threads_round_as_single_steps_do(kind: str) -> None:
    n = (
        build(NetworkSettings(hidden=(5,)), 3, 700, 0.01).neurons["out"]
        if kind == "integrator"
        else build(
            NetworkSettings(hidden=(700,), delays=LevelDelays(levels=1), neuron=kind), 3, 2, 0.01
        ).neurons["h1"]
    )  # type: ignore[arg-type]
    current, threads = tensor(9, 30, 6, 700).float(), torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        assert torch.equal(n.through(current, n.values({})), stepped(n, current))
    finally:
        torch.set_num_threads(threads)


def test_integration_has_the_numerical_gradient() -> None:
    current, retain = tensor(2, 6, 2, 3).requires_grad_(), torch.rand(3, dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(integrate, (current, retain))


def test_a_threshold_that_adapts_makes_fewer_spikes() -> None:
    n, current = neurons("adaptive_lif"), tensor(5, 40, 4, 5).abs()
    few = n.through(current, n.values({}) | {"adaptation": torch.full((5,), 0.5, dtype=torch.float64)})
    many = n.through(current, n.values({}) | {"adaptation": torch.zeros(5, dtype=torch.float64)})
    assert 0 < few.sum() < many.sum()


@pytest.mark.parametrize("kind", KINDS)
def test_feedback_without_weights_changes_nothing(kind: str) -> None:
    n, current = neurons(kind), tensor(6, 12, 2, 5)
    silent = torch.zeros(2, 5, 5, dtype=torch.float64)
    assert torch.equal(
        with_feedback(n, n.values({}), current, silent, (1, 4)), n.through(current, n.values({}))
    )


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
