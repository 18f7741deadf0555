"""The backend at its doors: found by name, honest about bad input, and everything it says survives a file."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from delaycore_loihi import LoihiBackend

import delaycore as dc
from delaycore.conformance import live_network

LOIHI = LoihiBackend()


def test_it_is_found_and_loaded_by_name() -> None:
    assert dc.targets()["loihi"].distribution == "delaycore-loihi"
    assert isinstance(dc.load_backend("loihi"), LoihiBackend)
    assert LoihiBackend.api_version == dc.API_VERSION == 2


def test_importing_it_loads_nothing_heavy() -> None:
    heavy = ("torch", "tonic", "scipy", "matplotlib")
    code = f"import sys, delaycore_loihi; print([m for m in {heavy!r} if m in sys.modules])"
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.strip()
        == "[]"
    )


def test_a_program_survives_its_file(tmp_path: Path) -> None:
    live = live_network(4, loops=False)
    program = dc.map(live.graph, target="loihi", cores=3)
    program.save(tmp_path / "program.safetensors")
    loaded = dc.load_program(tmp_path / "program.safetensors")
    before, after = (
        dc.simulate(program, live.spikes, states=True),
        dc.simulate(loaded, live.spikes, states=True),
    )
    assert after.activity.same_as(before.activity)
    assert after.cost.to_dict() == before.cost.to_dict()
    assert loaded.describe() == program.describe()


@pytest.mark.parametrize("options", [{"cores": 0}, {"cores": 1.5}, {"cores": True}, {"cors": 1}])
def test_wrong_options_are_refused(options: dict[str, object]) -> None:
    graph = live_network(0, samples=1).graph
    for door in (LOIHI.check, LOIHI.map):
        with pytest.raises(dc.SettingsError, match="option 'cor"):
            door(graph, **options)


def test_spikes_of_the_wrong_shape_are_refused() -> None:
    live = live_network(4, loops=False)
    program = LOIHI.map(live.graph)
    wrongs: tuple[Any, ...] = (
        live.spikes[0],
        live.spikes[:, :, 1:],
        live.spikes * 0.5,
        {"no such input": live.spikes},
    )
    for wrong in wrongs:
        with pytest.raises(dc.DataError):
            LOIHI.simulate(program, wrong)
    with pytest.raises(dc.DataError, match="no population 'x'"):
        LOIHI.simulate(program, live.spikes, states=["x"])


def test_no_samples_and_no_steps_are_fine() -> None:
    live = live_network(4, loops=False)
    program = LOIHI.map(live.graph)
    for shape in ((0, 10), (2, 0)):
        result = LOIHI.simulate(program, np.zeros((*shape, live.spikes.shape[2]), dtype=bool))
        assert result.spikes["out"].shape[:2] == shape
        assert result.cost.energy.total.shape == (shape[0],)


def test_programs_of_others_and_damaged_images_are_refused() -> None:
    live = live_network(4, loops=False)
    program = LOIHI.map(live.graph)
    with pytest.raises(dc.DataError, match="made for target 'other'"):
        LOIHI.simulate(replace(program, target="other"), live.spikes)
    key = next(key for key in program.image if key.endswith("/dv"))
    with pytest.raises(dc.DataError, match="does not belong"):
        LOIHI.simulate(
            replace(program, image={k: v for k, v in program.image.items() if k != key}), live.spikes
        )
    key = next(key for key in program.image if key.endswith("/post"))
    with pytest.raises(dc.DataError, match="does not belong"):
        LOIHI.simulate(
            replace(program, image=dict(program.image) | {key: program.image[key] + 1000}), live.spikes
        )


def test_states_are_given_on_request_only() -> None:
    live = live_network(4, loops=False)
    program = LOIHI.map(live.graph)
    assert set(LOIHI.simulate(program, live.spikes).states) == {"out"}
    assert set(LOIHI.simulate(program, live.spikes, states=["h1"]).states) == {"h1", "out"}


def driven(retain: float, weights: list[float], read: bool) -> dc.Graph:
    n = len(weights)
    target: dc.Population = (
        dc.Integrator(1, retain=retain) if read else dc.LIF(1, retain=retain, threshold=131071 * 64.0)
    )
    projection = dc.Projection(
        "in", "x", pre=np.arange(n), post=np.zeros(n, int), weight=weights, delay=np.ones(n)
    )
    return dc.Graph(
        1e-3,
        {"in": dc.Input(n), "x": target},
        [projection],
        arithmetic=LOIHI.quantize(live_network(0, samples=1).graph)[0].arithmetic,
    )


def test_a_read_out_that_would_have_fired_is_a_finding_of_the_run() -> None:
    program = LOIHI.map(driven(1.0, [2_088_960.0], read=True))
    assert "readout.reach" in program.report.codes()  # it was foreseen
    assert not LOIHI.simulate(program, np.ones((1, 4, 1), dtype=bool)).findings
    result = LOIHI.simulate(program, np.ones((2, 7, 1), dtype=bool))
    # Five arrivals are more than the largest threshold; steps 5 and 6 of both samples have them.
    (fired,) = [f for f in result.findings if f.code == "readout.fired"]
    assert fired.message.startswith("4 potentials")
    assert (fired.severity, fired.available) == ("error", 131071 * 64)


def test_an_accumulator_that_wraps_is_a_finding_of_the_run() -> None:
    program = LOIHI.map(driven(0.5, [2_088_960.0] * 3, read=False))
    assert "accumulator.range" in program.report.codes()
    spikes = np.zeros((2, 3, 3), dtype=bool)
    spikes[0, 0] = True
    (finding,) = LOIHI.simulate(program, spikes).findings
    assert (finding.code, finding.severity, finding.needed) == ("arithmetic.overflow", "warning", 1)
