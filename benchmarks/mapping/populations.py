"""How the processor time to check a network grows with its populations, on every installed chip.

    python -m benchmarks.mapping.populations --populations 1000 10000

A chain is one neuron after the other, a star one neuron that projects to all others.
"""

from __future__ import annotations

import argparse
import time

import delaycore as dc
from delaycore.hardware import FitReport
from tests.hardware.counted_graphs import make_chain, make_star


def measure(graph: dc.Graph, target: str) -> tuple[float, FitReport]:
    """Measure the seconds of processor time that a check takes."""
    began = time.process_time()
    report = dc.check(graph, target=target)
    return time.process_time() - began, report


def main() -> None:
    parser = argparse.ArgumentParser(description="Check chains and stars of very many populations.")
    parser.add_argument("--populations", type=int, nargs="+", default=[100, 1000])
    numbers = parser.parse_args().populations
    for target in dc.targets():
        retain = 1.0 if "leak" in dc.registry.load_backend(target).spec.unsupported else 0.5
        dc.check(make_chain(2, retain), target=target)  # loads and compiles
        for shape in (make_chain, make_star):
            taken = {number: measure(shape(number, retain), target) for number in numbers}
            times = ", ".join(f"{n:,}: {t:.2f} s" for n, (t, _) in taken.items())
            first, last = numbers[0], numbers[-1]
            growth = taken[last][0] / max(taken[first][0], 1e-3)
            verdict = taken[last][1].verdict
            print(
                f"{target}, {shape.__name__[5:]}: {times}; {last / first:.0f} times the populations take "
                f"{growth:.1f} times as long ({verdict})",
                flush=True,
            )


if __name__ == "__main__":
    main()
