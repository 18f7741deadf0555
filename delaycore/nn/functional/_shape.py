"""The size of one pass through delayed synapses, by which the fastest way is chosen."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

__all__ = ["Shape"]


class Shape(NamedTuple):
    """Steps, samples and neurons of one projection, and its delays, all of them below the number of steps."""

    steps: int
    samples: int
    pre: int
    post: int
    delays: tuple[int, ...]

    @classmethod
    def of(cls, spikes: Tensor, weight: Tensor, delays: tuple[int, ...]) -> Shape:
        """Return the shape of spikes [steps, samples, pre] that go through weight [levels, pre, post]."""
        steps, samples, pre = spikes.shape
        return cls(steps, samples, pre, weight.shape[2], delays)

    @property
    def sums(self) -> int:
        """Pairs of a step and a level whose arrival lies within the sample, over all samples."""
        return self.samples * sum(self.steps - d for d in self.delays)
