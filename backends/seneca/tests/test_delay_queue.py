"""The delay queue as a machine in front of each layer: it delivers what the reference adds, in that order,
and the neurons then agree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pytest
from delaycore_seneca.mapping import Layer, decode_image
from delaycore_seneca.numbers import ARITHMETIC

import delaycore as dc
from delaycore.conformance import live_network
from delaycore.delay_memory import CircularQueue, Exit
from delaycore.graph import BFLOAT16
from delaycore.reference import _neurons as neurons
from delaycore.reference import build_inbox

SEEDS = range(16)


def mapped(seed: int, **options: int) -> tuple[dc.Program, dc.Activity, list[Layer]]:
    made = live_network(
        seed,
        kinds=("lif", "current_lif", "adaptive_lif"),
        resets=("zero", "subtract"),
        largest_delay=11,
        samples=1,
        steps=30,
    )
    program = dc.map(made.graph, target="seneca", **options)
    ran = dc.simulate(program, made.spikes, states=True).activity
    return program, ran, decode_image(program.image, program.placement)


def added(program: dc.Program, layer: Layer, spikes: Mapping[str, np.ndarray], t: int) -> list[Exit]:
    """What the reference adds to the layer's slice in step t, by source counted through and delay, in its
    order.
    """
    begins = dict(
        zip(
            [fan.source for fan in layer.fans],
            np.cumsum([0, *(fan.sources for fan in layer.fans)]),
            strict=False,
        )
    )
    box = build_inbox(program.graph, layer.slice.population)
    found = []
    for source, pre, post, delay, weight in zip(
        box.source, box.pre, box.post, box.delay, box.weight, strict=True
    ):
        here = layer.slice.start <= post < layer.slice.stop and weight != 0
        if here and delay <= t and spikes[source][0, t - delay, pre]:
            found.append(Exit(int(begins[source] + pre), int(delay)))
    return list(dict.fromkeys(found))


@pytest.mark.parametrize("options", [{}, {"cores": 6}, {"cores": 1}], ids=["own core", "split", "shared"])
def test_the_queue_delivers_what_the_reference_adds_in_its_order(options):
    delivered = 0
    for seed in SEEDS:
        program, ran, layers = mapped(seed, **options)
        for layer in layers:
            steps = CircularQueue(layer.gate).run(layer.arriving(ran.spikes)[0], layer.ages)
            for t, passed in enumerate(steps):
                assert passed.exits == added(program, layer, ran.spikes, t), (seed, layer.place, t)
                delivered += len(passed.exits)
    assert delivered > 1_000


def test_loops_enter_a_step_late_with_a_step_less_to_live():
    looped = [layer for seed in SEEDS for layer in mapped(seed)[2] if layer.ages.any()]
    assert len(looped) > 2
    assert all(not layer.gate.bits[layer.ages == 1, 0].any() for layer in looped)


def driven(layer: Layer, arriving: np.ndarray, order: Callable[[list[Exit]], list[Exit]]) -> np.ndarray:
    """Potentials [steps, neurons] of a layer fed by its queue, event by event."""
    rows: dict[Exit, list[tuple[int, float]]] = {}
    first = 0
    for fan in layer.fans:
        for pre, post, delay, weight in zip(fan.pre, fan.post, fan.delay, fan.weight, strict=True):
            rows.setdefault(Exit(int(pre) + first, int(delay)), []).append((int(post), float(weight)))
        first += fan.sources
    state, seen = neurons.init_state(layer.population), []
    for passed in CircularQueue(layer.gate).run(arriving, layer.ages):
        running = neurons.decay(layer.population, state, ARITHMETIC)
        for out in order(passed.exits):
            for post, weight in rows.get(out, []):
                running[post] = BFLOAT16.round(running[post] + weight)
        after = neurons.step(layer.population, state, running, np.zeros_like(running), ARITHMETIC)
        state = after.state
        seen.append(after.potential)
    return np.array(seen)


def agree(order: Callable[[list[Exit]], list[Exit]]) -> bool:
    """Whether neurons that are driven by their queue have the reference's potentials, in every layer of all
    networks.
    """
    same = True
    for seed in SEEDS:
        program, ran, layers = mapped(seed, cores=6)
        truth = dc.reference.simulate(program.graph, ran.spikes["in"], states=True)
        for layer in layers:
            here = layer.slice
            wanted = truth.potentials[here.population][0, :, here.start : here.stop]
            same &= np.array_equal(driven(layer, layer.arriving(ran.spikes)[0], order), wanted)
    return same


def test_neurons_fed_by_their_queue_have_the_references_potentials():
    assert agree(list)


def test_the_order_of_arrivals_matters_and_is_noticed():
    assert not agree(lambda exits: exits[::-1])


def test_a_lost_exit_is_noticed():
    assert not agree(lambda exits: exits[1:])


def test_what_the_run_reports_is_what_the_machine_counts():
    for seed in SEEDS:
        program, ran, layers = mapped(seed)
        details = dc.simulate(program, ran.spikes["in"]).details["delay queues"]
        assert details.keys() == {layer.place for layer in layers if layer.pruning is not None}
        for layer in layers:
            if layer.pruning is None:
                continue
            steps = CircularQueue(layer.pruning).run(layer.arriving(ran.spikes)[0], layer.ages)
            seen = details[layer.place]
            assert seen["exits"].tolist() == [sum(len(passed.exits) for passed in steps)]
            assert seen["queued again"].tolist() == [sum(passed.queued_again for passed in steps)]
            assert seen["held"][0].tolist() == [passed.held for passed in steps]
            assert seen["peak words"] == max(passed.words for passed in steps)
            assert seen["mean words"] == pytest.approx(np.mean([passed.words for passed in steps]))


def test_a_layer_without_delays_has_no_queue():
    graph = dc.Graph.from_arrays([np.ones((3, 4)), np.ones((4, 2))], [0, 5])
    program = dc.map(graph, target="seneca")
    result = dc.simulate(program, np.ones((1, 12, 3), dtype=bool))
    assert list(result.details["delay queues"]) == ["core 1 out[0:2]"]
    assert "core0/h1[0:4]/filter" not in program.image and "core1/out[0:2]/filter" in program.image
