"""What is timed: layers, delays, batch and input, the same for every contender.  Needs numpy alone: each
reads it in its own environment.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

THRESHOLD, RETAIN, STEEPNESS = 0.3, 0.8, 2.0
"""Of the neurons: threshold, fraction kept per step, and the alpha of the arctan surrogate as SpikingJelly
and snnTorch count it.
"""

RATE = 1e-5
"""Of the optimiser: so small that the layers keep firing as they did at first."""


class Case(NamedTuple):
    """sizes: neurons of input, layers and read-out; all projections have ``levels`` delays, 0, stride, 2 *
    stride, ...

    spread: of the first weights of each projection, times 1 / sqrt(synapses into a neuron); chosen for the
            firing that the case is to have.
    """

    title: str
    sizes: tuple[int, ...]
    levels: int
    stride: int
    samples: int
    steps: int
    density: float
    spread: tuple[float, ...]

    @property
    def delays(self) -> tuple[int, ...]:
        return tuple(range(0, self.levels * self.stride, self.stride))

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """Neurons on both sides of each projection."""
        return list(zip(self.sizes, self.sizes[1:], strict=False))

    def weights(self) -> list[NDArray[np.float32]]:
        """The first weights, [levels, pre, post] per projection."""
        rng = np.random.default_rng(0)
        drawn = [
            rng.standard_normal((self.levels, *pair)) * gain / (self.levels * pair[0]) ** 0.5
            for pair, gain in zip(self.pairs, self.spread, strict=True)
        ]
        return [w.astype(np.float32) for w in drawn]

    def batch(self) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Spikes [steps, samples, inputs] at random, and labels [samples]."""
        rng = np.random.default_rng(1)
        spikes = rng.random((self.steps, self.samples, self.sizes[0])) < self.density
        return spikes.astype(np.float32), rng.integers(0, self.sizes[-1], self.samples)


CASES = {
    "wide input": Case(
        "700-128-128-20, 30 levels of stride 2, batch 128, 3 % of the inputs fire",
        (700, 128, 128, 20),
        30,
        2,
        128,
        100,
        0.03,
        (1.0, 1.0, 1.0),
    ),
    "wide layers": Case(
        "140-256-256-20, 25 levels of stride 1, batch 64, 5 % of the inputs fire",
        (140, 256, 256, 20),
        25,
        1,
        64,
        100,
        0.05,
        (1.0, 1.0, 1.0),
    ),
}
