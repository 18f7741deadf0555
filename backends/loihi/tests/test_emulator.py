"""What brian2-loihi 0.5.2 made of random networks, recorded by benchmarks/emulators/compare.py, comes out
here to the bit.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from delaycore_loihi import LoihiBackend

from benchmarks.emulators import networks as emulated
from delaycore import reference

HERE = Path(__file__).parent
LOIHI = LoihiBackend()
with np.load(HERE / "brian2_loihi.npz") as _recorded:
    RECORDED = dict(_recorded)
NETWORKS = json.loads(RECORDED["networks"].tobytes())


def answers(number: int, group: str) -> tuple[np.ndarray, ...]:
    """u, v after a reset, and spikes, [steps, neurons], as the emulator gave them."""
    return tuple(RECORDED[f"{number}/{group}/{key}"] for key in "uvs")


@pytest.mark.parametrize("cores", [None, 1, 3])
@pytest.mark.parametrize("number", range(len(NETWORKS)))
def test_currents_potentials_and_spikes_equal_the_emulators_in_every_step(
    number: int, cores: int | None
) -> None:
    network = NETWORKS[number]
    graph, given = (
        emulated.make_graph(network, on_chip=cores is not None),
        {"in": emulated.make_input_spikes(network)},
    )
    if cores is None:
        activity = reference.simulate(graph, given, states=True)
    else:
        activity = LOIHI.simulate(LOIHI.map(graph, cores=cores), given, states=True).activity
    for g in network["groups"]:
        u, v, s = answers(number, g["name"])
        fired = activity.spikes[g["name"]][0]
        assert np.array_equal(fired, s)
        if cores is None or g["du"] < 4096:
            assert np.array_equal(activity.potentials[f"u of {g['name']}"][0], u)
        assert np.array_equal(np.where(fired, 0, activity.potentials[g["name"]][0]), v)


def test_the_recorded_networks_are_worth_comparing() -> None:
    assert len(NETWORKS) >= 16
    assert all(
        0.02 <= answers(k, g["name"])[2].mean() <= 0.40 for k, n in enumerate(NETWORKS) for g in n["groups"]
    )
    projections = [p for n in NETWORKS for p in n["projections"]]
    assert {d for p in projections for d in p["delay"]} >= {0, 62}
    assert {p["mode"] for p in projections} == {1, 2, 3}
    assert any(p["source"] == p["target"] for p in projections)
    assert any(min(p["mantissa"]) < 0 < max(p["mantissa"]) for p in projections)
    groups = [g for n in NETWORKS for g in n["groups"]]
    assert any(g["refractory"] > 1 for g in groups)
    assert any(g["du"] < 4096 for g in groups)
    assert any(g["du"] == 4096 for g in groups)


@pytest.mark.parametrize("change", ["delay", "threshold", "dv", "refractory"])
def test_a_network_that_differs_a_little_is_told_apart(change: str) -> None:
    different = 0
    for number, network in enumerate(NETWORKS):
        changed = json.loads(json.dumps(network))
        if change == "delay":
            longest = changed["projections"][0]["delay"]
            changed["projections"][0]["delay"] = [d + 1 for d in longest]
        else:
            for g in changed["groups"]:
                g[change] = max(1, g[change] - 1) if g[change] > 1 else 2
        activity = reference.simulate(
            emulated.make_graph(changed), {"in": emulated.make_input_spikes(changed)}, states=True
        )
        for g in network["groups"]:
            fired, (_, v, s) = activity.spikes[g["name"]][0], answers(number, g["name"])
            same = np.array_equal(fired, s) and np.array_equal(
                np.where(fired, 0, activity.potentials[g["name"]][0]), v
            )
            different += not same
    assert different >= len(NETWORKS) // 2
