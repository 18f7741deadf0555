"""Whatever the network and the placement: the chip's spikes are those of the quantized graph's reference
simulation, in every step.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest
from delaycore_loihi import LoihiBackend

import delaycore as dc
from delaycore import reference
from delaycore.conformance import live_network

LOIHI = LoihiBackend()
LARGEST_DELAYS = (60, 3, 12, 30)
"""A retimed detour of three hops adds two steps to 60, which makes 62, the largest field."""


class Case(NamedTuple):
    """A live network, its program on as few cores as possible, and the truth."""

    graph: dc.Graph
    spikes: np.ndarray
    program: dc.Program
    truth: dc.Activity


@cache
def case(seed: int) -> Case:
    largest = LARGEST_DELAYS[seed % 4]
    drawn = live_network(seed, largest_delay=largest, refractory=4, samples=2, steps=40 + largest)
    # Loops get one more step, since the chip's hops take as many steps as a loop has projections.
    projections = [
        replace(p, delay=p.delay + 1) if p.name.endswith("loop") else p for p in drawn.graph.projections
    ]
    graph = drawn.graph.with_(projections=projections)
    program = LOIHI.map(graph)
    return Case(graph, drawn.spikes, program, reference.simulate(program.graph, drawn.spikes, states=True))


def same(result: dc.Result, truth: dc.Activity) -> bool:
    """Spikes of every population and step, and potentials of the read-out."""
    spikes = all(np.array_equal(result.spikes[name], truth.spikes[name]) for name in truth.spikes)
    return spikes and np.array_equal(result.states["out"], truth.potentials["out"])


def live(c: Case) -> bool:
    """Whether the quantized network fires in 2 to 40 % of neurons and steps, in every population that can."""
    rates = c.truth.rates()
    return all(0.02 <= rates[name] <= 0.40 for name, p in c.graph.populations.items() if p.spikes)


def hold(seed: int) -> None:
    c = case(seed)
    assert same(LOIHI.simulate(c.program, c.spikes), c.truth)
    neurons = sum(p.size for p in c.graph.populations.values() if not isinstance(p, dc.Input))
    cores = max(min(2 + seed % 3, neurons), len(c.program.placement.cores))
    split = LOIHI.map(c.graph, cores=cores)
    assert len(split.placement.cores) == cores
    result = LOIHI.simulate(split, c.spikes, states=True)
    assert same(result, c.truth)
    assert all(np.array_equal(result.states[name], c.truth.potentials[name]) for name in c.truth.potentials)


@pytest.mark.parametrize("block", range(10))
def test_spikes_are_those_of_the_reference_on_one_core_and_on_several(block: int) -> None:
    for seed in range(10 * block, 10 * block + 10):
        hold(seed)


def test_four_of_five_networks_live_after_quantizing() -> None:
    cases = [case(seed) for seed in range(100)]
    assert sum(live(c) for c in cases) >= 80
    assert all(any((p.delay > 50).any() for p in cases[seed].graph.projections) for seed in range(0, 100, 4))
    assert sum(len(c.program.placement.cores) == 1 for c in cases) > 50
    assert sum(c.program.placement.latest > 1 for c in cases) > 25  # retiming had something to do
    assert sum(any(np.any(getattr(p, "bias", 0)) for p in c.graph.populations.values()) for c in cases) > 25
    assert sum(any(q.name.endswith("loop") for q in c.graph.projections) for c in cases) > 25


@pytest.mark.thorough
@pytest.mark.parametrize("block", range(95))
def test_spikes_are_those_of_the_reference_on_many_more_networks(block: int) -> None:
    for seed in range(100 + 20 * block, 120 + 20 * block):
        hold(seed)
        case.cache_clear()


def biggest(program: dc.Program) -> str:
    """The placed projection with the most synapses."""
    places = [key.rpartition("/")[0] for key in program.image if key.endswith("/mantissa")]
    return max(places, key=lambda place: len(program.image[f"{place}/mantissa"]))


def one_step_later(program: dc.Program) -> dict[str, np.ndarray]:
    key = f"{biggest(program)}/delay"
    return {key: program.image[key] + np.uint8(1)}


def lost_synapse(program: dc.Program) -> dict[str, np.ndarray]:
    place = biggest(program)
    largest = np.abs(program.image[f"{place}/mantissa"]).argmax()
    return {
        f"{place}/{key}": np.delete(program.image[f"{place}/{key}"], largest)
        for key in ("pre", "post", "mantissa", "delay")
    }


def exponent_off_by_one(program: dc.Program) -> dict[str, np.ndarray]:
    key = f"{biggest(program)}/format"
    mode, exponent, bits = program.image[key]
    return {key: np.array([mode, exponent + 1 if exponent < 4 else exponent - 1, bits], dtype=np.uint8)}


def decay_off_by_one(program: dc.Program) -> dict[str, np.ndarray]:
    return {key: values ^ 1 for key, values in program.image.items() if key.endswith("/dv")}


def threshold_off_by_one(program: dc.Program) -> dict[str, np.ndarray]:
    return {key: values - 1 for key, values in program.image.items() if key.endswith("/threshold")}


@pytest.mark.parametrize(
    ("mutant", "at_least"),
    [
        (one_step_later, 30),
        (lost_synapse, 30),
        (exponent_off_by_one, 30),
        (decay_off_by_one, 30),
        (threshold_off_by_one, 1),
    ],
)
def test_a_mutated_image_is_caught(mutant: object, at_least: int) -> None:
    caught = 0
    for seed in range(40):
        c = case(seed)
        image = dict(c.program.image) | mutant(c.program)  # type: ignore[operator]
        caught += not same(LOIHI.simulate(replace(c.program, image=image), c.spikes), c.truth)
    assert caught >= at_least


def test_additions_that_wrap_are_counted_as_the_reference_counts_them() -> None:
    """Where sums wrap, the order of additions changes no spike, but how many of them left the range."""
    wrapped = moved = 0
    for seed in (7, 15, 27, 41, 44, 50, 51, 52, 53, 54):
        live = live_network(seed, kinds=("lif", "current_lif"), samples=2, steps=30)
        exact, _ = LOIHI.quantize(live.graph)
        most, larger = 2.0**21 - 2.0**14, 2.0 ** [3, 5, 6, 7][seed % 4]
        heavy = [p.with_weight(np.clip(p.weight * larger, -most, most)) for p in exact.projections]
        program = LOIHI.map(exact.with_(projections=heavy))
        truth = reference.simulate(program.graph, live.spikes, states=True)
        assert LOIHI.simulate(program, live.spikes, states=True).activity.same_as(truth), seed
        wrapped += sum(int(count.sum()) for count in truth.overflow.values())
        moved += program.placement.latest > 0
    assert wrapped > 500 and moved >= 8
