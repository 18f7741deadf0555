"""The command ``delay-memory``."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

import delaycore as dc
from delaycore.cli import app
from delaycore.delay_memory import KINDS
from delaycore.pricing import save_spikes

pytest.importorskip("delaycore_seneca")


def told(*arguments: str) -> dict:
    result = CliRunner().invoke(app, ["delay-memory", *arguments, "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)["targets"]


def test_every_kind_is_priced_at_the_widths_of_each_chip(tmp_path):
    model, spikes = str(tmp_path / "model.safetensors"), tmp_path / "spikes.safetensors"
    graph = dc.Graph.from_arrays([np.ones((16, 8, 4))], [np.arange(16)])
    graph.save(model)
    save_spikes(spikes, {"in": np.ones((1, 40, 8), dtype=bool)})
    seneca = told(model, "--activity", str(spikes))["seneca"]
    words = {m["memory"]: m["words"] for m in seneca["memories"]}
    assert words == dict(zip(KINDS, (64, 1088, 248, 128), strict=True))
    assert seneca["cheapest"] == "ring buffer"
    assert told(model, "--density", "0.02")["seneca"]["cheapest"] == "single-FIFO queue"
    pictures = tmp_path / "plots"
    told(model, "--plots", str(pictures))
    assert (pictures / "delay_memory_seneca.png").stat().st_size > 10_000
