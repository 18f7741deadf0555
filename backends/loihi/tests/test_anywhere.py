"""Neurons cut anywhere and put on any cores of any chips: the same spikes, with biased neurons and retimed
loops among them.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from delaycore_loihi import LoihiBackend, Options

import delaycore as dc
from delaycore import reference
from delaycore.conformance import live_network
from delaycore.hardware import Slice

LOIHI = LoihiBackend()


def scattered(graph: dc.Graph, rng: np.random.Generator) -> tuple[Slice, ...]:
    """Every population cut at random, each piece on a core of its own or on one with others, in no order."""
    slices = []
    for name, p in graph.populations.items():
        if isinstance(p, dc.Input):
            continue
        cuts = np.unique(np.append(rng.integers(1, p.size + 1, rng.integers(0, 4)), [0, p.size]))
        slices += [
            Slice(name, int(a), int(b), int(rng.choice([0, 1, 5, 37, 127, 128, 300])))
            for a, b in pairwise(cuts)
        ]
    return tuple(slices)


@pytest.mark.parametrize("seed", range(60))
def test_spikes_do_not_depend_on_where_neurons_lie(seed: int) -> None:
    rng = np.random.default_rng(seed)
    live = live_network(seed, largest_delay=(3, 20, 50)[seed % 3], refractory=3, samples=2, steps=60)
    # Loops get one more step, since the chip's hops take as many steps as a loop has projections.
    projections = [
        replace(p, delay=p.delay + 1) if p.name.endswith("loop") else p for p in live.graph.projections
    ]
    graph = live.graph.with_(projections=projections)
    options = Options(chips=3)
    planned = LOIHI.plan(graph, options, tuple(scattered(graph, rng)))
    assert planned.report.ok, str(planned.report)
    program = dc.Program(
        "loihi",
        planned.graph,
        planned.losses,
        planned.report,
        planned.placement,
        planned.image,
        options,
        planned.mapping,
    )
    truth = reference.simulate(planned.graph, live.spikes, states=True)
    result = LOIHI.simulate(program, live.spikes, states=True)
    for name in graph.populations:
        assert np.array_equal(result.spikes[name], truth.spikes[name])
    assert all(np.array_equal(result.states[name], truth.potentials[name]) for name in truth.potentials)
    counts = result.details["per step and core"]
    assert counts.synapses.sum() == result.cost.counts["synaptic operations"].sum()
    assert counts.messages.shape[2] == max(program.placement.cores) + 1


def test_biases_and_loops_are_among_them() -> None:
    graphs = [
        live_network(seed, largest_delay=(3, 20, 50)[seed % 3], refractory=3, samples=1).graph
        for seed in range(60)
    ]
    assert sum(any(np.any(getattr(p, "bias", 0)) for p in g.populations.values()) for g in graphs) >= 15
    assert sum(any(p.name.endswith("loop") for p in g.projections) for g in graphs) >= 15
