"""The chip's arithmetic gives the known answers of the public emulators, in the reference and in the
engine.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from delaycore_loihi.numbers import (
    ARITHMETIC,
    decode_current_decay,
    decode_potential_decay,
    encode_current_decay,
    encode_potential_decay,
)

import delaycore as dc
from delaycore import engine, reference

SIMULATORS = pytest.mark.parametrize("simulate", [reference.simulate, engine.simulate])
LARGEST = 131071 * 64.0


def one_neuron(population: dc.Population, weights: Any, delays: Any = 0) -> dc.Graph:
    """A neuron with one input for each weight."""
    weights = np.atleast_1d(np.asarray(weights, dtype=float))
    n = len(weights)
    delays = np.broadcast_to(delays, n)
    projection = dc.Projection(
        "in", "h", pre=np.arange(n), post=np.zeros(n, int), weight=weights, delay=delays
    )
    return dc.Graph(1e-3, {"in": dc.Input(n), "h": population}, [projection], arithmetic=ARITHMETIC)


def first_step_only(inputs: int, steps: int) -> np.ndarray:
    spikes = np.zeros((1, steps, inputs), dtype=bool)
    spikes[0, 0] = True
    return spikes


def trace(simulate: Any, graph: dc.Graph, spikes: np.ndarray) -> list[int]:
    return simulate(graph, spikes, states=True).potentials["h"][0, :, 0].astype(int).tolist()


U = [6400, 4800, 3600, 2700, 2025, 1518, 1138, 853, 639, 479, 359, 269]
V = [6400, 10400, 12700, 13812, 14110, 13864, 13269, 12463, 11544, 10580, 9616, 8683]


@SIMULATORS
@pytest.mark.parametrize("sign", [1, -1])
def test_one_spike_of_6400_with_du_1024_and_dv_512(simulate: Any, sign: int) -> None:
    current = dc.Integrator(1, retain=decode_potential_decay(1024))
    assert trace(simulate, one_neuron(current, sign * 6400), first_step_only(1, 12)) == [sign * u for u in U]
    neuron = dc.CurrentLIF(
        1, retain=decode_potential_decay(512), retain_current=decode_current_decay(1023), threshold=LARGEST
    )
    assert trace(simulate, one_neuron(neuron, sign * 6400), first_step_only(1, 12)) == [sign * v for v in V]


@SIMULATORS
def test_lavas_own_answer(simulate: Any) -> None:
    neuron = dc.CurrentLIF(
        1, retain=decode_potential_decay(2048), retain_current=decode_current_decay(0), threshold=LARGEST
    )
    answer = [8192, 12286, 14331, 15351, 15859, 16111, 16235, 16295]
    assert trace(simulate, one_neuron(neuron, 128 * 64), first_step_only(1, 8)) == answer


@SIMULATORS
@pytest.mark.parametrize(("weight", "fires"), [(6400, False), (6464, True)])
def test_a_neuron_fires_strictly_above_its_threshold(simulate: Any, weight: int, fires: bool) -> None:
    graph = one_neuron(dc.LIF(1, retain=1.0, threshold=6400.0), weight)
    assert simulate(graph, first_step_only(1, 1)).spikes["h"].any() == fires


@SIMULATORS
def test_the_accumulator_wraps_at_22_bits_and_says_so(simulate: Any) -> None:
    graph = one_neuron(dc.LIF(1, retain=1.0, threshold=LARGEST), [2_088_960] * 3)
    activity = simulate(graph, first_step_only(3, 1), states=True)
    assert activity.potentials["h"][0, 0, 0] == 3 * 2_088_960 - 2**22
    assert activity.overflow["h"][0] == 1  # the second spike goes over the top, the third stays below it


@SIMULATORS
def test_the_current_wraps_at_24_bits(simulate: Any) -> None:
    neuron = dc.CurrentLIF(1, retain=1 / 4096, retain_current=4095 / 4096, threshold=LARGEST)
    spikes = np.ones((1, 5, 1), dtype=bool)
    weight = 2_088_960
    u, answer = 0, []
    for _ in range(5):
        u = u * 4095 // 4096 + weight
        u = (u + 2**23) % 2**24 - 2**23
        answer.append(u)
        if u < 0:
            break
    assert answer[-1] < 0
    potentials = trace(simulate, one_neuron(neuron, weight), spikes)
    assert potentials[0] == answer[0]
    assert potentials[len(answer) - 1] <= answer[-1] + LARGEST / 4096


@SIMULATORS
@pytest.mark.parametrize("sign", [1, -1])
def test_the_potential_is_clipped(simulate: Any, sign: int) -> None:
    graph = one_neuron(dc.Integrator(1, retain=1.0), [sign * 2_000_000 // 64 * 64])
    assert trace(simulate, graph, np.ones((1, 8, 1), dtype=bool))[-1] == sign * (2**23 - 1)


@SIMULATORS
def test_while_refractory_the_potential_is_zero_and_the_current_goes_on(simulate: Any) -> None:
    neuron = dc.CurrentLIF(
        1,
        retain=decode_potential_decay(512),
        retain_current=decode_current_decay(1023),
        threshold=6336.0,
        refractory=3,
    )
    potentials = trace(simulate, one_neuron(neuron, 6400), first_step_only(1, 8))
    assert potentials == [
        6400,
        0,
        0,
        0,
        *[
            (v := 2025),
            (v := v * 3584 // 4096 + 1518),
            (v := v * 3584 // 4096 + 1138),
            v * 3584 // 4096 + 853,
        ],
    ]


def test_registers_and_fractions_are_one_to_one() -> None:
    registers = np.arange(4096)
    assert np.array_equal(encode_potential_decay(decode_potential_decay(registers)), registers)
    assert np.array_equal(encode_current_decay(decode_current_decay(registers)), registers)
    assert decode_current_decay(4095) == 0.0
    assert decode_potential_decay(0) == 1.0
