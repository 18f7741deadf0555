"""Graphs in files: exact round trips, and clear errors for everything else, with nothing left
half-written.
"""

import json
import os
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

import delaycore as dc
from delaycore import FileError, GraphError
from delaycore import _files as files
from delaycore.conformance import list_arithmetics, live_network, round_network

KINDS = ("lif", "current_lif", "adaptive_lif")


def network(seed=0):
    return live_network(seed, kinds=KINDS, resets=("zero", "subtract"), samples=1, steps=20)


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "model.safetensors"
    network().graph.save(path)
    return path


def parts(path):
    with safe_open(path, framework="numpy") as f:
        return json.loads(f.metadata()["delaycore"]), {name: f.get_tensor(name) for name in f.keys()}  # noqa: SIM118


def rewrite(path, description, arrays):
    rest = {name: entry for name, entry in description.items() if name not in ("kind", "version")}
    files.write_tensors(path, description["kind"], description["version"], rest, arrays)


@pytest.mark.parametrize("arithmetic", list_arithmetics().values(), ids=lambda a: a.name)
def test_a_round_trip_is_exact_for_every_kind_and_arithmetic(tmp_path, arithmetic):
    for seed in range(5):
        graph = round_network(network(seed), arithmetic).graph
        channels = 3 * graph.populations["in"].size
        sensor = (1, channels, 1) if seed % 2 else None
        framing = dc.Framing(
            steps=7, step=None if seed % 2 else 1.4e-3, channels=channels, group=3, sensor=sensor
        )
        graph = graph.with_(
            framing=framing, readout=dc.Readout("out", "softmax_sum", (2, 9), 4.0), step=0.7e-3
        )
        graph.save(tmp_path / "g.safetensors")
        again = dc.load(tmp_path / "g.safetensors")
        assert again == graph
        assert again.readout is not None and again.readout.window == (2, 9)


def test_a_graph_without_synapses_read_out_or_framing_comes_back(tmp_path):
    step: Any = np.float32(1e-3)
    size: Any = np.int64(2)
    graph = dc.Graph(
        step,
        {"a": dc.Input(size), "b": dc.LIF(1, retain=0.5, threshold=1.0)},
        [dc.Projection("a", "b", [], [], [], [])],
    )
    graph.save(tmp_path / "g")
    assert dc.load(tmp_path / "g") == graph


def test_an_arithmetic_of_a_plugin_comes_back_as_itself_or_not_at_all(tmp_path, saved):
    class Halving(dc.Arithmetic):
        family = "halving_test"

        def decay_state(self, retain, state):
            return self.decay.round(np.asarray(state) / 2)

    graph = network().graph.with_(arithmetic=Halving())
    graph.save(tmp_path / "g")
    assert type(dc.load(tmp_path / "g").arithmetic) is Halving
    description, arrays = parts(tmp_path / "g")
    description["arithmetic"]["family"] = "of_nobody"
    rewrite(tmp_path / "g", description, arrays)
    says = (
        r"family 'of_nobody', which no installed backend brings.*Remedy: install the package that brings it"
    )
    with pytest.raises(FileError, match=says):
        dc.load(tmp_path / "g")


def test_a_file_cut_at_every_tenth_byte_is_refused(tmp_path, saved):
    whole = saved.read_bytes()
    cut = tmp_path / "cut.safetensors"
    for length in range(0, len(whole), 10):
        cut.write_bytes(whole[:length])
        with pytest.raises(FileError, match=r"cut\.safetensors: .*Remedy: .*write it again"):
            dc.load(cut)


def test_no_file_and_a_folder_are_refused(tmp_path):
    for path, said in (
        (tmp_path / "none", "no such file"),
        (tmp_path, "is a folder"),
        (os.devnull, "is no regular file"),
    ):
        with pytest.raises(FileError, match=said):
            dc.load(path)


def test_a_file_of_another_sort_is_refused(tmp_path):
    path = tmp_path / "f"
    for content in (
        b"PK\x03\x04" + b"\0" * 100,
        b"\x80\x04\x95" + b"x" * 50,
        b"\xff" * 64,
        b"\x89HDF\r\n\x1a\n" + b"\0" * 50,
        b"seed = 3\nsteps = 9",
    ):
        path.write_bytes(content)
        with pytest.raises(FileError, match="is no safetensors file") as caught:
            dc.load(path)
        assert "cut off" not in str(caught.value)
    path.write_bytes(b"")
    with pytest.raises(FileError, match="is not a whole safetensors file"):
        dc.load(path)
    save_file({"weight": np.zeros(3)}, path)
    with pytest.raises(FileError, match="has no description in its header"):
        dc.load(path)


def test_a_file_of_another_version_or_kind_says_which(saved):
    description, arrays = parts(saved)
    rewrite(saved, description | {"version": 99}, arrays)
    with pytest.raises(FileError, match="has format version 99, this delaycore reads 1"):
        dc.load(saved)
    rewrite(saved, description | {"kind": "program"}, arrays)
    with pytest.raises(FileError, match="holds a program, not a graph"):
        dc.load(saved)
    rewrite(saved, description | {"kind": "activity"}, arrays)
    with pytest.raises(FileError, match="holds an activity, not a graph"):
        dc.load(saved)


def test_a_nan_weight_in_a_file_is_named(saved):
    description, arrays = parts(saved)
    weights = arrays["projection/0/weight"].copy()
    weights[1] = np.nan
    rewrite(saved, description, arrays | {"projection/0/weight": weights})
    with pytest.raises(
        GraphError,
        match=(
            r"projections\['in->h1'\]\.weight: 1 of \d+ weights are not finite, the first is nan of "
            r"synapse 1"
        ),
    ):
        dc.load(saved)


@pytest.mark.parametrize(
    "damage",
    [
        lambda d: d.pop("populations"),
        lambda d: d.update(populations=None),
        lambda d: d.update(populations=[3]),
        lambda d: d["populations"][1].update(kind="of_nobody"),
        lambda d: d["populations"][1].update(strange=1),
        lambda d: d["populations"][1].pop("name"),
        lambda d: d["projections"][0].update(weight="x"),
        lambda d: d["projections"].append({"source": "in", "target": "out", "name": "more"}),
        lambda d: d.update(readout="out"),
        lambda d: d.update(arithmetic=None),
        lambda d: d.update(arithmetic={"weight": {"family": "float8"}}),
        lambda d: d.update(framing=3),
        lambda d: d.update(step=None),
        lambda d: d.update(step="fast"),
    ],
)
def test_a_damaged_description_is_a_typed_error(saved, damage):
    description, arrays = parts(saved)
    damage(description)
    rewrite(saved, description, arrays)
    with pytest.raises((FileError, GraphError)):
        dc.load(saved)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda d, a: d.pop("arithmetic"), "its description has no 'arithmetic'"),
        (lambda d, a: d.update(arithmetic=None), "'arithmetic' of its description is None, not a table"),
        (lambda d, a: d.update(populations=7), "'populations' of its description is 7, not a list"),
        (lambda d, a: d.update(populations=[3]), "population 0 is 3, not a table"),
        (lambda d, a: d["populations"][1].pop("kind"), "population 1 has no 'kind'"),
        (lambda d, a: d["populations"][1].update(strange=1), "population 'h1' has an entry 'strange'"),
        (lambda d, a: d["projections"][0].pop("source"), "projection 0 has no 'source'"),
        (lambda d, a: a.pop("population/h1/threshold"), "the array 'population/h1/threshold' is missing"),
        (lambda d, a: a.pop("projection/0/weight"), "the array 'projection/0/weight' is missing"),
    ],
)
def test_what_is_missing_or_wrong_in_a_description_is_said_in_words(saved, damage, said):
    description, arrays = parts(saved)
    damage(description, arrays)
    rewrite(saved, description, arrays)
    with pytest.raises(FileError) as caught:
        dc.load(saved)
    assert said in str(caught.value) and "Remedy: write the file again" in str(caught.value)


def test_an_unknown_kind_asks_for_its_package_and_for_nothing_else(saved):
    description, arrays = parts(saved)
    description["populations"][1]["kind"] = "of_nobody"
    rewrite(saved, description, arrays)
    says = r"kind 'of_nobody', which no installed backend brings.*Remedy: install the package that brings it"
    with pytest.raises(FileError, match=says) as caught:
        dc.load(saved)
    assert "write the file again" not in str(caught.value)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileError, match=r"nowhere/g: cannot be written \(No such file or directory\)"):
        network().graph.save(tmp_path / "nowhere" / "g")


def test_a_place_that_is_a_folder_is_named_and_nothing_is_left(tmp_path):
    (tmp_path / "g").mkdir()
    with pytest.raises(FileError, match="cannot be written"):
        network().graph.save(tmp_path / "g")
    assert [p.name for p in tmp_path.iterdir()] == ["g"]


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only to root")
def test_a_read_only_folder_is_named(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(FileError, match="Permission denied"):
        network().graph.save(tmp_path / "g")
    tmp_path.chmod(0o700)
