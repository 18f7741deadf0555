"""Files of NIR: written sealed, read by whoever reads NIR, and read without trust in who wrote them."""

from __future__ import annotations

from pathlib import Path

import h5py
import nir
import numpy as np
import pytest

import delaycore as dc
from delaycore.graph import Graph
from delaycore.interop import from_nir, read_nir, to_nir, write_nir


@pytest.fixture
def graph() -> Graph:
    return dc.Graph.from_arrays([np.ones((3, 4)), np.ones((4, 2))], [2, 1], retain=0.5)


def test_a_graph_comes_back_from_a_file(graph, tmp_path):
    losses = write_nir(tmp_path / "g.nir", graph, method="exponential")
    assert losses == to_nir(graph, method="exponential")[1]
    back, again = read_nir(tmp_path / "g.nir", method="exponential", readout=graph.readout)
    assert not again
    assert (back.populations.keys(), back.synapses) == (graph.populations.keys(), graph.synapses)
    assert (back.step, back.largest_delay, back.readout) == (graph.step, 2, graph.readout)


def test_readers_of_nir_take_the_file(graph, tmp_path):
    write_nir(tmp_path / "g.nir", graph)
    here, there = read_nir(tmp_path / "g.nir"), from_nir(nir.read(tmp_path / "g.nir"))
    assert here == there


def test_files_of_others_are_read_as_nir_reads_them():
    path = Path(__file__).with_name("snntorch.nir")
    assert read_nir(path, step=1e-4) == from_nir(nir.read(path), step=1e-4)


def test_a_file_that_was_changed_is_refused(graph, tmp_path):
    path = tmp_path / "g.nir"
    write_nir(path, graph)
    with h5py.File(path, "a") as file:
        file["node/nodes/h1/tau"][0] = 1.0
    with pytest.raises(dc.FileError, match="was changed after it was written"):
        read_nir(path)


def test_a_graph_within_itself_is_refused(graph, tmp_path):
    path = tmp_path / "g.nir"
    nir.write(path, to_nir(graph)[0])
    with h5py.File(path, "a") as file:
        file["node/nodes/inner"] = file["node"]
    with pytest.raises(dc.FileError, match="node/nodes/inner: stands in the file more than once"):
        read_nir(path)


def test_groups_without_end_are_refused(tmp_path):
    path = tmp_path / "g.nir"
    with h5py.File(path, "w") as file:
        file.create_group("node/" + "x/" * 2_000)
    with pytest.raises(dc.FileError, match="lies more than 420 groups deep"):
        read_nir(path)


def test_a_file_of_which_nir_makes_no_network_is_refused_with_nirs_reason(graph, tmp_path):
    path = tmp_path / "g.nir"
    nir.write(path, to_nir(graph)[0])
    with h5py.File(path, "a") as file:
        del file["node/nodes/h1/type"]
        file["node/nodes/h1/type"] = "Nonsense"
    with pytest.raises(dc.FileError, match=r"nir makes no network of it \(AssertionError"):
        read_nir(path)
    with h5py.File(path, "a") as file:
        del file["node"]
    with pytest.raises(dc.FileError, match="node: there is no such group"):
        read_nir(path)
