"""Random networks as modules: they come back equal, and do in float64 what the reference does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from delaycore import reference
from delaycore.errors import GraphError
from delaycore.graph import Readout
from delaycore.nn import from_graph, to_graph
from tests.properties.networks import Case, draw_case, waken


def run_module(network: Any, case: Case) -> dict[str, Any]:
    """Return what every population that computes sends on, [samples, steps, neurons]."""
    given = {n: torch.from_numpy(s.transpose(1, 0, 2)).double() for n, s in case.spikes.items()}
    with torch.no_grad():
        made = network(given)
    sent = {**made.spikes, **made.others, network.output: made.readout}
    return {n: values.numpy().transpose(1, 0, 2) for n, values in sent.items()}


@pytest.mark.networks(ordinary=100, thorough=5000)
def test_modules_hold_graphs_exactly_and_do_what_the_reference_does(seeds: range, record_property) -> None:
    alive = 0
    for seed in seeds:
        case = draw_case(seed) if seed % 2 else waken(draw_case(seed))
        graph = case.graph
        network = from_graph(graph, dtype=torch.float64).train(seed % 3 == 0)
        assert to_graph(network) == graph, seed
        assert not network.losses(), seed
        truth = reference.simulate(graph, case.spikes, states=True)
        made = run_module(network, case)
        for name, population in graph.populations.items():
            if name in case.spikes:
                continue
            expected = truth.spikes[name] if population.spikes else truth.potentials[name]
            np.testing.assert_array_equal(made[name], expected, err_msg=f"network {seed}, {name!r}")
        alive += any(truth.spikes[n].any() for n in graph.populations if n not in case.spikes)
    record_property("networks that fire", alive)
    assert alive >= 0.5 * len(seeds)


@pytest.mark.networks(ordinary=40, thorough=1000)
def test_what_no_module_holds_is_refused_by_name(seeds: range) -> None:
    """Read-outs of potentials that a module does not give, another arithmetic, nothing that computes."""
    for seed in seeds:
        case = draw_case(seed)
        graph = case.graph
        for name in [n for n, p in graph.populations.items() if p.spikes and n not in case.spikes]:
            with pytest.raises(GraphError, match=r"readout\.statistic: 'maximum'"):
                from_graph(graph.with_(readout=Readout(name, "maximum")))
        with pytest.raises(GraphError, match="arithmetic: is 'coarse'"):
            from_graph(graph.with_(arithmetic=replace(graph.arithmetic, name="coarse", additions="last")))
        inputs = {n: p for n, p in graph.populations.items() if n in case.spikes}
        with pytest.raises(GraphError, match="populations: have no neurons that compute"):
            from_graph(graph.with_(populations=inputs, projections=[], readout=None))
