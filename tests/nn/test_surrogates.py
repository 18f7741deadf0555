"""Surrogates: all let the gradient through at the threshold, none further away than there, and the forward
pass is the exact test.
"""

from __future__ import annotations

import pytest
import torch

from delaycore.nn.functional import SURROGATES, Surrogate, SurrogateKind, spike


@pytest.mark.parametrize("name", SURROGATES)
def test_a_surrogate_is_1_at_the_threshold_and_falls_to_both_sides_alike(name: str) -> None:
    distance = torch.arange(-100, 101, dtype=torch.float64) / 100
    slope = Surrogate(name, 5.0)(torch.ones_like(distance), distance)
    assert slope[100] == 1
    assert (slope[:100].diff() >= 0).all() and slope[0] < 0.2
    torch.testing.assert_close(slope, slope.flip(0))
    steeper = Surrogate(name, 10.0)(torch.ones_like(distance), distance)
    assert (steeper <= slope).all() and steeper.sum() < slope.sum()


def test_no_two_surrogates_are_the_same() -> None:
    distance = torch.arange(-100, 101, dtype=torch.float64) / 100
    found = [Surrogate(name, 3.0)(torch.ones_like(distance), distance) for name in SURROGATES]
    assert all(not torch.allclose(a, b) for i, a in enumerate(found) for b in found[:i])


@pytest.mark.parametrize("name", SURROGATES)
def test_the_gradient_of_a_threshold_per_neuron_is_the_negative_sum_of_the_potentials(name: str) -> None:
    potential = torch.randn(
        6, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64
    ).requires_grad_()
    threshold = torch.tensor([0.1, 0.2, -0.3], dtype=torch.float64).requires_grad_()
    spikes = spike(potential, threshold, Surrogate(name, 2.0))
    assert torch.equal(spikes > 0, potential >= threshold)
    spikes.sum().backward()
    assert potential.grad is not None and threshold.grad is not None
    torch.testing.assert_close(threshold.grad, -potential.grad.sum(0))
    assert float(potential.grad.abs().sum()) > 0


def test_a_potential_equal_to_the_threshold_fires() -> None:
    at = torch.tensor([0.3, torch.nextafter(torch.tensor(0.3), torch.tensor(0.0)).item()])
    assert spike(at, torch.tensor(0.3), Surrogate("arctan", 1.0)).tolist() == [1.0, 0.0]


def test_a_surrogate_by_name_is_the_one_by_its_kind():
    assert Surrogate("arctan", 2.0) == Surrogate(SurrogateKind.ARCTAN, 2.0)
    assert Surrogate("arctan", 2.0) != Surrogate("boxcar", 2.0)
