"""The engine is the reference on random networks under random arithmetics: spikes, potentials and counts."""

from __future__ import annotations

import numpy as np
import pytest

from delaycore import engine, reference
from tests.properties.networks import draw_arithmetic, draw_case


@pytest.mark.networks(ordinary=100, thorough=6000)
def test_the_engine_is_the_reference_under_any_arithmetic(seeds: range, record_property) -> None:
    alive = 0
    for seed in seeds:
        case, arithmetic = draw_case(seed), draw_arithmetic(seed)
        with np.errstate(over="ignore", invalid="ignore"):
            rounded = [p.with_weight(arithmetic.weight.round(p.weight)) for p in case.graph.projections]
        graph = case.graph.with_(arithmetic=arithmetic, projections=rounded)
        truth = reference.simulate(graph, case.spikes, states=True)
        assert engine.simulate(graph, case.spikes, states=True, threads=1).same_as(truth), seed
        alive += any(truth.spikes[n].any() for n in graph.populations if n not in case.spikes)
    record_property("networks that fire", alive)
    assert alive >= 0.4 * len(seeds)
