"""Workloads from files: what they describe, what they refuse, and that assumed spikes are spread evenly."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import delaycore as dc
from delaycore import pricing
from delaycore._files import write_tensors
from delaycore.pricing import WorkloadFile

LAYERS: list[dict[str, Any]] = [
    {"name": "in", "size": 20, "spikes": 100},
    {"name": "h", "size": 10, "spikes": 30, "delays": {"levels": 6, "stride": 2, "keep": 3}},
    {"name": "out", "size": 4},
]
FILE = """
steps = 16
samples = 3
layers = [
  { name = "in", size = 20, spikes = 100 },
  { name = "h", size = 10, spikes = 30, delays = { levels = 6, stride = 2, keep = 3 } },
  { name = "out", size = 4 },
]
placement = { h = [[0, 4, 1], [4, 10, 0]], out = 2 }
[options.loihi]
costs = "nahuku"
"""


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_spikes_are_spread_as_evenly_as_whole_numbers_allow(data: st.DataObject) -> None:
    neurons, steps, samples = (data.draw(st.integers(1, 12)) for _ in range(3))
    count = data.draw(st.integers(0, neurons * steps))
    spikes = pricing.spread_spikes(count, neurons, steps, samples, seed=data.draw(st.integers(0, 99)))
    assert spikes.shape == (samples, steps, neurons)
    assert (spikes.sum(axis=(1, 2)) == count).all()
    assert all(np.ptp(spikes.sum(axis=axis), axis=1).max(initial=0) <= 1 for axis in (1, 2))


def test_more_spikes_than_fit_are_refused() -> None:
    with pytest.raises(dc.DataError, match="51 do not fit 5 neurons in 10 steps"):
        pricing.spread_spikes(51, 5, 10)


def test_a_description_becomes_a_network_of_that_shape() -> None:
    workload = WorkloadFile.parse({"steps": 16, "samples": 2, "layers": LAYERS}).to_workload()
    graph = workload.graph
    assert {name: (p.kind, p.size) for name, p in graph.populations.items()} == {
        "in": ("input", 20),
        "h": ("lif", 10),
        "out": ("integrator", 4),
    }
    first, second = graph.projections
    assert (len(first), len(second)) == (20 * 10 * 3, 10 * 4)
    assert set(first.delay) == {0, 2, 4, 6, 8, 10}
    triples = np.unique(np.stack([first.pre, first.post, first.delay]), axis=1)
    assert triples.shape[1] == len(first)  # three different delays for every pair
    assert {name: s.sum(axis=(1, 2)).tolist() for name, s in workload.spikes.items()} == {
        "in": [100, 100],
        "h": [30, 30],
    }
    assert (workload.samples, workload.steps, workload.slices) == (2, 16, None)


def test_fan_in_and_projections_that_go_back() -> None:
    layers = [LAYERS[0], LAYERS[1] | {"fan_in": 5}]
    back = {"source": "h", "target": "h", "delays": {"first": 1}}
    graph = WorkloadFile.parse({"steps": 16, "layers": layers, "projections": [back]}).to_workload().graph
    first, loop = graph.projections
    assert np.bincount(first.post).tolist() == [5 * 3] * 10
    assert all(len(np.unique(first.pre[first.post == i])) == 5 for i in range(10))
    assert (len(loop), set(loop.delay)) == (100, {1})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"steps": 0}, "steps: must be a number of at least 1, not 0"),
        ({"stepps": 3}, "stepps: is no entry that exists. Remedy: did you mean 'steps'?"),
        ({"layers": []}, "give either layers or a model"),
        ({"model": "x.safetensors"}, "give either layers or a model"),
        ({"layers": [LAYERS[0], LAYERS[0]]}, "two layers have the same name"),
        (
            {"layers": [LAYERS[0], LAYERS[1] | {"delays": {"levels": 3, "keep": 4}}]},
            "layers.1.delays: keep = 4 is more than levels = 3",
        ),
        (
            {"layers": [LAYERS[0], LAYERS[1] | {"spikes": 161}]},
            "layers.1.spikes: 161 do not fit 10 neurons in 16 steps",
        ),
        ({"layers": [LAYERS[0], LAYERS[1] | {"kind": "integrator"}]}, "never fires, but has 30 spikes"),
        ({"projections": [{"source": "h", "target": "nobody"}]}, "projections.0: there is no layer 'nobody'"),
        ({"projections": {"source": "h", "target": "out"}}, "projections: must be a list"),
        ({"layers": {"name": "in", "size": 4}}, "layers: must be a list"),
    ],
)
def test_every_wrong_entry_is_named(change: dict[str, Any], said: str) -> None:
    with pytest.raises(dc.SettingsError) as caught:
        WorkloadFile.parse({"steps": 16, "layers": LAYERS} | change)
    assert said in str(caught.value)


def test_spikes_of_nobody_and_neurons_without_a_place_are_refused() -> None:
    with pytest.raises(dc.SettingsError, match=r"spikes\.g: is no population that fires"):
        WorkloadFile.parse(
            {
                "steps": 16,
                "layers": [{"name": "in", "size": 3}, {"name": "h", "size": 2, "spikes": 1}],
                "spikes": {"g": 1},
            }
        ).to_workload()
    with pytest.raises(dc.DataError, match="has 0 places"):
        WorkloadFile.parse({"steps": 16, "layers": LAYERS, "placement": {"h": 0}}).to_workload()


def test_recorded_spikes_survive_their_file(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    spikes = {"in": rng.random((3, 5, 7)) < 0.3, "h": rng.random((3, 5, 2)) < 0.3}
    pricing.save_spikes(tmp_path / "spikes.safetensors", spikes)
    loaded = pricing.load_spikes(tmp_path / "spikes.safetensors")
    assert loaded.keys() == spikes.keys()
    assert all(np.array_equal(loaded[name], spikes[name]) for name in spikes)
    with pytest.raises(dc.FileError):
        pricing.load_spikes(tmp_path / "nothing.safetensors")


def test_a_file_gives_workload_and_options(tmp_path: Path) -> None:
    (tmp_path / "w.toml").write_text(FILE)
    workload, options = pricing.load(tmp_path / "w.toml", "loihi")
    assert options == {"costs": "nahuku"}
    assert workload.slices is not None
    assert {(s.population, s.start, s.stop, s.core) for s in workload.slices} >= {
        ("h", 0, 4, 1),
        ("h", 4, 10, 0),
        ("out", 0, 4, 2),
    }
    assert pricing.load(tmp_path / "w.toml", "other")[1] == {}
    for text, said in (("steps = ", "is not TOML"), (None, "cannot be read")):
        path = tmp_path / "bad.toml"
        path.unlink(missing_ok=True)
        if text is not None:
            path.write_text(text)
        with pytest.raises(dc.SettingsError, match=said):
            pricing.load(path)


def test_a_model_with_recorded_spikes_is_priced_like_its_run(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    graph = dc.Graph.from_arrays([rng.normal(0.2, 0.3, (20, 12)), rng.normal(size=(12, 5))], retain=0.9)
    graph.save(tmp_path / "model.safetensors")
    given_spikes = rng.random((4, 20, 20)) < 0.1
    given_spikes[:, 12:] = False
    result = dc.simulate(dc.map(graph, target="loihi"), given_spikes)
    pricing.save_spikes(tmp_path / "spikes.safetensors", {name: result.spikes[name] for name in ("in", "h1")})
    (tmp_path / "w.toml").write_text('model = "model.safetensors"\nrecorded = "spikes.safetensors"\n')
    workload, _ = pricing.load(tmp_path / "w.toml")
    priced = dc.price(workload, target="loihi")
    assert np.array_equal(
        priced.cost.counts["synaptic operations"], result.cost.counts["synaptic operations"]
    )


def call(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "delaycore", "price", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def test_the_command_explains_itself_with_an_example() -> None:
    assert "Example: delaycore price" in " ".join(call("--help").stdout.split())


def test_the_command_prices_and_marks_what_does_not_fit(tmp_path: Path) -> None:
    (tmp_path / "w.toml").write_text(FILE)
    done = call(tmp_path / "w.toml", "--target", "loihi", "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["feasible"]
    assert said["cost"]["model"] == "nahuku"
    assert said["cost"]["counts"]["synaptic operations"] == 100 * 10 * 3 + 30 * 4
    assert {s["core"] for s in said["placement"]} == {None, 0, 1, 2}
    (tmp_path / "w.toml").write_text(FILE.replace("keep = 3", "first = 80").replace("nahuku", "davies2018"))
    done = call(tmp_path / "w.toml", "--target", "loihi", "--option", "timing=host")
    assert done.returncode == 0, done.stdout  # one offset takes all delays down
    (tmp_path / "w.toml").write_text(
        FILE.replace("levels = 6, stride = 2, keep = 3", "levels = 2, stride = 100")
    )
    done = call(tmp_path / "w.toml", "--target", "loihi", "--option", "timing=host")
    assert done.returncode == 1
    assert "INFEASIBLE" in done.stdout
    assert "delay.range" in done.stdout
    assert "energy" in done.stdout
    done = call(tmp_path / "w.toml", "--target", "loihi", "--option", "nonsense")
    assert done.returncode == 2
    assert "is not NAME=VALUE" in done.stderr


def test_recorded_spikes_are_booleans_of_the_shape_that_the_file_says(tmp_path: Path) -> None:
    file: Any = {"a": np.full((1, 2, 3), 2)}
    with pytest.raises(dc.DataError, match=r"spikes\['a'\]: are int64, not bool"):
        pricing.save_spikes(tmp_path / "spikes", file)
    for shape, packed in (([1, 2, 3], 2), ([1, 2, 3.0], 1), ([-1, -2, 3], 1), ([2**40, 2**40, 2**40], 1)):
        write_tensors(
            tmp_path / "spikes", "activity", 1, {"shapes": {"a": shape}}, {"a": np.zeros(packed, np.uint8)}
        )
        with pytest.raises(dc.DataError, match="its spikes are damaged"):
            pricing.load_spikes(tmp_path / "spikes")
