"""Ours against published, both chips.

    python -m benchmarks.published

Source of the published figures: arXiv 2404.10597, one inference of SHD in 64 steps, dynamic energy.  Nothing
    is tuned per network.
"""

from __future__ import annotations

import argparse
from itertools import product

import delaycore as dc
from benchmarks.published import loihi, seneca
from benchmarks.published.counts import HIDDEN, INPUT_RANGE, INPUTS, STEPS


def line(what: str, ours: float, published: float, unit: str) -> None:
    """One figure, with its ratio."""
    print(f"  {what:34} {ours:9.3f} {unit:3} published {published:7.3f}   ratio {ours / published:5.3f}")


def of_loihi(inputs: int) -> None:
    """Loihi's table: the choice, its parts, and what other choices give."""
    print(
        f"Loihi, one core, {inputs} input spikes; costs {loihi.CHOICE['costs']}, host in the loop, "
        f"deliveries after step {STEPS} counted"
    )
    for name, row in loihi.rows().items():
        priced = loihi.price_network(name, inputs)
        cost = priced.cost
        print(f"{name}, hidden spikes {HIDDEN['loihi'][name]}")
        line("energy", cost.energy.mean * 1e6, row.energy * 1e6, "uJ")
        steps, pipeline = (float(part.mean()) * 1e3 for part in cost.latency.parts.values())
        line(f"latency of {STEPS} steps", steps, row.latency * 1e3, "ms")
        print(
            f"    and {pipeline:.3f} ms for {int(cost.counts['pipeline steps'].mean())} steps that "
            "the depth of the network adds"
        )
        line("memory", cost.memory_total / 1e6, row.memory / 1e6, "Mb")
        for part, bits in cost.memory.items():
            source = dc.load_backend("loihi").spec.costs[SIZED[part]].source
            print(f"    {part:32} {bits / 1e6:9.3f} Mb  [{source}]")
        for part in cost.energy.parts:
            print(
                f"    {part:32} {float(cost.energy.parts[part].mean()) * 1e6:9.3f} uJ  "
                f"{cost.energy.share(part):6.1%}"
            )
        print(
            f"    one core {'suffices' if priced.feasible else 'does not suffice'}: "
            + "; ".join(str(f) for f in priced.report.errors)
        )
    print("energy, ratio of ours to published, with other choices")
    print(f"  {'':44}" + "".join(f"{n:>8}" for n in INPUT_RANGE) + " input spikes")
    for name, costs, late in product(loihi.rows(), ("nahuku", "davies2018"), (True, False)):
        ratios = [
            loihi.price_network(name, n, costs=costs, late=late).cost.energy.mean / loihi.rows()[name].energy
            for n in INPUT_RANGE
        ]
        said = f"{name}, {costs}, late deliveries {'counted' if late else 'left out'}"
        print(f"  {said:44}" + "".join(f"{ratio:8.3f}" for ratio in ratios))
    print("latency if the chip ran free, ms: " + ", ".join(_free(name, inputs) for name in loihi.rows()))


SIZED = {
    "synapses": "size.word",
    "delay accumulators": "size.accumulator",
    "input axons": "size.input_axon",
    "output axons": "size.output_axon",
    "compartments": "size.configuration",
}
"""Which constant sizes which part of the memory."""


def _free(name: str, inputs: int) -> str:
    each = {
        costs: loihi.price_network(name, inputs, costs=costs, timing="free").cost.latency.mean * 1e3
        for costs in ("nahuku", "davies2018")
    }
    return f"{name} " + " / ".join(f"{ms:.3f} ({costs})" for costs, ms in each.items())


def of_seneca(inputs: int) -> None:
    """Seneca's table, whose constants are calibrated on 48-48-20 alone."""
    print(f"Seneca, three cores, {inputs} input spikes; constants calibrated on 48-48-20, 32-32-20 predicted")
    for name, figures in seneca.rows(inputs)["compared"].items():
        print(name)
        for figure, (ours, published) in figures.items():
            what, unit = figure.rsplit(" ", 1)
            line(what, ours, published, unit)


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare prices with published figures.")
    parser.add_argument(
        "--inputs", type=int, default=INPUTS, help="input spikes per sample, for all networks and both chips"
    )
    parser.add_argument("--chip", choices=("loihi", "seneca"), help="only this one")
    options = parser.parse_args()
    if options.chip != "seneca":
        of_loihi(options.inputs)
    if options.chip != "loihi":
        of_seneca(options.inputs)


if __name__ == "__main__":
    main()
