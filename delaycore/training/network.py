"""A trainable network with delays, and the Graph that it becomes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from delaycore.graph import LIF, Format, Framing, Graph, Input, Integrator, Population, Projection, Readout
from delaycore.hardware import Grids
from delaycore.training.functions import delayed, integrate, lif
from delaycore.training.settings import Network

__all__ = ["Forward", "DelayNetwork", "rounded"]


class Forward(NamedTuple):
    """What a forward pass gives, all [steps, samples, neurons]: spikes per hidden layer, potentials of the read-out."""

    spikes: dict[str, Tensor]
    readout: Tensor


def rounded(values: Tensor, number: Format) -> Tensor:
    """``values`` rounded by `Format.round`, with the gradient of the identity (straight-through, Bengio et al. 2013)."""
    target = torch.from_numpy(number.round(values.detach().cpu().numpy())).to(values)
    return values + (target - values).detach()


class DelayNetwork(nn.Module):
    """Input, LIF layers and an integrating read-out, joined by projections with parallel synapses, one per delay level.

    sizes:   neurons of each population, input and read-out included; they are called in, h1, h2, ..., out.
    delays:  delay levels of each projection, in steps.
    network: initial values and kinds of leaks.
    step:    seconds of a step.
    seed:    of the initial weights.
    surrogate: scale of the fast sigmoid.

    A synapse that is masked out is held at exactly 0 in every forward pass, and gets no gradient.
    With `grids` set, every forward pass uses the numbers as the chip would hold them.
    """

    def __init__(
        self, sizes: Sequence[int], delays: Sequence[tuple[int, ...]], network: Network, step: float, seed: int = 0, surrogate: float = 10.0
    ) -> None:
        super().__init__()
        self.sizes, self.delays, self.step, self.surrogate = tuple(sizes), tuple(map(tuple, delays)), step, surrogate
        self.threshold = network.threshold
        self.names = ("in", *(f"h{i}" for i in range(1, len(sizes) - 1)), "out")
        self.grids: Grids | None = None
        generator = torch.Generator().manual_seed(seed)
        self.weights, self.leaks = nn.ParameterList(), nn.ParameterList()
        for i, (pre, post, levels) in enumerate(zip(sizes, sizes[1:], self.delays, strict=False)):
            spread = network.gain / math.sqrt(pre * len(levels))
            self.weights.append(nn.Parameter(torch.randn(len(levels), pre, post, generator=generator) * spread))
            self.register_buffer(f"mask{i}", torch.ones(len(levels), pre, post, dtype=torch.bool))
            shortest, longest = (math.log(tau) for tau in network.time_constants)
            place = torch.linspace(0, 1, post) if network.leak == "neuron" else torch.full((1,), 0.5)
            retain = torch.exp(-step / torch.exp(shortest + place * (longest - shortest)))
            self.leaks.append(nn.Parameter(torch.logit(retain)))

    @property
    def projections(self) -> tuple[str, ...]:
        """Names of the projections in the graph."""
        return tuple(f"{a}->{b}" for a, b in zip(self.names, self.names[1:], strict=False))

    def mask(self, i: int) -> Tensor:
        """Which synapses of projection ``i`` exist, bool [levels, pre, post]."""
        mask: Tensor = getattr(self, f"mask{i}")
        return mask

    def keep(self, i: int, mask: NDArray[np.bool_]) -> None:
        """Let only the synapses of ``mask`` exist in projection ``i``; the others are held at 0 from now on."""
        self.mask(i).copy_(torch.from_numpy(mask))
        with torch.no_grad():
            self.weights[i].mul_(self.mask(i))

    def weight(self, i: int) -> Tensor:
        """The weights of projection ``i`` as a forward pass uses them, [levels, pre, post]."""
        weight: Tensor = self.weights[i] * self.mask(i)
        if self.grids is not None:
            weight = rounded(weight, self.grids.weights[self.projections[i]])
        return weight

    def retain(self, i: int) -> Tensor:
        """The fraction that population ``i + 1`` keeps per step, [neurons]."""
        size = self.sizes[i + 1]
        retain = torch.sigmoid(self.leaks[i]).expand(size)
        number = self.grids.parameters.get(f"{self.names[i + 1]}.retain") if self.grids is not None else None
        return retain if number is None else rounded(retain, number)

    def thresholds(self, i: int) -> Tensor:
        """The threshold of population ``i + 1``, [neurons]."""
        value = torch.full((self.sizes[i + 1],), self.threshold, dtype=self.weights[i].dtype, device=self.weights[i].device)
        number = self.grids.parameters.get(f"{self.names[i + 1]}.threshold") if self.grids is not None else None
        return value if number is None else rounded(value, number)

    def forward(self, spikes: Tensor) -> Forward:
        """Run on input spikes [steps, samples, inputs]."""
        made: dict[str, Tensor] = {}
        for i, name in enumerate(self.names[1:-1]):
            current = delayed(spikes, self.weight(i), self.delays[i])
            spikes, _ = lif(current, self.retain(i), self.thresholds(i), self.surrogate)
            made[name] = spikes
        last = len(self.names) - 2
        return Forward(made, integrate(delayed(spikes, self.weight(last), self.delays[last]), self.retain(last)))

    @property
    def synapses(self) -> int:
        """Synapses that exist."""
        return sum(int(self.mask(i).sum()) for i in range(len(self.weights)))

    def to_graph(self, framing: Framing | None = None) -> Graph:
        """The network as a Graph in float64: what a forward pass uses, synapses that do not exist left out."""
        with torch.no_grad():
            populations: dict[str, Population] = {"in": Input(self.sizes[0])}
            for i, name in enumerate(self.names[1:]):
                retain = self.retain(i).double().cpu().numpy()
                spiking = name != "out"
                populations[name] = (
                    LIF(self.sizes[i + 1], retain=retain, threshold=self.thresholds(i).double().cpu().numpy())
                    if spiking
                    else Integrator(self.sizes[i + 1], retain=retain)
                )
            projections = [self._projection(i) for i in range(len(self.weights))]
        return Graph(self.step, populations, projections, Readout("out", "softmax_sum"), framing=framing)

    def from_graph(self, graph: Graph) -> None:
        """Take weights, leaks and the set of existing synapses from a graph that `to_graph` of a like network made."""
        for i, projection in enumerate(graph.projections):
            level = np.searchsorted(self.delays[i], projection.delay)
            weight, mask = np.zeros(self.weights[i].shape), np.zeros(self.weights[i].shape, dtype=np.bool_)
            weight[level, projection.pre, projection.post] = projection.weight
            mask[level, projection.pre, projection.post] = True
            population = graph.populations[self.names[i + 1]]
            assert isinstance(population, LIF | Integrator)
            with torch.no_grad():
                self.weights[i].copy_(torch.from_numpy(weight))
                self.leaks[i].copy_(torch.logit(torch.tensor(population.retain), eps=1e-7)[: len(self.leaks[i])])
            self.keep(i, mask)

    def _projection(self, i: int) -> Projection:
        level, pre, post = np.nonzero(self.mask(i).cpu().numpy())
        weight = self.weight(i).double().cpu().numpy()[level, pre, post]
        return Projection(self.names[i], self.names[i + 1], pre, post, weight, np.asarray(self.delays[i])[level])
