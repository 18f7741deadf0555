"""A forward pass that follows a chip: its spikes and potentials, with the gradients of the trained network.

The quantized graph runs in the simulator, so there is one copy of a chip's arithmetic.  Every layer then
takes its spikes and potentials from there, and passes gradients on as if it had computed them: through the
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
from delaycore.training.network import DelayNetwork, Forward
from delaycore.training.neurons.record import Record

__all__ = ["followed"]


def followed(network: DelayNetwork, chip: Chip, spikes: Tensor) -> Forward:
    """What ``chip`` makes of ``network`` for input spikes [steps, samples, inputs], for training to
    differentiate.

    Trained positions are rounded in the simulation, and interpolated in the gradients.
    """
    graph = network.to_graph()
    scheme = chip.quantization_scheme(graph)
    with network.on(scheme):
        forward: Forward = network(spikes, _records(graph, chip, scheme.scale, spikes))
    return forward


def _records(graph: Graph, chip: Chip, scale: Mapping[str, float], spikes: Tensor) -> dict[str, Record]:
    """Spikes and potentials of every population that computes, potentials in the units of ``graph``."""
    given = np.ascontiguousarray(spikes.detach().cpu().numpy().transpose(1, 0, 2) > 0)
    activity = engine.simulate(chip.quantized(graph), given, states=True, threads=torch.get_num_threads())

    def tensor(array: NDArray[Any]) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(array.transpose(1, 0, 2))).to(spikes)

    computed = [name for name in graph.populations if name not in graph.inputs]
    return {
        n: Record(tensor(activity.spikes[n]), tensor(activity.potentials[n]) / scale.get(n, 1.0))
        for n in computed
    }
