"""Networks of SpikingJelly itself become graphs of the same spikes; the recorded file is what it gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import delaycore as dc
from benchmarks.interop import record_spikingjelly
from delaycore.interop import from_spikingjelly

RECORDED = Path(__file__).parents[1] / "interop" / "spikingjelly.npz"


@torch.no_grad()
def draw_weights(layers: list[Any], seed: int) -> list[Any]:
    """The layers in float64 with random weights under which they fire."""
    torch.manual_seed(seed)
    layers = [module.double().eval() for module in layers]
    for module in layers:
        if isinstance(module, torch.nn.Linear):
            module.weight.normal_(0.15, 0.5)
    return layers


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", ["lif", "soft", "shifted", "readout"])
def test_spikes_are_those_of_spikingjelly(name: str, seed: int) -> None:
    layers = draw_weights(record_spikingjelly.networks()[name], seed)
    spikes = np.random.default_rng(seed).random((4, 60, 12)) < 0.15
    with torch.no_grad():
        hidden, out = record_spikingjelly.run(layers, spikes)
    chosen: dict[str, Any] = {"statistic": "last"} if name == "readout" else {}
    graph, losses = from_spikingjelly(layers, **chosen)
    assert not losses
    ran = dc.engine.simulate(graph, spikes)
    assert hidden.any()
    np.testing.assert_array_equal(ran.spikes["h1"], hidden.astype(bool))
    if name == "readout":
        np.testing.assert_allclose(ran.potentials["out"], out, rtol=0, atol=1e-12)
    else:
        assert out.any()
        np.testing.assert_array_equal(ran.spikes["out"], out.astype(bool))


def test_the_recorded_answers_are_those_that_spikingjelly_gives(tmp_path: Path) -> None:
    """The ordinary tests compare with this file."""
    record_spikingjelly.main(str(tmp_path / "again.npz"))
    with np.load(RECORDED) as recorded, np.load(tmp_path / "again.npz") as again:
        assert set(recorded) == set(again)
        for name in recorded:
            if recorded[name].dtype.kind == "f":
                np.testing.assert_allclose(again[name], recorded[name], rtol=0, atol=1e-12, err_msg=name)
            else:
                np.testing.assert_array_equal(again[name], recorded[name], err_msg=name)
