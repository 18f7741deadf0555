"""The command ``delay-memory``, and the trace that ``simulate`` writes."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import delaycore as dc
from delaycore.cli import app
from delaycore.datasets import SpokenDigits, write_events
from delaycore.delay_memory import KINDS
from delaycore.pricing import save_spikes

pytest.importorskip("delaycore_seneca")


def told(*arguments: str) -> dict[str, Any]:
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


def test_simulate_writes_a_trace_and_a_picture_of_the_queues(tmp_path):
    rng = np.random.default_rng(0)
    weights = [rng.normal(0.05, 0.2, (80, 16)), rng.normal(0.05, 0.2, (3, 16, 20))]
    framing = dc.Framing(steps=64, step=0.01, channels=80)
    model, events, trace = (tmp_path / name for name in ("model.safetensors", "digits_test.h5", "trace.json"))
    dc.Graph.from_arrays(weights, [0, np.array([0, 10, 20])], threshold=1.0, framing=framing, step=0.01).save(
        model
    )
    write_events(events, SpokenDigits.events("test").select(range(2)))
    ran = CliRunner().invoke(
        app, ["simulate", str(model), str(events), "--target", "seneca", "--trace", str(trace), "--json"]
    )
    assert ran.exit_code == 0, ran.output
    assert {e["ph"] for e in json.loads(trace.read_text())["traceEvents"]} == {"M", "X", "C"}
    assert trace.with_suffix(".png").stat().st_size > 10_000
    refused = CliRunner().invoke(
        app, ["simulate", str(model), str(events), "--target", "loihi", "--trace", str(trace)]
    )
    assert "draws no trace" in str(refused.exception)


def test_one_chip_can_be_asked_for_and_one_without_widths_says_so(tmp_path):
    model = str(tmp_path / "model.safetensors")
    dc.Graph.from_arrays([np.ones((2, 8, 4))], [np.arange(2)]).save(model)
    assert told(model, "--target", "seneca").keys() == {"seneca"}
    pytest.importorskip("delaycore_spinnaker")
    refused = CliRunner().invoke(app, ["delay-memory", model, "--target", "spinnaker"])
    assert "gives no widths of delay memories" in str(refused.exception)
    assert "leave out --target" in str(refused.exception)
