"""Stalls of a full queue are counted from spikes as the machine counts them in cycles, are part of time and
price, and lose no event.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from delaycore_seneca import SenecaBackend
from delaycore_seneca.cost import count_work, step_queues
from delaycore_seneca.machine import QueueFull, QueueMachine, count_wait
from delaycore_seneca.mapping import decode_image
from hypothesis import given
from hypothesis import strategies as st

import delaycore as dc
from delaycore.delay_memory import PruningFilter


@given(st.integers(0, 2**32 - 1), st.integers(1, 14), st.integers(0, 2), st.floats(0, 1), st.floats(0, 1))
def test_a_step_waits_as_long_as_the_machine_does(
    seed: int, words: int, beside: int, served: float, density: float
):
    rng = np.random.default_rng(seed)
    pruning = PruningFilter(rng.random((rng.integers(1, 8), rng.integers(1, 7))) < served)
    machine, last = QueueMachine(pruning, words=words), np.maximum(pruning.lifetimes - 1, 0)
    lives: list[tuple[int, int]] = []  # source, and the step in which it ends
    for t in range(12):
        arriving = np.flatnonzero(rng.random(pruning.sources) < density)
        wait = count_wait(
            np.array([end == t for _, end in lives], dtype=bool),
            last[arriving] == 0,
            words - len(lives) - beside,
        )
        try:
            step = machine.step([(int(i), 0) for i in arriving], beside=beside)
        except QueueFull:
            assert wait.cycles == -1
            return
        assert wait.cycles == step.stalled
        assert step.stalled or wait.needed == step.peak
        lives = [(i, end) for i, end in [*lives, *((int(i), t + last[i]) for i in arriving)] if end > t]


def crowded(layers: int = 1) -> tuple[dc.Graph, np.ndarray]:
    """Events of a short life behind many of a long one: they must be read through before there is room."""
    delays = np.r_[np.full(49, 40), np.full(60, 1)]
    pre = np.arange(109)
    populations = {"in": dc.Input(109)} | {f"out{k}": dc.Integrator(2, retain=0.5) for k in range(layers)}
    graph = dc.Graph(
        1e-3,
        populations,
        [dc.Projection("in", f"out{k}", pre, pre % 2, np.ones(109), delays) for k in range(layers)],
    )
    return graph, np.ones((2, 46, 109), dtype=bool)


def test_stalls_are_part_of_latency_and_energy_and_change_no_spike():
    graph, spikes = crowded()
    spikes[1, :, 20:] = False
    program = dc.map(graph, target="seneca")
    result = dc.simulate(program, spikes)
    steps = [sum(s.stalled for s in each) for each in _machines(program, spikes)]
    assert steps[0] > 1000 > steps[1] == 0
    assert result.cost.counts["queue stall cycles"].tolist() == steps
    assert result.cost.latency.parts["queue stalls"] == pytest.approx(np.array(steps) / 500e6)
    (finding,) = result.findings
    assert (finding.code, finding.severity) == ("queue.stalls", "warning") and str(
        steps[0]
    ) in finding.message
    assert result.activity.same_as(
        dc.simulate(dc.map(graph, target="seneca", delays="software"), spikes).activity
    )
    priced = dc.price(dc.Workload(graph, {"in": spikes}), "seneca")
    assert priced.cost.latency.mean == pytest.approx(result.cost.latency.mean)


def test_layers_that_share_a_core_share_the_words():
    graph, spikes = crowded(2)
    spikes[:, :, 25:49] = spikes[:, :, 69:] = False
    apart, together = (dc.map(graph, target="seneca", layers_per_core=n) for n in (1, 2))
    assert {f.code for f in dc.simulate(apart, spikes).findings} <= {"queue.shared"}
    result = dc.simulate(together, spikes)
    assert {f.code for f in result.findings} == {"queue.stalls"}
    assert result.cost.counts["queue stall cycles"].tolist() == [
        sum(s.stalled for s in each) for each in _machines(together, spikes)
    ]


def test_a_full_queue_that_is_an_error_is_a_finding_and_no_time():
    graph, spikes = crowded()
    result = dc.simulate(dc.map(graph, target="seneca", overflow="error"), spikes)
    (finding,) = result.findings
    assert (finding.code, finding.severity) == (
        "queue.capacity",
        "error",
    ) and "a full queue is an error" in finding.message
    assert result.cost.latency.parts["queue stalls"].tolist() == [0, 0]


def test_a_trace_has_the_stalls():
    graph, spikes = crowded()
    program = dc.map(graph, target="seneca")
    trace = SenecaBackend().trace(program, spikes)
    seen = sum(s.details["stalled cycles"] for s in trace.spans if s.lane == "queue")
    cost = dc.simulate(program, spikes[:1]).cost
    assert seen == cost.counts["queue stall cycles"][0]
    assert max(s.start + s.duration for s in trace.spans) == pytest.approx(cost.latency.mean)


def _machines(program: dc.Program, spikes: np.ndarray) -> list[list[Any]]:
    """The machine's steps of all layers, for each sample."""
    layers, made = decode_image(program.image, program.placement), []
    for sample in spikes:
        ran = dc.simulate(program, sample[None]).spikes
        work = count_work(layers, ran)
        made.append(
            [
                s
                for steps in step_queues(work, [w.layer.arriving(ran)[0] for w in work], 10, "stall").values()
                for s in steps
            ]
        )
    return made
