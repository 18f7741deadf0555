"""The random networks that backends are held against: the same for the same seed, varied, and alive."""

from typing import Any

import numpy as np
import pytest

from delaycore.conformance import live_network
from delaycore.conformance._networks import is_live

KINDS = ("lif", "current_lif", "adaptive_lif")


def test_the_same_seed_gives_the_same_network():
    a, b = live_network(7, kinds=KINDS), live_network(7, kinds=KINDS)
    assert a.graph == b.graph
    assert np.array_equal(a.spikes, b.spikes)
    assert live_network(8, kinds=KINDS).graph != a.graph


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("reset", ["zero", "subtract"])
def test_at_least_four_of_five_live(kind, reset):
    alive = [live_network(seed, kinds=(kind,), resets=(reset,)).live for seed in range(40)]
    assert sum(alive) >= 32


def test_silence_and_saturation_are_not_life():
    graph = live_network(0).graph
    spiking = [name for name, p in graph.populations.items() if p.spikes]
    assert is_live(graph, dict.fromkeys(spiking, 0.02))
    assert not is_live(graph, dict.fromkeys(spiking, 0.2) | {spiking[-1]: 0.01})
    assert not is_live(graph, dict.fromkeys(spiking, 0.2) | {spiking[-1]: 0.41})


def test_the_networks_hold_what_must_be_tested():
    graphs = [
        live_network(seed, kinds=KINDS, resets=("zero", "subtract"), largest_delay=9).graph
        for seed in range(40)
    ]
    hidden: list[Any] = [p for g in graphs for p in g.populations.values() if p.kind in KINDS]
    assert {p.kind for p in hidden} == set(KINDS)
    assert {p.reset for p in hidden} == {"zero", "subtract"}
    assert {p.refractory for p in hidden} == {0, 1, 2}
    assert any(np.any(p.bias) for p in hidden)
    assert all(g.largest_delay == 9 for g in graphs)
    assert any(p.smallest_delay == 0 for g in graphs for p in g.projections)
    assert any(p.source == p.target for g in graphs for p in g.projections)
    assert any(
        len(p) > len(set(zip(p.pre.tolist(), p.post.tolist(), strict=True)))
        for g in graphs
        for p in g.projections
    )


def test_what_a_chip_lacks_can_be_left_out():
    graphs = [
        live_network(seed, kinds=("lif",), refractory=0, biased=False, loops=False).graph
        for seed in range(20)
    ]
    hidden: list[Any] = [p for g in graphs for p in g.populations.values() if p.kind == "lif"]
    assert not any(np.any(p.bias) or p.refractory for p in hidden)
    assert not any(
        list(g.populations).index(p.source) >= list(g.populations).index(p.target)
        for g in graphs
        for p in g.projections
    )


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="no such kind of hidden population: 'izhikevich'"):
        live_network(0, kinds=("izhikevich",))
