"""How long it takes to map a large network onto Loihi, and what comes out: neighbours that talk to each
other, and anyone to anyone.

    python -m benchmarks.mapping.scale

100,000 neurons in one population, 100 synapses onto each: their sources drawn from the 1,000 neurons around
it, or from all of them.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
from delaycore_loihi import LoihiBackend
from delaycore_loihi.limits import LIMITS
from delaycore_loihi.mapping import CORE_LIMITS, count_hops, count_messages
from delaycore_loihi.options import Options

import delaycore as dc

LOIHI = LoihiBackend()


def draw_network(neurons: int, fan_in: int, window: int | None, largest: int, seed: int) -> dc.Graph:
    """Draw a recurrent population.

    window: neighbours on a ring that sources are drawn from; None for all neurons.
    """
    rng = np.random.default_rng(seed)
    post = np.repeat(np.arange(neurons), fan_in)
    # Distinct sources of each neuron, without drawing them one neuron at a time: one out of each of
    # fan_in equal strides.
    reach = window or neurons
    stride = reach // fan_in
    nth = np.arange(fan_in) * stride + rng.integers(0, stride, (neurons, fan_in))
    pre = (post + nth.ravel() - reach // 2) % neurons
    weight = rng.normal(0.05, 0.2, post.size)
    delay = rng.integers(1, largest + 2, post.size)
    population = dc.LIF(neurons, retain=0.9, threshold=1.0)
    return dc.Graph(1e-3, {"h": population}, [dc.Projection("h", "h", pre, post, weight, delay)])


def measure(name: str, graph: dc.Graph, chips: int) -> dict[str, Any]:
    """Measure the seconds to map, cores, what fills them, and the messages when every neuron fires once."""
    started = time.perf_counter()
    planned = LOIHI.plan(graph, Options(chips=chips))
    report = planned.report
    planning = time.perf_counter() - started
    started = time.perf_counter()
    if report.ok:
        LOIHI.map(graph, chips=chips)
    mapping = time.perf_counter() - started if report.ok else float("nan")
    uses = planned.uses.values()
    use = {
        code: float(np.mean([core.used(code) / core.limit(code).value for core in uses]))
        for code in CORE_LIMITS
    }
    cores = [
        [(s.population, s.start, s.stop) for s in planned.placement.on(core)]
        for core in planned.placement.cores
    ]
    sent = count_messages(planned.demand, cores)
    cpc = planned.options.cores_per_chip
    here = np.array(planned.placement.cores)
    shuffled = np.random.default_rng(0).permutation(len(cores))
    return {
        "network": name,
        "map s": mapping,
        "plan s": planning,
        "cores": len(cores),
        "chips": -(-len(cores) // int(LIMITS["chip.cores"])),
        "delay bits": sorted({core.delay_bits for core in uses}),
        "fullest": max(use, key=lambda code: use[code]),
        "use": use,
        "messages": int(sent.sum()),
        "to other cores": int(sent.sum() - np.trace(sent)),
        "hops": count_hops(sent, here, cpc),
        "hops shuffled": count_hops(sent, shuffled, cpc),
        "findings": [str(f) for f in report.errors],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Map large networks onto Loihi.")
    parser.add_argument("--neurons", type=int, default=100_000)
    parser.add_argument("--fan-in", type=int, default=100)
    parser.add_argument("--window", type=int, default=1000)
    parser.add_argument("--delays", type=int, default=6, help="largest delay field")
    parser.add_argument("--chips", type=int, default=32)
    options = parser.parse_args()
    for name, window in ((f"window of {options.window}", options.window), ("anywhere", None)):
        started = time.perf_counter()
        graph = draw_network(options.neurons, options.fan_in, window, options.delays, 0)
        print(
            (
                f"{name}: {options.neurons:,} neurons, {graph.synapses:,} synapses, drawn in "
                f"{time.perf_counter() - started:.1f} s"
            ),
            flush=True,
        )
        made = measure(name, graph, options.chips)
        print(
            f"  mapped in {made['map s']:.1f} s, of it {made['plan s']:.1f} s to quantize, cut, "
            "arrange and check"
        )
        print(
            f"  {made['cores']} cores on {made['chips']} chips, delay bits {made['delay bits']}; "
            "mean use of a core:"
        )
        for code, share in made["use"].items():
            print(f"    {code:24} {share:6.1%}")
        print(
            f"  one spike of every neuron: {made['messages']:,} messages, {made['to other cores']:,} "
            f"to other cores, {made['hops']:,} hops"
        )
        print(f"  hops if the same cores lay at random: {made['hops shuffled']:,}")
        for finding in made["findings"]:
            print(f"  {finding}")


if __name__ == "__main__":
    main()
