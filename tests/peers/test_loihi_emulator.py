"""Currents, potentials and spikes of random networks are those of brian2-loihi, which runs here and now."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.emulators.compare import compare_network, run_emulator
from benchmarks.emulators.networks import draw_network

NETWORKS = 40


@pytest.fixture(scope="module")
def python() -> Path:
    """The Python of the emulator's environment, which `make test-peers` builds."""
    return Path(os.environ["DELAYCORE_EMULATORS"])


@pytest.fixture(scope="module")
def networks() -> list[Any]:
    return [draw_network(seed) for seed in range(1000, 1000 + NETWORKS)]


@pytest.fixture(scope="module")
def answers(python: Path, networks: list[Any]) -> dict[str, np.ndarray]:
    """The emulator's currents, potentials and spikes of all networks."""
    return run_emulator(python, networks)


def test_every_integer_state_and_spike_equals_the_emulators(
    networks: list[Any], answers: dict[str, np.ndarray]
) -> None:
    count: Counter[str] = Counter()
    for number, network in enumerate(networks):
        count += compare_network(number, network, answers)
    assert count["networks"] == NETWORKS
    assert count["spikes"] > 50 * NETWORKS
    assert count["compared"] > 5_000 * NETWORKS
    assert count["different"] == 0


def test_synapses_that_are_one_step_later_show(networks: list[Any], answers: dict[str, np.ndarray]) -> None:
    different = 0
    for number, network in enumerate(networks[:10]):
        first, *others = network["projections"]
        later = first | {"delay": [delay + 1 for delay in first["delay"]]}
        count = compare_network(number, network | {"projections": [later, *others]}, answers)
        different += count["different"] > 0
    assert different >= 8


def test_the_recorded_answers_are_those_that_the_emulator_gives(python: Path) -> None:
    """The ordinary tests compare with this file."""
    file = Path(__file__).parents[2] / "backends" / "loihi" / "tests" / "brian2_loihi.npz"
    with np.load(file) as arrays:
        recorded = dict(arrays)
    networks = json.loads(recorded.pop("networks").tobytes())
    now = run_emulator(python, networks)
    assert now.keys() == recorded.keys()
    for name, values in recorded.items():
        np.testing.assert_array_equal(now[name], values, err_msg=name)
