"""How long 1,200 samples of 48-48-20 take on each chip's simulator, costs included.

python -m benchmarks.published.speed [loihi] [seneca]
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any

import numpy as np

import delaycore as dc
from benchmarks.published import loihi
from benchmarks.published.counts import HIDDEN, INPUTS, STEPS

SAMPLES = 1200
OPTIONS: dict[str, dict[str, Any]] = {"loihi": {"costs": "nahuku"}, "seneca": {}}


def measure(target: str, graph: dc.Graph, spikes: np.ndarray) -> None:
    """Tune the thresholds so that the layers fire about as often as printed for the chip, and time a run."""
    populations = dict(graph.populations)
    for name, wanted in zip(("h1", "h2"), HIDDEN[target]["48-48-20"], strict=True):
        low, high = 0.0, 100.0
        for _ in range(12):
            populations[name] = dc.LIF(48, retain=0.9, threshold=(low + high) / 2)
            fired = (
                dc.engine.simulate(graph.with_(populations=populations), spikes[:4]).spikes[name].sum() / 4
            )
            low, high = (low, (low + high) / 2) if fired < wanted else ((low + high) / 2, high)
    program = dc.map(graph.with_(populations=populations), target=target, **OPTIONS[target])
    dc.simulate(program, spikes[:2])  # compiles
    started, used = time.perf_counter(), time.process_time()
    result = dc.simulate(program, spikes)
    seconds, busy = time.perf_counter() - started, time.process_time() - used
    load = (
        f"{busy:.1f} s of processor time, {os.cpu_count()} processors, load average {os.getloadavg()[0]:.1f}"
    )
    print(
        f"{target}: {SAMPLES} samples, {STEPS} steps, {len(program.placement.cores)} cores: "
        f"{seconds:.1f} s ({load})"
    )
    print(
        "  spikes per sample: "
        + ", ".join(f"{name} {s.sum() / SAMPLES:.0f}" for name, s in result.spikes.items() if s.any())
    )
    print(
        f"  {result.cost.energy.mean * 1e6:.1f} uJ, {result.cost.latency.mean * 1e3:.2f} ms "
        f"({result.cost.model})"
    )


def main() -> None:
    rng = np.random.default_rng(0)
    graph = loihi.make_workload("48-48-20", INPUTS).graph
    spikes = rng.random((SAMPLES, STEPS, 700)) < INPUTS / STEPS / 700
    for target in sys.argv[1:] or OPTIONS:
        measure(target, graph, spikes)


if __name__ == "__main__":
    main()
