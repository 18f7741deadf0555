"""Training under a budget: what spikes cost, how the penalty rises, and which epoch is best."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import delaycore as dc
from delaycore.deploy import Chip
from delaycore.hardware import Workload
from delaycore.nn import Forward
from delaycore.settings import Budget
from delaycore.training._amounts import AMOUNTS, estimate_marginals
from delaycore.training._budget_penalty import BudgetPenalty, penalize, spread_evenly
from delaycore.training._checkpoint import Epoch

CHIPS = ("loihi", "seneca")


def graph(seed: int = 0) -> dc.Graph:
    rng = np.random.default_rng(seed)
    weights = [rng.normal(0, 0.3, (12, 6)), rng.normal(0, 0.3, (3, 6, 5)), rng.normal(0, 0.3, (3, 5, 3))]
    return dc.Graph.from_arrays(weights, [0, [0, 3, 7], [0, 2, 4]], retain=0.9, threshold=1.0)


def work(net: dc.Graph, seed: int = 0, samples: int = 3) -> Workload:
    rng = np.random.default_rng(seed)
    return Workload(
        net,
        {name: rng.random((samples, 25, p.size)) < 0.2 for name, p in net.populations.items() if p.spikes},
    )


@pytest.mark.parametrize("amount", AMOUNTS)
@pytest.mark.parametrize("target", CHIPS)
def test_more_spikes_take_more_of_everything_and_the_marginals_say_of_whose(target: str, amount: str) -> None:
    net, given = graph(), work(graph())
    found = estimate_marginals(AMOUNTS[amount], Chip(target), net, given.spikes)
    assert {name: len(each) for name, each in found.items()} == {"h1": 6, "h2": 5}
    for each in found.values():
        assert each.max() > 0
        assert each.min() > -0.02 * each.max()  # a longer sample can cost nothing more, but never much less


def test_marginals_of_synaptic_operations_are_the_synapses_that_a_spike_reaches_in_time() -> None:
    net = graph()
    silent = {name: np.zeros_like(s) for name, s in work(net).spikes.items()}
    found = estimate_marginals(AMOUNTS["operations"], Chip("loihi"), net, silent)["h1"]
    in_time = sum(25 - d for d in (0, 3, 7)) * 5 / 25
    assert found == pytest.approx([in_time] * 6)


@pytest.mark.parametrize("target", CHIPS)
def test_the_energy_of_a_changed_activity_is_foretold_by_the_marginals(target: str) -> None:
    net, before = graph(), work(graph(), samples=20)
    after = dict(before.spikes) | {
        "h1": before.spikes["h1"] & (np.random.default_rng(5).random(before.spikes["h1"].shape) < 0.5)
    }
    energy = AMOUNTS["energy"]
    each = estimate_marginals(energy, Chip(target), net, {n: s[:3] for n, s in before.spikes.items()})["h1"]
    fewer = (before.spikes["h1"].sum(axis=1) - after["h1"].sum(axis=1)).mean(axis=0)
    saved = energy(Chip(target), before).mean() - energy(Chip(target), Workload(net, after)).mean()
    assert saved > 0 and float(fewer @ each) == pytest.approx(saved, rel=0.15)


def epoch(number: int, taken: float, validation: float = 0.5, excess: float = 0.0) -> Epoch:
    return Epoch(number, 1.0, 0.5, validation, None, {"energy": taken}, excess)


def test_the_penalty_rises_while_a_limit_is_not_kept_and_falls_when_it_is() -> None:
    budget_penalty = BudgetPenalty(
        Budget(target="loihi", energy=1e-6, headroom=0.1), np.zeros((2, 25, 12), dtype=np.bool_)
    )
    over, under = (
        epoch(0, 0.95e-6),
        epoch(0, 0.85e-6),
    )  # the first is within the limit, but not within its headroom
    weights = [
        float(sum(t.sum() for t in budget_penalty.price_spikes(graph(), past).values()))
        for past in ([], [over], [over, over], [under])
    ]
    assert weights[1] == pytest.approx(2 * weights[0], rel=1e-5) and weights[2] == pytest.approx(
        4 * weights[0], rel=1e-5
    )
    assert weights[3] == pytest.approx(0.5 * weights[0], rel=1e-5)


def test_an_epoch_that_keeps_the_budget_ranks_above_one_that_does_not_and_then_accuracy_decides() -> None:
    best_but_over, met, met_and_better = (
        epoch(0, 3.0, 0.9, excess=0.5),
        epoch(1, 1.0, 0.5),
        epoch(2, 1.0, 0.6),
    )
    assert best_but_over.rank < epoch(3, 2.0, 0.1, excess=0.2).rank < met.rank < met_and_better.rank


def test_the_penalty_is_what_the_spikes_of_a_sample_cost() -> None:
    spikes = torch.zeros(4, 2, 3, requires_grad=True)
    with torch.no_grad():
        spikes[1:3, 0, 1] = 1.0
    found = penalize(Forward({"h1": spikes}, torch.zeros(4, 2, 2)), {"h1": torch.tensor([1.0, 10.0, 100.0])})
    assert found.item() == 10.0  # two spikes at 10, in one of two samples
    found.backward()
    assert spikes.grad is not None and spikes.grad[0].tolist() == [[0.5, 5.0, 50.0]] * 2


def test_samples_to_measure_on_are_spread_evenly() -> None:
    samples: Any = np.arange(10).reshape(10, 1, 1)
    assert (
        spread_evenly(samples, 4).ravel().tolist() == [0, 3, 6, 9] and len(spread_evenly(samples, 99)) == 10
    )


def test_a_network_takes_what_will_be_deployed_of_it_takes_with_its_own_spikes() -> None:
    whole = graph()
    p = whole.projections[1]
    kept = p.delay == 3
    fewer = whole.with_(
        projections=[
            whole.projections[0],
            dc.Projection(p.source, p.target, *(a[kept] for a in (p.pre, p.post, p.weight, p.delay))),
        ]
    )
    samples = np.random.default_rng(1).random((4, 25, 12)) < 0.3
    budget_penalty = BudgetPenalty(
        Budget(target="loihi", operations=1.0), samples, lambda given: fewer if given == whole else given
    )
    spikes = dc.simulate(dc.map(whole, target="loihi"), samples).spikes
    expected = AMOUNTS["operations"](
        Chip("loihi"), Workload(fewer, {n: spikes[n] for n in ("in", "h1", "h2")})
    ).mean()
    assert 0 < budget_penalty.measure(whole)["operations"] == expected
    assert (
        budget_penalty.price_spikes(whole, [])["h2"].abs().max() == 0
    )  # all synapses of the second layer go
