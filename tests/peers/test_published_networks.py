"""Networks that other tools published give the spikes that were published, or those of their equations.

The files are not part of the project: DELAYCORE_PUBLISHED names a folder that has ``lif_norse.nir``,
``braille_noDelay_noBias_subtract.nir`` and ``cnn_sinabs.nir`` of NIR's paper, and ``slayer_mnist.net`` of
lava-dl's tutorials.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest

import delaycore as dc
from delaycore.interop import ForeignError, from_lava_dl, from_nir
from tests.interop.nir_equations import solve_equations
from tests.interop.slayer_files import solve_slayer

STEP = 1e-4  # which the paper says, and the files do not


@pytest.fixture
def folder() -> Path:
    if "DELAYCORE_PUBLISHED" not in os.environ:
        pytest.skip("DELAYCORE_PUBLISHED names no folder of published networks")
    return Path(os.environ["DELAYCORE_PUBLISHED"])


def test_the_neuron_of_nirs_paper_fires_when_it_did_there(folder: Path) -> None:
    spikes = np.zeros((1, 1000, 1), dtype=bool)
    bursts = [6, 22, 27, 31, 32, 35, 37, 40, 41, *range(43, 54), *range(67, 79), 84, 85]
    spikes[0, 10 * np.array(bursts)] = True
    graph, losses = from_nir(nir.read(folder / "lif_norse.nir"), step=STEP)
    assert not losses
    fired = dc.reference.simulate(graph, spikes).spikes["1"][0, :, 0]
    assert np.flatnonzero(fired).tolist() == [460, 510, 710, 760]


def test_the_recurrent_network_for_braille_has_the_spikes_of_its_equations(folder: Path) -> None:
    network = nir.read(folder / "braille_noDelay_noBias_subtract.nir")
    graph, losses = from_nir(network, step=STEP)
    assert [(loss.what, loss.change, loss.count) for loss in losses] == [("delay", "added", 1600)]
    spikes = np.random.default_rng(0).random((2, 100, 12)) < 0.1
    later = nir.Delay(delay=np.full(40, STEP))
    nodes = network.nodes | {"step": later}
    back = ("lif1.lif", "lif1.w_rec")
    edges = [edge for edge in network.edges if edge != back] + [(back[0], "step"), ("step", back[1])]
    theirs = solve_equations(nir.NIRGraph(nodes, edges, type_check=False), spikes, STEP)
    ours = dc.engine.simulate(graph, spikes).spikes
    for name in ("lif1.lif", "lif2"):
        assert 0.005 < theirs[name].mean() < 0.9
        np.testing.assert_array_equal(ours[name], theirs[name].astype(bool))


def test_the_dense_layers_of_the_convolutional_network_integrate_in_each_step(folder: Path) -> None:
    network = nir.read(folder / "cnn_sinabs.nir")
    with pytest.raises(ForeignError) as error:
        from_nir(network, step=STEP)
    assert [p.place for p in error.value.problems] == [f"nodes['{i}']" for i in (0, 2, 4, 5, 7)]
    nodes: dict[str, Any] = {name: network.nodes[name] for name in ("9", "10", "11", "12", "output")}
    nodes["8"] = nir.Input(input_type={"input": np.array([128])})
    edges = list(zip(["8", "9", "10", "11", "12"], ["9", "10", "11", "12", "output"], strict=True))
    graph, losses = from_nir(nir.NIRGraph(nodes, edges), step=STEP)
    assert [(loss.change, loss.place) for loss in losses] == [
        ("converted", "nodes['10'].r"),
        ("converted", "nodes['12'].r"),
    ]
    spikes = np.random.default_rng(0).random((2, 50, 128)) < 0.3
    ours, x = dc.engine.simulate(graph, spikes).spikes, spikes.astype(float)
    for weights, neurons in (("9", "10"), ("11", "12")):
        v: Any = 0.0
        fired = np.zeros((2, 50, len(nodes[weights].weight)))
        for t in range(50):
            v = v + x[:, t] @ nodes[weights].weight.T.astype(float) + nodes[weights].bias
            fired[:, t] = v > 1.0
            v = np.where(fired[:, t] > 0, 0.0, v)
        assert fired.mean() > 0.01
        np.testing.assert_array_equal(ours[neurons], fired.astype(bool))
        x = fired


def test_the_digits_of_lava_dl_have_the_spikes_of_slayers_integers(folder: Path) -> None:
    path = folder / "slayer_mnist.net"
    spikes = np.random.default_rng(0).random((3, 60, 784)) < 0.05
    for fires in (">=", ">"):
        graph, losses = from_lava_dl(path, fires=fires)
        assert not losses
        ours = dc.engine.simulate(graph, spikes).spikes
        for name, fired in zip(
            ("h1", "h2", "out"), solve_slayer(path, spikes, strict=fires == ">"), strict=True
        ):
            assert fired.mean() > 0.01
            np.testing.assert_array_equal(ours[name], fired.astype(bool))
