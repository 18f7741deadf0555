"""What the ways through delayed synapses cost, in multiply-adds of a large matrix product: the constants of
`by_event` and `by_frequency`.

    python -m benchmarks.training.ways

Counts processor time in one thread, the least of several runs, so that it stands a machine that does other
things as well.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import torch

from delaycore.nn.functional import _by_event as by_event
from delaycore.nn.functional import _by_frequency as by_frequency
from delaycore.nn.functional import _by_level as by_level
from delaycore.nn.functional._shape import Shape

SHAPES = {
    "wide input": Shape(100, 128, 700, 128, tuple(range(0, 60, 2))),
    "wide layers": Shape(100, 64, 256, 256, tuple(range(25))),
    "small layers": Shape(64, 128, 48, 48, tuple(range(0, 60, 2))),
    "read-out": Shape(100, 64, 256, 20, tuple(range(25))),
}
DENSITIES = (0.01, 0.03, 0.1, 0.3)


def least(run: Callable[[], object]) -> float:
    """Seconds of processor time."""
    times = []
    for _ in range(5):
        begun = time.process_time()
        run()
        times.append(time.process_time() - begun)
    return min(times)


def seconds(shape: Shape, density: float) -> dict[str, float]:
    """Of every way, for spikes at random."""
    weight, grad = (
        torch.randn(len(shape.delays), shape.pre, shape.post),
        torch.randn(shape.steps, shape.samples, shape.post),
    )
    spikes = (torch.rand(shape.steps, shape.samples, shape.pre) < density).float()
    to_weight, to_spikes = torch.empty_like(weight), torch.empty_like(spikes)
    number = by_event.count_events(spikes)
    assert number is not None
    events = by_event.list_events(spikes, number)
    by_event.forward(events, weight, shape.delays, shape.steps)  # compiles what is not in the cache yet
    by_event.compute_weight_gradient(events, shape.delays, grad, to_weight)

    def look() -> None:
        number = by_event.count_events(spikes)
        assert number is not None
        by_event.list_events(spikes, number)

    return {
        "look": least(look),
        "deliver": least(lambda: by_event.forward(events, weight, shape.delays, shape.steps)),
        "weigh": least(lambda: by_event.compute_weight_gradient(events, shape.delays, grad, to_weight)),
        "per level": least(lambda: by_level.forward(spikes, weight, shape.delays)),
        "per level, back": least(
            lambda: by_level.gradients(spikes, weight, shape.delays, grad, None, to_weight)
        ),
        "per frequency": least(
            lambda: by_frequency.gradients(spikes, weight, shape.delays, grad, None, to_weight)
        ),
        "both per frequency": least(
            lambda: by_frequency.gradients(spikes, weight, shape.delays, grad, to_spikes, to_weight)
        ),
    }


def main() -> None:
    torch.set_num_threads(1)
    a, b = torch.randn(1024, 1024), torch.randn(1024, 1024)
    unit = least(lambda: torch.mm(a, b)) / 1024**3
    print(f"a multiply-add of a large matrix product: {unit * 1e12:.1f} ps of one core")
    found: dict[str, list[float]] = {"look": [], "deliver": [], "weigh": [], "thin": []}
    for name, shape in SHAPES.items():
        for density in DENSITIES:
            took, places = seconds(shape, density), shape.steps * shape.samples * shape.pre
            products = 2 * by_frequency.count_products(shape)
            thin = (by_frequency.cost(shape, True, True) - products) / by_frequency.THIN
            found["look"].append(took["look"] / unit / places)
            found["deliver"].append(took["deliver"] / unit / (density * places * by_event.additions(shape)))
            found["weigh"].append(took["weigh"] / unit / (density * places * by_event.additions(shape)))
            found["thin"].append((took["both per frequency"] / unit - products) / thin)
            print(
                f"{name:14} {density:5.0%}  "
                + "  ".join(f"{what} {s * 1e3:.1f} ms" for what, s in took.items())
            )
    for what, costs in found.items():
        print(f"{what}: {statistics.median(costs):.1f} ({min(costs):.1f} to {max(costs):.1f})")


if __name__ == "__main__":
    main()
