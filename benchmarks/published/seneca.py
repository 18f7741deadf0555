"""The published figures of Seneca with its delay queue (arXiv 2404.10597) beside ours, and the calibrated constants derived anew.

    python benchmarks/published/seneca.py

The paper prints spikes per sample of the hidden layers, not of the input, and not when they fall.  Here hidden spikes have the printed numbers and
6,000 input spikes are assumed, all spread evenly over neurons and 64 steps.  Constants are calibrated on 48-48-20 alone; 32-32-20 is predicted.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from delaycore_seneca import SenecaBackend
from delaycore_seneca.spec import CALIBRATED, COSTS
from numpy.typing import NDArray

import delaycore as dc
from delaycore.hardware import Constant, Cost, Program

STEPS, INPUTS, CLASSES, LEVELS, STRIDE, KEPT = 64, 700, 20, 30, 2, 15
Spikes = dict[str, NDArray[np.bool_]]


class Published(NamedTuple):
    """A row of the paper: hidden neurons, spikes per sample of the hidden layers, J, s, bits, J of the delay queue."""

    hidden: int
    spikes: tuple[int, int]
    energy: float
    latency: float
    memory: float
    queue: float


ROWS = {
    "48-48-20": Published(48, (545, 535), 43.6e-6, 4.25e-3, 3.38e6, 0.98e-6),
    "32-32-20": Published(32, (401, 385), 29.5e-6, 3.34e-3, 2.33e6, 0.77e-6),
}
NEURAL_48 = 14.6e-6
"""Joules of neural processing of 48-48-20, measured."""


def network(hidden: int, rng: np.random.Generator) -> dc.Graph:
    """A network of the paper's shape: random weights, of each pair's 30 levels the 15 largest kept."""

    def pruned(pre: int, post: int) -> NDArray[np.float64]:
        weight = rng.normal(0, 0.1, (LEVELS, pre, post))
        least = np.sort(np.abs(weight), axis=0)[LEVELS - KEPT]
        return np.where(np.abs(weight) >= least, weight, 0)

    delays = np.arange(LEVELS) * STRIDE
    return dc.Graph.from_arrays([rng.normal(0, 0.1, (INPUTS, hidden)), pruned(hidden, hidden), pruned(hidden, CLASSES)], [0, delays, delays])


def spread(count: int, neurons: int, samples: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """``count`` spikes in each sample, anywhere, bool [samples, steps, neurons]."""
    ranks = rng.random((samples, STEPS * neurons)).argpartition(count, axis=1)[:, :count]
    spikes = np.zeros((samples, STEPS * neurons), dtype=np.bool_)
    np.put_along_axis(spikes, ranks, True, axis=1)
    return spikes.reshape(samples, STEPS, neurons)


def recorded(row: Published, inputs: int, samples: int, rng: np.random.Generator) -> Spikes:
    """Spikes of every population that fires, in the printed numbers."""
    return {
        "in": spread(inputs, INPUTS, samples, rng),
        "h1": spread(row.spikes[0], row.hidden, samples, rng),
        "h2": spread(row.spikes[1], row.hidden, samples, rng),
    }


def priced(program: Program, spikes: Spikes, changed: Mapping[str, float]) -> Cost:
    """The cost with some constants replaced."""
    costs = COSTS | {name: COSTS[name].model_copy(update={"value": value}) for name, value in changed.items()}
    return SenecaBackend().price(program, spikes, costs)


def calibrate(row: Published, program: Program, spikes: Spikes) -> dict[str, float]:
    """The constants under which ``row`` comes out: power of a queue, then RISC-V operations and cycles, and buffers from what memory is left."""
    values = {name: float(constant) for name, constant in CALIBRATED.items()}
    values["queue.power"] = row.queue / row.latency / 2
    low, high = (priced(program, spikes, values | {"riscv.event": n, "queue.power": 0.0}).energy.mean for n in (0.0, 1.0))
    values["riscv.event"] = (row.energy - row.queue - low) / (high - low)
    low_cycles, high_cycles = 0.1, 20.0
    for _ in range(30):  # latency rises with the cycles of an operation
        values["riscv.cycles"] = (low_cycles + high_cycles) / 2
        if priced(program, spikes, values).latency.mean < row.latency:
            low_cycles = values["riscv.cycles"]
        else:
            high_cycles = values["riscv.cycles"]
    without = priced(program, spikes, values | {"memory.buffers": 0.0}).memory_total
    values["memory.buffers"] = (row.memory - without) / len(program.placement.cores)
    return values


def compare(row: Published, cost: Cost) -> dict[str, tuple[float, float]]:
    """Ours and the published figure, by name, in the table's units."""
    return {
        "energy uJ": (cost.energy.mean * 1e6, row.energy * 1e6),
        "latency ms": (cost.latency.mean * 1e3, row.latency * 1e3),
        "memory Mb": (cost.memory_total / 1e6, row.memory / 1e6),
        "queue uJ": (float(cost.energy.parts["delay queue"].mean()) * 1e6, row.queue * 1e6),
    }


def rows(inputs: int = 6000, samples: int = 100, seed: int = 0) -> dict[str, Any]:
    """Every row's comparison and cost, and the constants calibrated anew on the first."""
    rng = np.random.default_rng(seed)
    made: dict[str, Any] = {"calibrated": {}, "compared": {}, "cost": {}}
    for name, row in ROWS.items():
        program = dc.map(network(row.hidden, rng), target="seneca")
        spikes = recorded(row, inputs, samples, rng)
        made["cost"][name] = SenecaBackend().price(program, spikes)
        made["compared"][name] = compare(row, made["cost"][name])
        if not made["calibrated"]:
            made["calibrated"] = calibrate(row, program, spikes)
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--inputs", type=int, default=6000, help="input spikes per sample")
    parser.add_argument("--samples", type=int, default=100)
    options = parser.parse_args()
    made = rows(options.inputs, options.samples)
    print("constants, calibrated on 48-48-20 alone")
    for name, value in made["calibrated"].items():
        standing: Constant = CALIBRATED[name]
        print(f"  {name:16} {value:12.6g}   stands at {float(standing):.6g} {standing.unit}")
    for name, figures in made["compared"].items():
        print(name)
        for figure, (ours, published) in figures.items():
            print(f"  {figure:12} {ours:8.3f}   published {published:8.3f}   ratio {ours / published:.3f}")
        cost = made["cost"][name]
        for part in cost.energy.parts:
            print(f"    {part:22} {cost.energy.parts[part].mean() * 1e6:8.3f} uJ  {cost.energy.share(part):6.1%}")
        for part, bits in cost.memory.items():
            print(f"    {part:22} {bits / 1e6:8.3f} Mb")
        for count in ("queue exits", "synaptic operations"):
            print(f"    {count:22} {cost.counts[count].mean():10.0f}")
    neural = float(made["cost"]["48-48-20"].energy.parts["neural processing"].mean())
    print(f"neural processing of 48-48-20, counted: {neural * 1e6:.2f} uJ, measured {NEURAL_48 * 1e6:.1f} uJ, ratio {neural / NEURAL_48:.3f}")


if __name__ == "__main__":
    main()
