"""The chip does what the reference does with the quantized graph: in every step, on live networks, wherever
neurons lie.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from delaycore_spinnaker.backend import SpinnakerBackend
from delaycore_spinnaker.spec import ARITHMETIC

import delaycore
from delaycore import reference
from delaycore.conformance import live_network

CHIP = SpinnakerBackend()
NETWORKS = 100


@cache
def network(seed: int) -> Any:
    return live_network(
        seed,
        kinds=["lif"],
        biased=False,
        largest_delay=40 if seed % 4 == 3 else 12,
        samples=2,
        steps=60 if seed % 4 == 3 else 32,
        smallest_loop=2,
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
        program = CHIP.map(
            network(seed).graph, neurons_per_core=(256, 3, 2)[seed % 3], rule=("current", "classic")[seed % 2]
        )
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


def test_a_delay_a_step_too_long_is_noticed() -> None:
    def later(image: dict[str, Any]) -> None:
        image["rows/0/words"] = image["rows/0/words"] + np.uint32(
            1 << 9
        )  # 8 bits of index, one of type, then the delay

    assert differing(later) >= 9


def test_a_lost_synapse_is_noticed() -> None:
    def lost(image: dict[str, Any]) -> None:
        strongest = (image["rows/0/words"] >> 16).argmax()
        image["rows/0/words"][strongest] &= np.uint32(0xFFFF)

    assert differing(lost) >= 9


def test_inhibition_read_as_excitation_is_noticed() -> None:
    def flipped(image: dict[str, Any]) -> None:
        image["rows/0/words"] &= np.uint32(~(1 << 8) & 0xFFFFFFFF)

    assert differing(flipped) >= 8


def saturating() -> tuple[delaycore.Graph, Any]:
    """A strong synapse that every step sees and twenty that seldom fire, all together in step 3; inhibition
    in step 5.
    """
    n = 20
    weight = np.r_[np.full(n, 1.0), np.full(n, -1.0)]
    way = delaycore.Projection("in", "h", np.arange(2 * n), np.zeros(2 * n, int), weight, np.ones(2 * n, int))
    graph = delaycore.Graph(
        1e-3, {"in": delaycore.Input(2 * n), "h": delaycore.LIF(1, retain=0.5, threshold=2.0)}, [way]
    )
    spikes = np.zeros((1, 10, 2 * n), dtype=np.bool_)
    spikes[0, 3, :n] = spikes[0, 5, n:] = spikes[0, 7] = True
    return graph, spikes


def test_rings_saturate_apart_as_the_reference_has_it_and_the_run_says_so() -> None:
    graph, spikes = saturating()
    program = CHIP.map(graph, rate=0.001)
    assert {f.code for f in program.report.findings} == {"ring.sum", "arithmetic.rounding"}
    result = CHIP.simulate(program, spikes, states=True)
    assert result.activity.same_as(reference.simulate(program.graph, spikes, states=True))
    assert (
        result.states["h"][0, 4, 0] == 65535
        and result.states["h"][0, 8, 0] == result.states["h"][0, 7, 0] / 2
    )
    assert [f.code for f in result.findings] == ["ring.sum"] and result.findings[
        0
    ].needed == result.activity.overflow["h"].sum()
    calm = CHIP.simulate(CHIP.map(graph, rate=1.0), spikes)
    assert not calm.findings


@pytest.mark.parametrize(
    "changed",
    [
        {"arrivals": "total", "total": ARITHMETIC.potential},
        {"total": replace(ARITHMETIC.total, overflow="wrap")},
        {"fires": ">"},
        {"decay": replace(ARITHMETIC.decay, rounding="floor")},
    ],
    ids=["one sum", "wrap for clip", "> for >=", "floor for nearest"],
)
def test_another_arithmetic_is_noticed(changed: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("delaycore_spinnaker.image.ARITHMETIC", replace(ARITHMETIC, **changed))
    graph, spikes = saturating()
    weight = np.r_[np.full(20, 1.0), np.full(20, -1.0)]
    exact = graph.with_(projections=[graph.projections[0].with_weight(weight)])
    odd = exact.with_(
        populations={"in": delaycore.Input(40), "h": delaycore.LIF(1, retain=0.3333, threshold=1.0)}
    )
    program = CHIP.map(odd, rate=0.001)
    one = np.zeros((1, 30, 40), dtype=np.bool_)
    one[0, ::6, 0] = one[0, 2::7, 20] = (
        True  # a weight of just the threshold, and potentials that decay to odd fractions
    )
    both = np.concatenate([one, np.pad(spikes, ((0, 0), (0, 20), (0, 0)))])
    assert not CHIP.simulate(program, both, states=True).activity.same_as(
        reference.simulate(program.graph, both, states=True)
    )


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
