"""A forward pass that follows a chip: its spikes and potentials, with the gradients of this network.

The quantised graph runs in the simulator, so there is one copy of a chip's arithmetic.  Every layer then takes its spikes and potentials
from there, and passes gradients on as if it had computed them: through the surrogate at the chip's potentials, the leaks and the weights as the
chip holds them, and straight through all rounding (Bengio et al. 2013).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from delaycore import engine
from delaycore.graph import Graph
from delaycore.training.chip import Chip
from delaycore.training.delayed import unheard
from delaycore.training.feedback import with_feedback
from delaycore.training.network import DelayNetwork, Forward
from delaycore.training.record import Record

__all__ = ["followed"]


def followed(network: DelayNetwork, chip: Chip, spikes: Tensor) -> Forward:
    """What ``chip`` makes of ``network`` for input spikes [steps, samples, inputs], for training to differentiate.

    Trained positions are rounded in the simulation, and interpolated in the gradients.
    """
    graph = network.to_graph()
    records = _simulated(graph, chip, spikes)
    made = {"in": spikes}
    with network.on(chip.grids(graph)):
        for name, neurons in network.neurons.items():
            values = neurons.values(network.numbers(name))
            into = [s for s in network.projections.values() if s.target == name]
            currents = [unheard(made[s.source], s.kernel(network.number(s.name)), s.delays) for s in into if s.source != name]
            current = currents[0] if len(currents) == 1 else torch.stack(currents).sum(dim=0)
            loops = [s for s in into if s.source == name]
            if loops:
                (loop,) = loops
                made[name] = with_feedback(neurons, values, current, loop.kernel(network.number(loop.name)), loop.delays, records[name].fire())
            else:
                made[name] = neurons.followed(current, values, records[name])
    readout = made.pop(next(reversed(made)))
    return Forward({name: made[name] for name in network.hidden}, readout)


def _simulated(graph: Graph, chip: Chip, spikes: Tensor) -> Mapping[str, Record]:
    """Spikes and potentials of every population that computes, potentials in the units of ``graph``."""
    given = np.ascontiguousarray(spikes.detach().cpu().numpy().transpose(1, 0, 2) > 0)
    activity = engine.simulate(chip.quantized(graph), given, states=True, threads=torch.get_num_threads())
    scale = chip.grids(graph).scale

    def tensor(array: NDArray[Any]) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(array.transpose(1, 0, 2))).to(spikes)

    computed = [name for name in graph.populations if name not in graph.inputs]
    return {n: Record(tensor(activity.spikes[n]), tensor(activity.potentials[n]) / scale.get(n, 1.0)) for n in computed}
