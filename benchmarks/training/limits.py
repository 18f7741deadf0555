"""What the machine can do at best, and the least that a training step asks of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

import torch

from benchmarks.training.cases import Case
from delaycore.nn.functional import _by_frequency as by_frequency
from delaycore.nn.functional._shape import Shape


class Machine(NamedTuple):
    """Multiply-adds per second of a large matrix product in single precision, and bytes per second of a copy,
    those read and those written.
    """

    products: float
    bytes: float


def measured(threads: int) -> Machine:
    torch.set_num_threads(threads)
    a, b = torch.randn(2048, 2048), torch.randn(2048, 2048)
    much, there = torch.randn(1 << 26), torch.empty(1 << 26)
    return Machine(
        2048**3 / _best(lambda: torch.mm(a, b)), 2 * 4 * len(much) / _best(lambda: there.copy_(much))
    )


def _best(run: Callable[[], object]) -> float:
    times = []
    for _ in range(7):
        begun = time.perf_counter()
        run()
        times.append(time.perf_counter() - begun)
    return min(times)


def plain(case: Case) -> float:
    """Multiply-adds of a step that takes no notice of silence: forward, gradient of the weights, and of the
    spikes but for the input.
    """
    return sum(_sums(case) * pre * post * (3 if i else 2) for i, (pre, post) in enumerate(case.pairs))


def needed(case: Case, densities: list[float]) -> float:
    """Additions and multiply-adds that the ways of delaycore cannot do without: one per spike, level and
    target, and the products per frequency.
    """
    total = 0.0
    for i, ((pre, post), density) in enumerate(zip(case.pairs, [case.density, *densities], strict=True)):
        by_event = density * _sums(case) * pre * post
        by_point = by_frequency.count_products(Shape(case.steps, case.samples, pre, post, case.delays))
        total += by_event + min(by_event, by_point) + (by_point if i else 0)
    return total


def moved(case: Case) -> float:
    """Bytes that a step cannot do without: weights, gradients and the optimiser's two states read and
    written, and each layer's spikes, potentials and gradients written and read.
    """
    parameters = sum(case.levels * pre * post for pre, post in case.pairs)
    made = case.steps * case.samples * sum(case.sizes[1:])
    return 4 * (parameters * 2 * 4 + made * 2 * 4 + case.steps * case.samples * case.sizes[0] * 2)


def _sums(case: Case) -> int:
    return case.samples * sum(case.steps - d for d in case.delays)
