"""Hardware in the loop: forward passes that are a chip's own, with the gradients of the trained network.

The quantized graph runs in the simulator, so there is one copy of a chip's arithmetic.  Every layer then
repeats its spikes and potentials from there, and passes gradients on as if it had computed them: through the
surrogate at the chip's potentials, the leaks and the weights as the chip holds them, and straight through all
rounding (Bengio et al. 2013).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from delaycore import engine
from delaycore.deploy import Chip
from delaycore.graph import Graph
from delaycore.nn import DelayNetwork, Forward
from delaycore.nn.functional import Record

__all__ = ["run_on_chip"]


def run_on_chip(network: DelayNetwork, chip: Chip, spikes: Tensor | Mapping[str, Tensor]) -> Forward:
    """Return what ``chip`` makes of ``network`` for input spikes [steps, batch, inputs], for training to
    differentiate.

    Trained positions are rounded in the simulation, and interpolated in the gradients.
    """
    graph = network.to_graph()
    scheme = chip.quantization_scheme(graph)
    with network.on(scheme):
        forward: Forward = network(spikes, _simulate(graph, chip, scheme.scale, spikes))
    return forward


def _simulate(
    graph: Graph, chip: Chip, scale: Mapping[str, float], spikes: Tensor | Mapping[str, Tensor]
) -> dict[str, Record]:
    """Return spikes and potentials of every population that computes, potentials in the units of
    ``graph``.
    """
    inputs = {next(iter(graph.inputs)): spikes} if isinstance(spikes, Tensor) else spikes
    given = {
        n: np.ascontiguousarray((x.detach() > 0).cpu().numpy().transpose(1, 0, 2)) for n, x in inputs.items()
    }
    activity = engine.simulate(chip.quantized(graph), given, states=True, threads=torch.get_num_threads())
    like = next(iter(inputs.values()))

    def as_tensor(array: NDArray[Any]) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(array.transpose(1, 0, 2))).to(like)

    computed = [name for name in graph.populations if name not in graph.inputs]
    return {
        n: Record(as_tensor(activity.spikes[n]), as_tensor(activity.potentials[n]) / scale.get(n, 1.0))
        for n in computed
    }
