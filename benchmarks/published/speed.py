"""How long 1,200 samples of 48-48-20 take on Loihi's simulator, costs included.

python benchmarks/published/speed.py
"""

from __future__ import annotations

import time

import loihi
import numpy as np
from counts import HIDDEN, INPUTS, STEPS

import delaycore as dc

SAMPLES = 1200


def main() -> None:
    rng = np.random.default_rng(0)
    graph = loihi.workload("48-48-20", INPUTS).graph
    spikes = rng.random((SAMPLES, STEPS, 700)) < INPUTS / STEPS / 700
    populations = dict(graph.populations)
    for name, wanted in zip(("h1", "h2"), HIDDEN["loihi"]["48-48-20"], strict=True):
        low, high = 0.0, 100.0
        for _ in range(12):  # a threshold at which the layer fires about as often as printed
            populations[name] = dc.LIF(48, retain=0.9, threshold=(low + high) / 2)
            fired = dc.engine.simulate(graph.with_(populations=populations), spikes[:4]).spikes[name].sum() / 4
            low, high = (low, (low + high) / 2) if fired < wanted else ((low + high) / 2, high)
    program = dc.map(graph.with_(populations=populations), target="loihi", costs="nahuku")
    dc.simulate(program, spikes[:2])  # compiles
    started = time.perf_counter()
    result = dc.simulate(program, spikes)
    seconds = time.perf_counter() - started
    print(f"{SAMPLES} samples, {STEPS} steps, {len(program.placement.cores)} cores: {seconds:.1f} s")
    print("spikes per sample: " + ", ".join(f"{name} {s.sum() / SAMPLES:.0f}" for name, s in result.spikes.items() if s.any()))
    print(f"{result.cost.energy.mean * 1e6:.1f} uJ, {result.cost.latency.mean * 1e3:.2f} ms ({result.cost.model})")


if __name__ == "__main__":
    main()
