"""What snnTorch exports as NIR, here and now, becomes a graph of snnTorch's spikes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest
import snntorch as snn
import torch
from snntorch.export_nir import export_to_nir

import delaycore as dc
from benchmarks.interop import record_nir
from delaycore.interop import from_nir

RECORDED = Path(__file__).parents[1] / "interop"


@pytest.mark.filterwarnings("ignore:nirtorch.extract_nir_graph is being deprecated")
def test_a_network_that_snntorch_exports_has_its_spikes(tmp_path: Path) -> None:
    record_nir.main(str(tmp_path / "network"))
    graph, losses = from_nir(nir.read(tmp_path / "network.nir"), step=1e-4)
    assert not losses
    with np.load(tmp_path / "network.npz") as now, np.load(RECORDED / "snntorch.npz") as recorded:
        ran = dc.engine.simulate(graph, now["input"])
        np.testing.assert_array_equal(ran.spikes["3"], now["output"])
        for name in recorded:  # the file that the ordinary tests compare with
            np.testing.assert_array_equal(now[name], recorded[name], err_msg=name)


@pytest.mark.filterwarnings("ignore:nirtorch.extract_nir_graph is being deprecated")
@pytest.mark.parametrize("kind", ["RLeaky", "Synaptic"])
def test_biases_currents_and_recurrence_that_snntorch_exports_have_its_spikes(
    kind: str, tmp_path: Path
) -> None:
    """With the reset at once that NIR has; snnTorch's is a step late unless told otherwise."""
    torch.manual_seed(2)
    recurrent = kind == "RLeaky"
    own: dict[str, Any] = {"linear_features": 24} if recurrent else {"alpha": torch.full((24,), 0.6)}
    neurons = getattr(snn, kind)(
        beta=torch.full((24,), 0.8),
        threshold=torch.full((24,), 1.5),
        init_hidden=True,
        reset_mechanism="zero",
        reset_delay=False,
        **own,
    )
    network = torch.nn.Sequential(torch.nn.Linear(12, 24), neurons)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.normal_(0.02, 0.3 if parameter.ndim == 2 else 0.05)
    nir.write(tmp_path / "network.nir", export_to_nir(network, torch.zeros(12)))
    graph, losses = from_nir(nir.read(tmp_path / "network.nir"), step=1e-4)
    said = {(loss.what, loss.change): loss.count for loss in losses}
    assert said == (
        {("delay", "added"): 576} if recurrent else {("neuron", "added"): 1, ("synapse", "added"): 24}
    )
    neurons.reset_mem()
    spikes = np.random.default_rng(2).random((4, 60, 12)) < 0.15
    with torch.no_grad():
        fired = [network(torch.from_numpy(spikes[:, t]).float()).numpy() for t in range(60)]
    theirs = np.stack(fired, axis=1).astype(bool)
    assert 0.05 < theirs.mean() < 0.6
    (name,) = [name for name, p in graph.populations.items() if p.size == 24]
    np.testing.assert_array_equal(dc.engine.simulate(graph, spikes).spikes[name], theirs)
