"""Pruning keeps the strongest, stays within its budget, and says what went; growth adds neighbours and
changes nothing else.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from delaycore import engine
from delaycore.errors import SettingsError
from delaycore.settings import ContinuousDelays, LevelDelays, NetworkSettings, PruningSettings
from delaycore.training import DelayNetwork, build, from_graph, prune, regrown
from delaycore.training.synapses.levels import Levels
from delaycore.training.synapses.pruning import PRUNING

SHAPE = NetworkSettings(hidden=(7,), delays=LevelDelays(levels=5, stride=4), gain=1.4)


def network(seed: int, **changes: object) -> DelayNetwork:
    return build(SHAPE.model_copy(update=changes), 9, 4, 0.01, seed)


def last(net: DelayNetwork) -> Levels:
    levels = net.projections["h1->out"]
    assert isinstance(levels, Levels)
    return levels


@pytest.mark.parametrize("mode", PRUNING)
def test_pruning_keeps_the_strongest_and_says_what_went(mode: str) -> None:
    net = network(8)
    before = last(net).weight.detach().numpy().copy()
    losses = prune(net, mode, 2)
    mask = last(net).exists()
    size = np.abs(before)
    if mode == "synaptic":
        assert (mask.sum(axis=0) == 2).all()
        assert (np.where(mask, size, np.inf).min(axis=0) >= np.where(~mask, size, -np.inf).max(axis=0)).all()
    elif mode == "axonal":
        assert (mask.any(axis=2).sum(axis=0) == 2).all()
        assert (mask.all(axis=2) == mask.any(axis=2)).all()
    else:
        assert mask.sum() == 2 * 7 * 4
        assert size[mask].min() >= size[~mask].max()
        assert len(set(mask.sum(axis=0).ravel())) > 1  # some pairs have more, some fewer
    (entry,) = losses
    assert entry.count == (~mask).sum() and entry.of == mask.size
    assert entry.largest == pytest.approx(np.abs(before[~mask]).max())
    np.testing.assert_array_equal(last(net).weight.detach().numpy()[mask], before[mask])


@pytest.mark.parametrize("mode", PRUNING)
def test_what_was_pruned_before_never_comes_back(mode: str) -> None:
    net = network(9)
    prune(net, "synaptic", 3)
    first = last(net).exists()
    prune(net, mode, 2)
    assert not (last(net).exists() & ~first).any()


def test_loops_are_pruned_like_other_projections() -> None:
    net = network(10, recurrent=True)
    assert {entry.place for entry in prune(net, "synaptic", 2)} == {
        "projections['h1->h1']",
        "projections['h1->out']",
    }


def test_delays_that_are_still_positions_cannot_be_pruned() -> None:
    with pytest.raises(SettingsError, match=r"h1->out.*round them first"):
        prune(network(11, delays=ContinuousDelays(mode="continuous_synapse")), "synaptic", 1)


@given(levels=st.integers(2, 40), keep=st.integers(1, 40), rounds=st.integers(1, 6), more=st.integers(0, 9))
def test_a_schedule_falls_to_what_is_kept_and_spends_all_its_epochs(
    levels: int, keep: int, rounds: int, more: int
) -> None:
    keep = min(keep, levels)
    schedule = PruningSettings(keep=keep, rounds=rounds, epochs=rounds + more).schedule(levels)
    kept, epochs = [k for k, _ in schedule], [e for _, e in schedule]
    assert len(schedule) == rounds and kept[-1] == keep
    assert kept == sorted(kept, reverse=True) and kept[0] <= levels
    assert sum(epochs) == rounds + more and min(epochs) >= 1


def test_survivors_get_neighbours_at_a_finer_delay_and_the_network_does_the_same_as_before() -> None:
    net = network(12)
    prune(net, "synaptic", 1)
    graph = net.to_graph()
    grown, losses = regrown(graph, 2)
    before, after = graph.projections[1], grown.projections[1]
    old = set(zip(before.pre.tolist(), before.post.tolist(), before.delay.tolist(), strict=True))
    new = set(zip(after.pre.tolist(), after.post.tolist(), after.delay.tolist(), strict=True)) - old
    smallest, largest = before.smallest_delay, before.largest_delay
    assert new == {(i, j, d + s) for i, j, d in old for s in (-2, 2) if smallest <= d + s <= largest}
    (entry,) = losses
    assert (entry.change, entry.count, entry.place) == ("added", len(new), "projections['h1->out']")
    assert grown.projections[0] == graph.projections[0]  # a projection without delays has no finer ones
    x = np.random.default_rng(0).random((4, 30, 9)) < 0.2
    assert np.array_equal(
        engine.simulate(graph, x).potentials["out"], engine.simulate(grown, x).potentials["out"]
    )


def test_what_grew_can_be_trained_and_pruned_again() -> None:
    net = network(13)
    prune(net, "synaptic", 1)
    grown, _ = regrown(net.to_graph(), 2)
    again = from_graph(grown, SHAPE)
    assert set(range(0, 17, 2)) >= set(last(again).delays) > {0, 4, 8, 12, 16}
    assert again.synapses == grown.synapses
    prune(again, "synaptic", 1)
    assert (
        again.to_graph().projections[1] == net.to_graph().projections[1]
    )  # the new ones have weight 0 still


def test_a_neighbour_that_is_there_already_is_not_added_again() -> None:
    net = network(14)
    prune(net, "synaptic", 3)
    grown, _ = regrown(
        net.to_graph(), 4
    )  # the distance of two levels, so that survivors are each other's neighbours
    p = grown.projections[1]
    assert (
        len(set(zip(p.pre.tolist(), p.post.tolist(), p.delay.tolist(), strict=True))) == len(p) <= 5 * 7 * 4
    )
    assert from_graph(grown, SHAPE).synapses == grown.synapses
