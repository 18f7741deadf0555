"""The chip's own neuron in files: every command opens them, in a process that has not seen the plugin."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from delaycore_truenorth import LinearLeak

import delaycore as dc


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A network of the chip's own neurons that fires on three channels."""
    way = dc.Projection("in", "h", [0, 1, 2], [0, 1, 1], [1.0, 1.0, 1.0], [1, 2, 3])
    populations = {"in": dc.Input(3), "h": LinearLeak(2, 1.0, 0.25, "subtract")}
    framing = dc.Framing(steps=20, step=1e-3, channels=3)
    graph = dc.Graph(1e-3, populations, [way], dc.Readout("h", "spike_count"), framing=framing)
    graph.save(tmp_path / "model.safetensors")
    return tmp_path / "model.safetensors"


@pytest.fixture
def events(tmp_path: Path) -> Path:
    """Two samples in the layout of SHD."""
    times = [np.arange(12) * 1e-3, np.arange(6) * 2e-3]
    units = [np.arange(12) % 3, np.arange(6) % 3]
    with h5py.File(tmp_path / "events.h5", "w") as file:
        for name, columns, kind in (("times", times, np.float64), ("units", units, np.int64)):
            column = file.create_dataset(f"spikes/{name}", (2,), dtype=h5py.vlen_dtype(kind))
            for i, values in enumerate(columns):
                column[i] = values
        file["labels"] = np.array([0, 1])
        file["extra/speaker"] = np.array([0, 1])
        file["extra/keys"] = np.array([b"one", b"two"])
    return tmp_path / "events.h5"


def call(*words: object) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "delaycore", *map(str, words)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_command_opens_a_model_of_the_chip_s_own_neurons(model: Path, events: Path) -> None:
    chip = ("--target", "truenorth")
    assert "fits" in call("check", model, *chip)
    call("quantize", model, *chip, "--out", model.parent / "exact.safetensors")
    call("map", model.parent / "exact.safetensors", *chip, "--out", model.parent / "program.safetensors")
    from_model, from_program = (
        json.loads(call("simulate", file, events, *chip, "--json"))
        for file in (model, model.parent / "program.safetensors")
    )
    assert from_model["spikes_per_sample"]["h"] > 0
    assert from_model["spikes_per_sample"] == from_program["spikes_per_sample"]


def test_another_chip_s_check_names_the_kind_as_one_that_it_lacks(model: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "delaycore", "check", str(model), "--target", "loihi"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1 and "population.kind" in done.stdout + done.stderr
