"""Spikes through delays: every arrival in its step, and the gradients that belong to it, whichever way is
taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from delaycore.nn.functional import _by_event as by_event
from delaycore.nn.functional import _by_frequency as by_frequency
from delaycore.nn.functional import _by_level as by_level
from delaycore.nn.functional import deliver
from delaycore.nn.functional._shape import Shape

DELAYS = st.lists(st.integers(0, 9), min_size=1, max_size=4, unique=True)


def tensor(seed: int, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def spikes_of(seed: int, density: float, *shape: int) -> Tensor:
    return (torch.rand(*shape, generator=torch.Generator().manual_seed(seed)) < density).double()


@contextmanager
def threads(number: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@given(seed=st.integers(0, 999), delays=DELAYS)
def test_a_spike_reaches_its_targets_exactly_its_delay_later(seed: int, delays: list[int]) -> None:
    spikes, weight = (tensor(seed, 7, 2, 3) > 0).double(), tensor(seed + 1, len(delays), 3, 4)
    expected = torch.zeros(7, 2, 4, dtype=torch.float64)
    for k, d in enumerate(delays):
        for t in range(7):
            if t + d < 7:
                expected[t + d] += spikes[t] @ weight[k]
    torch.testing.assert_close(deliver(spikes, weight, tuple(delays)), expected)


def test_the_gradients_are_the_numerical_ones() -> None:
    spikes, weight = tensor(0, 6, 2, 3).requires_grad_(), tensor(1, 3, 3, 2).requires_grad_()
    assert torch.autograd.gradcheck(lambda s, w: deliver(s, w, (0, 2, 5)), (spikes, weight))


def test_a_delay_that_is_off_by_one_shows() -> None:
    spikes, weight = tensor(0, 6, 2, 3), tensor(1, 1, 3, 2)
    assert not torch.allclose(deliver(spikes, weight, (1,)), deliver(spikes, weight, (2,)))


@settings(max_examples=60)
@given(
    seed=st.integers(0, 999),
    steps=st.integers(1, 14),
    samples=st.integers(1, 20),
    pre=st.integers(1, 40),
    post=st.sampled_from([1, 7, 64, 65, 130]),
    delays=DELAYS,
    stride=st.integers(1, 3),
    density=st.sampled_from([0.0, 0.02, 0.2, 1.0]),
    parts=st.integers(1, 3),
)
def test_every_way_gives_the_same_input_and_the_same_gradients(
    seed: int,
    steps: int,
    samples: int,
    pre: int,
    post: int,
    delays: list[int],
    stride: int,
    density: float,
    parts: int,
) -> None:
    within = tuple(d * stride for d in delays if d * stride < steps) or (0,)
    spikes, grad = spikes_of(seed, density, steps, samples, pre), tensor(seed, steps, samples, post)
    weight = tensor(seed + 1, len(within), pre, post)
    to_spikes, to_weight = torch.empty_like(spikes), torch.empty_like(weight)
    by_level.gradients(spikes, weight, within, grad, to_spikes, to_weight)
    with threads(parts):
        number = by_event.count_events(spikes)
        assert number is not None and number.sum() == spikes.sum()
        events = by_event.list_events(spikes, number)
        torch.testing.assert_close(
            by_event.forward(events, weight, within, steps), by_level.forward(spikes, weight, within)
        )
        counted = torch.empty_like(weight)
        by_event.compute_weight_gradient(events, within, grad, counted)
        torch.testing.assert_close(counted, to_weight)
    found = torch.empty_like(spikes), torch.empty_like(weight)
    by_frequency.gradients(spikes, weight, within, grad, *found)
    torch.testing.assert_close(found, (to_spikes, to_weight))
    for i in range(2):  # one without the other
        alone = torch.empty_like(found[i])
        by_frequency.gradients(
            spikes, weight, within, grad, alone if i == 0 else None, alone if i == 1 else None
        )
        torch.testing.assert_close(alone, found[i])


def took(
    monkeypatch: pytest.MonkeyPatch, spikes: Tensor, weight: Tensor, delays: tuple[int, ...]
) -> list[str]:
    """The ways that a pass and its gradients take."""
    found: list[str] = []
    for module, name in (
        (by_level, "forward"),
        (by_level, "gradients"),
        (by_event, "forward"),
        (by_event, "compute_weight_gradient"),
        (by_frequency, "gradients"),
    ):
        inner = getattr(module, name)

        def noting(
            *given: Any,
            inner: Any = inner,
            what: str = f"{module.__name__.split('.')[-1].lstrip('_')}.{name}",
        ) -> Any:
            found.append(what)
            return inner(*given)

        monkeypatch.setattr(module, name, noting)
    deliver(spikes.requires_grad_(), weight.requires_grad_(), delays).sum().backward()
    monkeypatch.undo()
    return found


def test_the_number_of_spikes_decides_which_way_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    weight, delays = tensor(0, 30, 64, 64), tuple(range(30))
    rare, busy = (spikes_of(0, density, 60, 16, 64) for density in (0.01, 0.6))
    assert took(monkeypatch, rare, weight, delays) == [
        "by_event.forward",
        "by_event.compute_weight_gradient",
        "by_frequency.gradients",
    ]
    assert took(monkeypatch, busy, weight, delays) == ["by_level.forward", "by_frequency.gradients"]
    assert took(monkeypatch, rare * 0.5, weight, delays)[0] == "by_level.forward"  # no spikes, but numbers
    assert took(monkeypatch, busy, weight[:1], (0,)) == ["by_level.forward", "by_level.gradients"]


@pytest.mark.parametrize("density", [0.01, 0.6])
def test_gradients_agree_with_those_of_autograd_through_the_plain_sum(density: float) -> None:
    delays = (0, 3, 6, 9, 40)
    spikes, weight = (
        spikes_of(3, density, 40, 8, 64).requires_grad_(),
        tensor(0, len(delays), 64, 64).requires_grad_(),
    )
    direction = tensor(5, 40, 8, 64)
    padded = [
        torch.cat([torch.zeros_like(spikes[:d]), spikes[: 40 - d]]) @ weight[k] for k, d in enumerate(delays)
    ]
    plain = torch.autograd.grad((sum(padded) * direction).sum(), (spikes, weight))
    mine = torch.autograd.grad((deliver(spikes, weight, delays) * direction).sum(), (spikes, weight))
    torch.testing.assert_close(mine, plain)
    assert not mine[1][4].any()  # what would arrive after the end


def test_results_do_not_depend_on_the_number_of_threads() -> None:
    spikes, weight, delays = (
        spikes_of(1, 0.02, 30, 50, 90).float(),
        tensor(2, 12, 90, 70).float().requires_grad_(),
        tuple(range(12)),
    )
    found = []
    for number in (1, 2, 3):
        with threads(number):
            out = deliver(spikes, weight, delays)
            found.append((out, *torch.autograd.grad(out.sum(), weight)))
    assert all(torch.equal(a, b) for other in found[1:] for a, b in zip(found[0], other, strict=True))


def test_a_product_per_frequency_costs_less_the_more_levels_there_are() -> None:
    few, many = (Shape(100, 64, 128, 128, tuple(range(levels))) for levels in (2, 25))
    assert by_frequency.cost(few, True, True) > 2 * by_level.cost(few)
    assert by_frequency.cost(many, True, True) < 0.5 * 2 * by_level.cost(many)
