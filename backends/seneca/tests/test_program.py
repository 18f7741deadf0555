"""A program as a value: its files, its description, what it holds, and what a damaged one gives."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from delaycore_seneca import image

import delaycore as dc
from delaycore.conformance import live_network
from delaycore.errors import FileError


@pytest.fixture(scope="module")
def made() -> tuple[dc.Program, np.ndarray]:
    network = live_network(3)
    return dc.map(network.graph, target="seneca"), network.spikes


def test_a_saved_program_runs_as_before(made, tmp_path):
    program, spikes = made
    program.save(tmp_path / "program")
    again = dc.Program.load(tmp_path / "program")
    first, second = (dc.simulate(p, spikes, states=True) for p in (program, again))
    assert first.activity.same_as(second.activity)
    assert first.cost.to_dict() == second.cost.to_dict()


def test_the_image_is_all_that_the_chip_runs(made):
    program, spikes = made
    other = live_network(4).graph
    assert other != program.graph
    layers = image.decode(program.image, program.placement)
    chip = image.executable(layers, program.placement, program.graph.step)
    placed = program.placement.placed(program.graph)
    mine, theirs = (
        dc.engine.simulate(g, program.placement.chip_input(program.graph, {"in": spikes}), states=True)
        for g in (chip, placed)
    )
    assert all(np.array_equal(mine.potentials[name], theirs.potentials[name]) for name in theirs.potentials)
    assert image.encode(layers).keys() == program.image.keys()
    assert all(np.array_equal(array, program.image[name]) for name, array in image.encode(layers).items())


def test_a_description_names_cores_layouts_and_queues(made):
    text = made[0].describe()
    for word in (
        "core 0: h1[0:",
        "data bytes",
        "layouts",
        "queue words 2048",
        "expected peak words",
        "weights rounded",
    ):
        assert word in text


@pytest.mark.parametrize("ending", ["/program", "/retain", "/weights", "/delays", "/filter"])
def test_a_damaged_image_is_an_error_that_says_so(made, ending):
    program, spikes = made
    name = next(n for n in program.image if n.endswith(ending))
    damaged = replace(program, image={n: a for n, a in program.image.items() if n != name})
    with pytest.raises(FileError, match="map the graph again"):
        dc.simulate(damaged, spikes)


@pytest.mark.parametrize("width", [0, 1, 9, 17])
def test_weights_of_a_width_that_there_is_not_are_damage(made, width):
    program, spikes = made
    name = next(n for n in program.image if n.endswith("/entry"))
    damaged = replace(
        program,
        image=dict(program.image) | {name: np.array([*program.image[name][:2], width], dtype=np.uint16)},
    )
    with pytest.raises(FileError, match=f"{width} bits"):
        dc.simulate(damaged, spikes)


def test_spikes_of_the_wrong_shape_are_refused(made):
    with pytest.raises(dc.DataError, match="not \\[samples, steps"):
        dc.simulate(made[0], np.zeros((1, 5, 99), dtype=bool))


def test_states_are_those_that_were_asked_for(made):
    program, spikes = made
    hidden = next(name for name, p in program.graph.populations.items() if p.kind in ("lif", "current_lif"))
    assert set(dc.simulate(program, spikes).states) == {"out"}
    assert set(dc.simulate(program, spikes, states=[hidden]).states) == {"out", hidden}
    with pytest.raises(dc.DataError, match="no population 'nobody'"):
        dc.simulate(program, spikes, states=["nobody"])


def test_the_target_is_found_and_loads_nothing_that_training_needs():
    code = (
        "import sys, delaycore as dc; b = dc.load_backend('seneca'); "
        "print(b.spec.title, b.api_version, sorted({'torch', 'tonic', 'scipy', 'matplotlib'} & "
        "set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "Seneca (imec) 1 []"


def test_every_constant_has_a_source():
    spec = dc.load_backend("seneca").spec
    constants = [*spec.limits.values(), *spec.costs.values()]
    assert all(
        any(word in c.source for word in ("assumed", "calibrated", "derived", "arXiv", "Tang"))
        for c in constants
    )
    assert spec.not_modelled and spec.max_delay == 63
