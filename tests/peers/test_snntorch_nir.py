"""What snnTorch exports as NIR, here and now, becomes a graph of snnTorch's spikes."""

from __future__ import annotations

from pathlib import Path

import nir
import numpy as np
import pytest

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
