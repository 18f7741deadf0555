"""The chip does what the reference does with the quantized graph: in every step, on live networks, wherever
neurons lie.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from delaycore_truenorth.backend import TrueNorthBackend
from delaycore_truenorth.neuron import LinearLeak
from delaycore_truenorth.spec import ARITHMETIC

from delaycore import reference
from delaycore.conformance import live_network

CHIP = TrueNorthBackend()
NETWORKS = 100


def drawn(rng: np.random.Generator, size: int) -> LinearLeak:
    return LinearLeak(
        size, threshold=1.0, leak=rng.uniform(0.0, 0.1, size), reset=str(rng.choice(["zero", "subtract"]))
    )


@cache
def network(seed: int) -> Any:
    return live_network(
        seed,
        kinds=["lif", "linear_leak"],
        resets=["zero", "subtract"],
        refractory=0,
        biased=False,
        leaky=False,
        integrates=False,
        largest_delay=12,
        samples=2,
        steps=36,
        smallest_loop=2,
        own={"linear_leak": drawn},
    )


@cache
def truth(seed: int) -> Any:
    exact, _ = CHIP.quantize(network(seed).graph)
    return reference.simulate(exact, network(seed).spikes, states=True)


def live(rates: dict[str, float]) -> bool:
    return all(0.02 <= rate <= 0.4 for rate in rates.values())


def computed(seed: int) -> dict[str, float]:
    graph, rates = network(seed).graph, truth(seed).rates()
    return {name: rates[name] for name, p in graph.populations.items() if p.spikes}


@pytest.mark.parametrize("first", range(0, NETWORKS, 10))
def test_ten_networks_are_simulated_as_the_reference_has_it(first: int) -> None:
    for seed in range(first, first + 10):
        program = CHIP.map(network(seed).graph, neurons_per_core=(None, 3, 5)[seed % 3])
        got = CHIP.simulate(program, network(seed).spikes, states=True).activity
        assert got.same_as(truth(seed)), seed


def test_four_of_five_networks_live() -> None:
    assert sum(live(computed(seed)) for seed in range(NETWORKS)) >= 0.8 * NETWORKS


def differing(mutate: Any, seeds: range = range(10)) -> int:
    """In how many networks a program with another image does something else than the truth."""
    found = 0
    for seed in seeds:
        program = CHIP.map(network(seed).graph)
        image = {k: v.copy() for k, v in program.image.items()}
        mutate(image)
        changed = replace(program, image=image)
        found += not CHIP.simulate(changed, network(seed).spikes, states=True).activity.same_as(truth(seed))
    return found


def first_core(image: dict[str, Any]) -> str:
    return next(key.removesuffix("/crossbar") for key in image if key.endswith("/crossbar"))


def test_a_delay_a_step_too_long_is_noticed() -> None:
    def later(image: dict[str, Any]) -> None:
        image["inputs/in"][:, 3] += 1

    assert differing(later) >= 9


def test_a_lost_axon_is_noticed() -> None:
    def lost(image: dict[str, Any]) -> None:
        image["inputs/in"] = image["inputs/in"][1:]

    assert differing(lost) >= 5


def test_an_axon_of_another_type_is_noticed() -> None:
    def retyped(image: dict[str, Any]) -> None:
        image[f"{first_core(image)}/types"] = (image[f"{first_core(image)}/types"] + 1) % 4

    assert differing(retyped) >= 9


def test_a_leak_that_is_forgotten_is_noticed() -> None:
    def forgotten(image: dict[str, Any]) -> None:
        for key in image:
            if key.endswith("/leak"):
                image[key][:] = 0

    with_leak = [
        s for s in range(20) if any(p.kind == "linear_leak" for p in network(s).graph.populations.values())
    ]
    assert len(with_leak) >= 8
    assert sum(differing(forgotten, range(s, s + 1)) for s in with_leak) >= 0.8 * len(with_leak)


@pytest.mark.parametrize("seeds", [range(30)])
def test_strictly_above_the_threshold_is_noticed(seeds: range, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("delaycore_truenorth.image.ARITHMETIC", replace(ARITHMETIC, fires=">"))
    assert differing(lambda image: None, seeds) >= 5  # it takes a potential that equals the threshold


def test_a_network_in_the_chip_s_numbers_that_fires_above_its_thresholds_keeps_its_spikes() -> None:
    moved = kept = 0
    for seed in range(20):
        exact, _ = CHIP.quantize(network(seed).graph)
        strict = exact.with_(arithmetic=replace(ARITHMETIC, name="strict", fires=">"))
        program = CHIP.map(strict)
        before = reference.simulate(strict, network(seed).spikes).spikes
        after = CHIP.simulate(program, network(seed).spikes).spikes
        lost = any(loss.what == "tie" for loss in program.losses)
        moved += sum(loss.count for loss in program.losses if loss.what == "threshold")
        if not lost:
            kept += 1
            assert all(np.array_equal(before[name], after[name]) for name in before)
    assert kept > 3 and moved
