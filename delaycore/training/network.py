"""A trainable network with delays, and the Graph that it becomes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn

from delaycore.graph import Format, Framing, Graph, Input, Population, Readout
from delaycore.hardware import Losses, QuantizationScheme
from delaycore.training.delivery.delayed import delayed, unheard
from delaycore.training.neurons.feedback import with_feedback
from delaycore.training.neurons.kinds import Neurons
from delaycore.training.neurons.record import Record, fire
from delaycore.training.synapses.levels import Levels, Synapses
from delaycore.training.synapses.wiring import Wiring

__all__ = ["DelayNetwork", "Forward"]


class Forward(NamedTuple):
    """What a forward pass gives, all [steps, samples, neurons]: spikes per hidden layer; of the read-out
    potentials, or spikes if it fires.
    """

    spikes: dict[str, Tensor]
    readout: Tensor


class DelayNetwork(nn.Module):
    """Input, layers of spiking neurons and a read-out that integrates or fires, joined by trainable delayed
    projections.

    inputs:   number of input neurons, population ``in``.
    neurons:  populations by name in the order of computation; the last one is the read-out.
    synapses: projections between them; one from a population to itself has delays of at least 1 step.
    step:     seconds of a step.

    Within `on`, every forward pass uses the numbers as a chip would hold them.  In evaluation mode, delays
    that are trained as positions are rounded, and the network is the one that `to_graph` gives.
    `delaycore.training.build` makes networks from settings.
    """

    def __init__(
        self, inputs: int, neurons: dict[str, Neurons], synapses: Iterable[Synapses], step: float
    ) -> None:
        super().__init__()
        self.inputs, self.step = inputs, step
        self.layers = nn.ModuleDict(neurons)
        self.joins = nn.ModuleDict({s.name: s for s in synapses})
        self.scheme: QuantizationScheme | None = None

    @property
    def neurons(self) -> dict[str, Neurons]:
        """Populations that compute, by name, the read-out last."""
        return {name: cast(Neurons, module) for name, module in self.layers.items()}

    @property
    def projections(self) -> dict[str, Synapses]:
        """Projections by their name in the graph."""
        return {name: cast(Synapses, module) for name, module in self.joins.items()}

    @property
    def wirings(self) -> dict[str, Wiring]:
        """Which neurons each projection joins, by its name."""
        return {name: s.wiring for name, s in self.projections.items()}

    @property
    def levels(self) -> Iterator[Levels]:
        """The projections whose delays are learned by weight."""
        return (s for s in self.projections.values() if isinstance(s, Levels))

    @property
    def hidden(self) -> tuple[str, ...]:
        """Names of the spiking populations."""
        return tuple(self.neurons)[:-1]

    @property
    def weights(self) -> list[nn.Parameter]:
        """Trained weights, a tensor per projection."""
        return [s.weight for s in self.projections.values()]

    @property
    def leaks(self) -> list[nn.Parameter]:
        """Trained leaks, a tensor per population and kind of leak, as logits."""
        return [raw for n in self.neurons.values() for raw in n.leaks.values()]

    @property
    def positions(self) -> list[nn.Parameter]:
        """Trained delays, in steps."""
        return [p for s in self.projections.values() for p in s.positions()]

    @property
    def dtype(self) -> torch.dtype:
        """Of everything that is trained."""
        return self.weights[0].dtype

    @property
    def device(self) -> torch.device:
        """Where everything that is trained lies."""
        return self.weights[0].device

    @property
    def synapses(self) -> int:
        """Synapses that exist."""
        return sum(s.count(s.exists()) for s in self.projections.values())

    @contextmanager
    def on(self, scheme: QuantizationScheme | None) -> Iterator[None]:
        """Use the numbers of ``grids``, or one's own for None, for as long as the context lasts."""
        before, self.scheme = self.scheme, scheme
        try:
            yield
        finally:
            self.scheme = before

    def numbers(self, name: str) -> dict[str, Format]:
        """The formats of the parameters of population ``name``, by parameter."""
        if self.scheme is None:
            return {}
        return {
            p: self.scheme.parameters[f"{name}.{p}"]
            for p in self.neurons[name].population.parameters()
            if f"{name}.{p}" in self.scheme.parameters
        }

    def number(self, projection: str) -> Format | None:
        """The format of the weights of ``projection``."""
        return self.scheme.weights[projection] if self.scheme is not None else None

    def forward(self, spikes: Tensor, known: Mapping[str, Record] = {}) -> Forward:
        """Run on input spikes [steps, samples, inputs].

        known: what populations do in this run, by name; they follow it, and gradients are those at its spikes
               and potentials.
        """
        made = {"in": spikes}
        for name, neurons in self.neurons.items():
            values, record = neurons.values(self.numbers(name)), known.get(name)
            into = [s for s in self.projections.values() if s.target == name]
            loops = [s for s in into if s.source == name]
            deliver = (
                delayed if record is None or loops else unheard
            )  # with a loop, synaptic currents are computed step by step all the same
            currents = [
                s.current(made[s.source], self.number(s.name), deliver) for s in into if s.source != name
            ]
            current = currents[0] if len(currents) == 1 else torch.stack(currents).sum(dim=0)
            if loops:
                (loop,) = loops
                fires = fire if record is None else record.fire()
                made[name] = with_feedback(
                    neurons, values, current, loop.kernel(self.number(loop.name)), loop.delays, fires
                )
            else:
                made[name] = (
                    neurons.through(current, values)
                    if record is None
                    else neurons.followed(current, values, record)
                )
        readout = made.pop(next(reversed(made)))
        return Forward({name: made[name] for name in self.hidden}, readout)

    @property
    def statistic(self) -> str:
        """How the answer is read (see `delaycore.Readout`): the time-summed softmax of potentials, or spike
        counts of a read-out that fires.
        """
        return "spike_count" if next(reversed(self.neurons.values())).population.spikes else "softmax_sum"

    def scores(self, readout: Tensor) -> Tensor:
        """The `statistic` of each class, [samples, classes], from the ``readout`` of a forward pass."""
        return readout.sum(dim=0) if self.statistic == "spike_count" else readout.softmax(dim=2).sum(dim=0)

    def to_graph(self, framing: Framing | None = None) -> Graph:
        """The network of evaluation mode as a Graph in float64, synapses that do not exist left out; `losses`
        says what that alters.
        """
        populations: dict[str, Population] = {"in": Input(self.inputs)}
        with torch.no_grad():
            for name, neurons in self.neurons.items():
                populations[name] = neurons.to_population(neurons.values(self.numbers(name)))
        projections = [s.to_projection(self.number(s.name)) for s in self.projections.values()]
        return Graph(
            self.step,
            populations,
            projections,
            Readout(next(reversed(populations)), self.statistic),
            framing=framing,
        )

    def losses(self) -> Losses:
        """What evaluation mode, and so `to_graph`, alters in what was trained: positions rounded to steps."""
        return Losses(entries=tuple(e for s in self.projections.values() for e in s.losses().entries))

    def narrow(self, progress: float) -> None:
        """Set what changes over a training, of which ``progress`` in [0, 1] is done: the widths of
        interpolated delays.
        """
        for s in self.projections.values():
            s.narrow(progress)

    def within_reach(self) -> None:
        """Bring trained delays back into their ranges."""
        for s in self.projections.values():
            s.within_reach()
