"""The published rows of Seneca, with its delay queue and with delays in software, and the constants
calibrated anew on 48-48-20 alone.

    python -m benchmarks.published.seneca

Spikes are those of `counts`, as for Loihi: hidden layers as printed, an assumed number at the input, all
spread evenly.  Events that are due after the last step are not counted: only 64 steps were simulated for the
paper.  With them, dense rows at 12.7 pJ an operation would make more neural processing than the 14.6 uJ
measured, and leave the RISC-V less than the share that is printed.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from delaycore_seneca.cost import estimate_workload_cost
from delaycore_seneca.mapping import SenecaPlan
from delaycore_seneca.options import Options
from delaycore_seneca.tables import CALIBRATED, COSTS

import delaycore as dc
from benchmarks.published.counts import HIDDEN, INPUTS, SENECA, STEPS, Published
from delaycore.hardware import Cost
from delaycore.pricing import WorkloadFile

__all__ = ["AREA", "NEURAL_48", "QUEUE", "SOFTWARE", "calibrate", "rows", "workload"]

DELAYS = {"levels": 30, "stride": 2, "keep": 15}
SOFTWARE = {"48-48-20": Published(152e-6, 18.3e-3, 3.34e6), "32-32-20": Published(92.4e-6, 13.6e-3, 2.29e6)}
"""Delays kept by the RISC-V."""
QUEUE = {"48-48-20": 0.98e-6, "32-32-20": 0.77e-6}
"""Joules of the delay queues."""
NEURAL_48 = 14.6e-6
"""Joules of neural processing of 48-48-20, measured."""
UNSEEN = ("24-24-20", "48-48-20 Ax")
"""Networks of the paper whose figures are not known here; the spikes of the second are taken to be those of
48-48-20.
"""


class Area(NamedTuple):
    """Square millimetres of a core and of a queue, in flip-flops and in SRAM (arXiv 2501.13610)."""

    core: float = 0.4724
    flip_flops: float = 0.081624
    sram: float = 0.015463


AREA = Area()


@cache
def workload(name: str, inputs: int = INPUTS, samples: int = 20) -> dc.Workload:
    """A network of the paper with its spikes, a layer on each core."""
    shape, _, axonal = name.partition(" ")
    first, second, classes = (int(n) for n in shape.split("-"))
    h1, h2 = HIDDEN["seneca"][shape]
    layers = [
        {"name": "in", "size": 700, "spikes": inputs},
        {"name": "h1", "size": first, "spikes": h1},
        {"name": "h2", "size": second, "spikes": h2, "delays": DELAYS},
        {"name": "out", "size": classes, "delays": DELAYS},
    ]
    made = WorkloadFile.parse({"steps": STEPS, "samples": samples, "layers": layers}).to_workload()
    return replace(made, graph=_with_axons(made.graph)) if axonal else made


def _with_axons(graph: dc.Graph) -> dc.Graph:
    """The same network, whose sources keep the same delays to all their targets."""
    rng, made = np.random.default_rng(0), []
    for p in graph.projections:
        if p.largest_delay:
            levels = (
                DELAYS["stride"]
                * rng.random((graph.populations[p.source].size, DELAYS["levels"])).argsort(axis=1)[
                    :, : DELAYS["keep"]
                ]
            )
            nth = np.arange(len(p)) % DELAYS["keep"]  # the synapses of a pair follow each other
            p = dc.Projection(p.source, p.target, p.pre, p.post, p.weight, levels[p.pre, nth], p.name)
        made.append(p)
    return graph.with_(projections=made)


@cache
def plan(name: str, inputs: int, delays: Any, late: bool) -> SenecaPlan:
    """The chip with a network of the paper, a layer on each core."""
    given = workload(name, inputs)
    return SenecaPlan(given.graph, Options(delays=delays, late=late), given.slices)


def cost(
    name: str,
    inputs: int = INPUTS,
    delays: Any = "queue",
    values: Mapping[str, float] | None = None,
    late: bool = False,
) -> Cost:
    """The cost of a row, with some constants replaced."""
    costs = COSTS | {key: replace(COSTS[key], value=value) for key, value in (values or {}).items()}
    return estimate_workload_cost(workload(name, inputs), plan(name, inputs, delays, late), costs).cost


def calibrate(inputs: int = INPUTS, name: str = "48-48-20") -> dict[str, float]:
    """The constants under which 48-48-20 comes out: power of a queue, RISC-V operations on its latency, those
    of them that touch memory on its energy, buffers; then operations of the software, on its latency: its
    energy is predicted for both networks.
    """
    row, values = SENECA[name], {key: float(constant) for key, constant in CALIBRATED.items()}
    values["queue.power"] = QUEUE[name] / row.latency / 2

    def meets(wanted: float, constant: str, of: Callable[[Cost], float], delays: str = "queue") -> float:
        return _solved(
            wanted, values[constant], lambda at: of(cost(name, inputs, delays, values | {constant: at}))
        )

    values["riscv.event"] = meets(row.latency, "riscv.event", lambda c: c.latency.mean)
    values["riscv.touching"] = meets(row.energy, "riscv.touching", lambda c: c.energy.mean)
    values["memory.buffers"] = meets(row.memory, "memory.buffers", lambda c: c.memory_total)
    values["software.due"] = meets(
        SOFTWARE[name].latency, "software.due", lambda c: c.latency.mean, "software"
    )
    return values


def _solved(wanted: float, guess: float, of: Callable[[float], float]) -> float:
    """Where ``of``, which is straight but for a bend here and there, takes the ``wanted`` value: secants from
    two guesses.
    """
    a, b = guess, 1.1 * guess
    at_a, at_b = of(a), of(b)
    while abs(at_b - wanted) > 1e-5 * wanted:
        a, at_a, b = b, at_b, b + (wanted - at_b) * (b - a) / (at_b - at_a)
        at_b = of(b)
    return b


def compare(ours: Cost, row: Published, queue: float | None = None) -> dict[str, tuple[float, float]]:
    """Ours and the published figure, by name and unit."""
    made = {
        "energy uJ": (ours.energy.mean * 1e6, row.energy * 1e6),
        "latency ms": (ours.latency.mean * 1e3, row.latency * 1e3),
        "memory Mb": (ours.memory_total / 1e6, row.memory / 1e6),
    }
    if queue is not None:
        made["queue uJ"] = (float(ours.energy.parts["delay queue"].mean()) * 1e6, queue * 1e6)
    return made


def riscv(ours: Cost) -> float:
    """The share of the RISC-V in the energy."""
    return sum(ours.energy.share(part) for part in ours.energy.parts if part.startswith("RISC-V"))


def product(ours: Cost, queue: float) -> float:
    """Energy-delay-area in J s m2: three cores, and a queue of ``queue`` mm2 in front of two of them."""
    return ours.energy.mean * ours.latency.mean * (3 * AREA.core + 2 * queue) * 1e-6


def rows(inputs: int = INPUTS) -> dict[str, Any]:
    """Every row's comparison and cost, and the constants calibrated anew on the first."""
    made: dict[str, Any] = {"calibrated": calibrate(inputs), "compared": {}, "cost": {}}
    for name in SENECA:
        for delays, published in (("queue", SENECA[name]), ("software", SOFTWARE[name])):
            title = name if delays == "queue" else f"{name}, delays in software"
            made["cost"][title] = cost(name, inputs, delays)
            made["compared"][title] = compare(
                made["cost"][title], published, QUEUE[name] if delays == "queue" else None
            )
        soft, hard = made["cost"][f"{name}, delays in software"], made["cost"][name]
        gains = SOFTWARE[name].energy / SENECA[name].energy, SOFTWARE[name].latency / SENECA[name].latency
        made["compared"][f"{name}, hardware over software"] = {
            "energy x": (soft.energy.mean / hard.energy.mean, gains[0]),
            "latency x": (soft.latency.mean / hard.latency.mean, gains[1]),
        }
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description="Seneca's published rows, and its calibrated constants.")
    parser.add_argument("--inputs", type=int, default=INPUTS, help="input spikes per sample")
    inputs = parser.parse_args().inputs
    made = rows(inputs)
    print("constants, calibrated on 48-48-20 alone")
    for name, value in made["calibrated"].items():
        print(f"  {name:16} {value:12.6g}   stands at {float(CALIBRATED[name]):.6g} {CALIBRATED[name].unit}")
    for title, figures in made["compared"].items():
        print(title)
        for figure, (ours, published) in figures.items():
            print(f"  {figure:12} {ours:8.3f}   published {published:8.3f}   ratio {ours / published:.3f}")
        if title in made["cost"]:
            ours = made["cost"][title]
            for part in ours.energy.parts:
                print(
                    f"    {part:22} {ours.energy.parts[part].mean() * 1e6:8.3f} uJ  "
                    f"{ours.energy.share(part):6.1%}"
                )
            for part, bits in ours.memory.items():
                print(f"    {part:22} {bits / 1e6:8.3f} Mb")
    for name in UNSEEN:
        for delays in ("queue", "software"):
            ours = cost(name, inputs, delays)
            print(
                f"{name}, delays in {'hardware' if delays == 'queue' else delays}: predicted, "
                "nothing to hold it against"
            )
            print(
                "  "
                + ", ".join(
                    f"{figure} {value:.3f}"
                    for figure, (value, _) in compare(ours, Published(1, 1, 1)).items()
                )
            )
            print(
                "  neural processing "
                f"{float(ours.energy.parts['neural processing'].mean()) * 1e6:.2f} uJ, RISC-V "
                f"{riscv(ours):.1%}"
            )
    late = cost("48-48-20", late=True, values={"riscv.event": 0.0})
    print(
        "neural processing of 48-48-20 with events due after the last step: "
        f"{late.energy.parts['neural processing'].mean() * 1e6:.2f} uJ"
    )
    for what, queue, published in (
        ("flip-flops", AREA.flip_flops, 2.93e-13),
        ("SRAM", AREA.sram, 43.6e-6 * 4.25e-3 * 1.45e-6),
    ):
        print(
            f"energy-delay-area of 48-48-20, queue in {what}: "
            f"{product(made['cost']['48-48-20'], queue):.4g} J s m2, published {published:.3g}"
        )


if __name__ == "__main__":
    main()
