"""Arithmetics that sum excitation and inhibition apart, each in a format of its own sum."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from delaycore import engine, reference
from delaycore.conformance import live_network, round_network
from delaycore.graph import Arithmetic, Format, Graph, Input, Integrator, Projection

APART = Arithmetic(
    name="apart",
    weight=Format(family="fixed", minimum=-63, maximum=63),
    decay=Format(family="fixed", rounding="floor"),
    total=Format(family="fixed", minimum=0, maximum=100),
    potential=Format(family="fixed", minimum=-500, maximum=500),
    arrivals="signs",
)


def test_each_sign_has_a_sum_of_its_own_and_the_difference_arrives():
    """Three weights of 60 saturate at 100, two of -30 make 60: 40 arrive, where one sum of 0..100 would make
    40 or 100 by order.
    """
    way = Projection("in", "out", range(5), [0] * 5, [60, -30, 60, -30, 60], [0] * 5)
    graph = Graph(1e-3, {"in": Input(5), "out": Integrator(1, retain=1.0)}, [way], arithmetic=APART)
    spikes = np.ones((1, 1, 5), dtype=np.bool_)
    for simulate in (reference.simulate, engine.simulate):
        activity = simulate(graph, spikes, states=True)
        assert activity.potentials["out"].item() == 40
        assert activity.overflow["out"].item() == 2


def test_engine_and_reference_agree_on_networks_whose_sums_saturate():
    saturated = 0
    for seed in range(12):
        network = round_network(live_network(seed, samples=2, steps=30), APART)
        truth = reference.simulate(network.graph, network.spikes, states=True)
        assert engine.simulate(network.graph, network.spikes, states=True).same_as(truth), seed
        one_sum = network.graph.with_(arithmetic=replace(APART, arrivals="total", total=APART.potential))
        saturated += not engine.simulate(one_sum, network.spikes, states=True).same_as(truth)
    assert saturated >= 4
