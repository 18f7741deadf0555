"""What SpikingJelly exports as NIR, here and now, becomes a graph of SpikingJelly's spikes: the r of its IF
neurons counts per second.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import delaycore as dc
from delaycore.interop import from_nir


@pytest.mark.parametrize("step", [1e-3, 1e-4, 1 / 60])
def test_a_network_that_spikingjelly_exports_has_its_spikes(step: float) -> None:
    from spikingjelly.activation_based import functional, layer, neuron, nir_exchange

    torch.manual_seed(0)
    network = torch.nn.Sequential(
        layer.Linear(12, 24),
        neuron.IFNode(v_reset=0.0),
        layer.Linear(24, 8),
        neuron.LIFNode(tau=3.0, v_reset=0.0),
    )
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.normal_(0.1, 0.5)
    exported: Any = nir_exchange.export_to_nir(network, torch.zeros(1, 12), dt=step)
    graph, losses = from_nir(exported, step=step)
    assert not losses
    spikes = np.random.default_rng(0).random((4, 60, 12)) < 0.2
    functional.reset_net(network)
    network = network.double()
    with torch.no_grad():
        theirs = [network(torch.from_numpy(spikes[:, t].astype(np.float64))).numpy() for t in range(60)]
    fired = np.stack(theirs, axis=1).astype(bool)
    assert 0.05 < fired.mean() < 0.7
    (out,) = [name for name, p in graph.populations.items() if p.size == 8]
    np.testing.assert_array_equal(dc.engine.simulate(graph, spikes).spikes[out], fired)
