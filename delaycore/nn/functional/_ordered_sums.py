"""Synaptic input in double precision, rounded as the Graph of a network has it.

A sum of floating-point numbers depends on the order of its additions, and where a potential ties with a
threshold the last bit decides about the spike.  A Graph fixes that order, and matrix products do not keep to
it.  So in double precision what arrives is added by the simulator's own loop, and products give the gradients
alone.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from delaycore._shown import one_line
from delaycore.engine import Arrivals
from delaycore.graph import Graph
from delaycore.nn._kernels import map_ranges
from delaycore.nn.functional._eager import run_eagerly

__all__ = ["OrderedSums", "has_order"]


@run_eagerly
def has_order(spikes: Tensor) -> bool:
    """Return whether sums of what these spikes bring have the order of a Graph: in double precision, if all
    are 0 or 1.
    """
    return spikes.dtype == torch.float64 and bool(((spikes == 0) | (spikes == 1)).all())


class OrderedSums:
    """Sums of what arrives at the populations of ``graph``, for as many steps and samples as ``like`` [steps,
    samples, neurons] has, on its device.

    First `note` what the sources of a population send, then `sum` what it gets.
    """

    def __init__(self, graph: Graph, like: Tensor) -> None:
        self._steps, self._samples = like.shape[:2]
        self._device = like.device
        self._arrivals = Arrivals(graph, self._samples, self._steps)

    @one_line
    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._arrivals!r}>"

    @run_eagerly
    def note(self, source: str, spikes: Tensor, first: int = 0) -> None:
        """Record the spikes of ``source`` in the steps from ``first`` on, [steps, samples, neurons]."""
        for t, fired in enumerate((spikes.detach() > 0).cpu().numpy(), first):
            self._arrivals.note(source, t, fired)

    @run_eagerly
    def sum(self, target: str) -> Tensor:
        """Return what arrives at ``target`` in all steps, [steps, samples, neurons]."""

        def run(first: int, end: int) -> NDArray[np.float64]:
            return np.stack([self._arrivals.sum(target, t, slice(first, end)) for t in range(self._steps)])

        found = np.concatenate(map_ranges(run, self._samples), axis=1)
        return torch.from_numpy(found).to(self._device)

    @run_eagerly
    def sum_step(self, target: str, t: int) -> Tensor:
        """Return what arrives at ``target`` in step ``t``, [samples, neurons]."""
        return torch.from_numpy(self._arrivals.sum(target, t)).to(self._device)
