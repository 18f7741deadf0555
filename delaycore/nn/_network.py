"""A trainable network with delays, and the Graph that it becomes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, nn

from delaycore._shown import one_line, show_line
from delaycore._wording import guess_meant, pluralize
from delaycore.errors import GraphError, Problem
from delaycore.graph import Arithmetic, Format, Framing, Graph, Input, Population, Readout
from delaycore.hardware import Losses, QuantizationScheme
from delaycore.nn._connectivity import Connectivity
from delaycore.nn._delayed_layer import DelayedLayer
from delaycore.nn._feedback import LoopPopulation, LoopSynapses, run_loops
from delaycore.nn._inputs import keep_precision, prepare_by_name
from delaycore.nn._level_weights import LevelWeights
from delaycore.nn._masked_layer import MaskedLayer
from delaycore.nn._module_names import as_module_dict
from delaycore.nn._network_problems import (
    find_divergence,
    find_firing_problems,
    find_readout_problems,
    find_step_problems,
)
from delaycore.nn._neurons import Neurons
from delaycore.nn._order import order_groups
from delaycore.nn._scores import score
from delaycore.nn._shown_modules import ShownModule
from delaycore.nn._torch_hooks import refresh_weights
from delaycore.nn._wrappers import evaluate
from delaycore.nn.functional import (
    OrderedSums,
    Record,
    deliver,
    deliver_gradients,
    has_order,
    run_eagerly,
    straight_through,
)

__all__ = ["Connection", "DelayNetwork", "Forward"]


class Forward(NamedTuple):
    """Results of a forward pass, all [steps, batch, neurons].

    spikes:  spikes of every population that fires, apart from the read-out, by name.
    readout: potentials of the read-out, or its spikes if it fires.
    others:  potentials of other populations that never fire, by name.
    """

    spikes: dict[str, Tensor]
    readout: Tensor
    others: dict[str, Tensor] = {}  # noqa: RUF012  # never changed

    def __repr__(self) -> str:
        return show_line(self)


class Connection(NamedTuple):
    """A layer of synapses between two populations; its name is that of the projection in the Graph."""

    source: str
    target: str
    layer: DelayedLayer
    name: str

    def __repr__(self) -> str:
        return show_line(self)


class DelayNetwork(ShownModule):
    """Populations of any number joined by delayed synapses in any way: what a Graph is, for training.

    inputs:      populations whose spikes are given, by name.
    neurons:     those that compute, by name; ``order`` names all populations as the Graph lists them, inputs
                 first unless given.
    connections: synapses between them.  Every loop has a delay of at least 1 step.
    step:        seconds of a step.
    readout:     how the answer is read; without it, the last population is the read-out and has no scores.
    framing:     how events become steps; a network that has one refuses samples of another number of steps.
    arithmetic:  that of the Graph: float64, in which all neurons fire at their threshold or all only above
                 it (`Neurons.strict`).
    altered:     what was altered where the network came from, such as numbers rounded to float32.

    `forward` takes spikes [steps, batch, inputs], or such a tensor by name if there are several inputs, and
    gives a `Forward`.  In evaluation mode, delays that are trained as positions are rounded, and the network
    is the one that `to_graph` gives.  Within `use_formats`, every forward pass uses the numbers as a chip
    would hold them. Layers that are shared with another module are trained with it.

    `delaycore.nn.from_graph` makes networks from graphs, `delaycore.nn.as_network` from other modules,
    `delaycore.training.build` from settings.  Raises `GraphError` for parts that do not belong together.
    """

    def __init__(
        self,
        inputs: Mapping[str, Input],
        neurons: Mapping[str, Neurons],
        connections: Iterable[Connection],
        step: float,
        readout: Readout | None = None,
        framing: Framing | None = None,
        *,
        order: Iterable[str] | None = None,
        altered: Losses | None = None,
        arithmetic: Arithmetic | None = None,
    ) -> None:
        super().__init__()
        self.inputs, self.connections, self.step = dict(inputs), tuple(connections), step
        self.readout, self.framing, self.altered = readout, framing, altered or Losses()
        self.order = (*inputs, *neurons) if order is None else tuple(order)
        self.neurons: dict[str, Neurons] = dict(neurons)
        self.arithmetic = arithmetic or Arithmetic(fires=">" if any(self._strict.values()) else ">=")
        GraphError.collect(self._find_problems())
        self.populations = as_module_dict(self.neurons)
        self.synapse_layers = as_module_dict({c.name: c.layer for c in self.connections})
        self.scheme: QuantizationScheme | None = None
        edges = [(c.source, c.target, c.layer.delays[0]) for c in self.connections]
        self._groups = order_groups(self.order, self.neurons, edges)

    def _find_problems(self) -> Iterator[Problem]:
        sizes = {
            **{n: p.size for n, p in self.inputs.items()},
            **{n: p.features for n, p in self.neurons.items()},
        }
        for c in self.connections:
            place = f"projections[{c.name!r}]"
            for end, size in ((c.source, c.layer.in_features), (c.target, c.layer.out_features)):
                if end not in sizes:
                    remedy = f"{guess_meant(end, sizes)}there is {', '.join(sizes)}"
                    yield Problem(place, f"ends at {end!r}, which does not exist", remedy)
                elif sizes[end] != size:
                    yield Problem(
                        place, f"takes {size} neurons at {end!r}, which has {sizes[end]}", "match the sizes"
                    )
        yield from find_firing_problems(self.arithmetic, self._strict)
        yield from find_step_problems(self.step, self.neurons)
        if self.readout is not None:
            yield from find_readout_problems(
                self.readout, {n: p.population.spikes for n, p in self.neurons.items()}
            )

    @property
    def _strict(self) -> dict[str, bool]:
        """Whether the neurons of each population that fires do so only strictly above their threshold."""
        return {n: p.strict for n, p in self.neurons.items() if p.population.spikes}

    @property
    def output(self) -> str:
        """The population that the answer is read from."""
        return next(reversed(self.neurons)) if self.readout is None else self.readout.population

    @property
    def projections(self) -> dict[str, DelayedLayer]:
        """Layers of synapses by the name of their projection in the graph."""
        return {c.name: c.layer for c in self.connections}

    @property
    def connectivities(self) -> dict[str, Connectivity]:
        """Which neurons each projection joins, by its name."""
        return {c.name: c.layer.connectivity for c in self.connections}

    @property
    def levels(self) -> dict[str, LevelWeights]:
        """The projections whose delays are learned by weight, by name."""
        return {c.name: c.layer for c in self.connections if isinstance(c.layer, LevelWeights)}

    @property
    def masked(self) -> dict[str, MaskedLayer]:
        """The projections of which some synapses may not exist, by name."""
        return {c.name: c.layer for c in self.connections if isinstance(c.layer, MaskedLayer)}

    @property
    def hidden(self) -> tuple[str, ...]:
        """Names of the populations that fire, apart from the read-out."""
        return tuple(n for n, p in self.neurons.items() if p.population.spikes and n != self.output)

    @property
    def weights(self) -> list[nn.Parameter]:
        """Trained weights, a tensor per projection."""
        return [c.layer.weight for c in self.connections]

    @property
    def neuron_parameters(self) -> list[nn.Parameter]:
        """Trained parameters of the neurons, such as leaks, a tensor per population and parameter."""
        return [raw for n in self.neurons.values() for raw in n.trained.values()]

    @property
    def positions(self) -> list[nn.Parameter]:
        """Trained delays, in steps."""
        return [p for c in self.connections for p in c.layer.positions()]

    @property
    def dtype(self) -> torch.dtype:
        """Data type of all parameters."""
        return next(iter(self.neurons.values())).parameter.dtype

    @property
    def device(self) -> torch.device:
        """Device of all parameters."""
        return next(iter(self.neurons.values())).parameter.device

    @property
    def synapses(self) -> int:
        """Number of synapses that exist."""
        return sum(c.layer.synapses for c in self.connections)

    @contextmanager
    def use_formats(self, scheme: QuantizationScheme | None) -> Iterator[None]:
        """Round weights and parameters in every forward pass to the formats of ``scheme``, or leave them as
        they are for None, for as long as the context lasts.
        """
        before, self.scheme = self.scheme, scheme
        try:
            yield
        finally:
            self.scheme = before

    def numbers(self, name: str) -> dict[str, Format]:
        """Return the formats of the parameters of population ``name``, by parameter."""
        if self.scheme is None:
            return {}
        return {
            p: self.scheme.parameters[f"{name}.{p}"]
            for p in self.neurons[name].population.parameters()
            if f"{name}.{p}" in self.scheme.parameters
        }

    def number(self, projection: str) -> Format | None:
        """Return the format of the weights of ``projection``."""
        return self.scheme.weights[projection] if self.scheme is not None else None

    @one_line
    def __repr__(self) -> str:
        inputs = (f"{name} {p.size}" for name, p in self.inputs.items())
        neurons = (f"{name} {p!r}" for name, p in self.neurons.items())
        layers = f"{pluralize(len(self.connections), 'layer')} of synapses"
        return f"{type(self).__name__}({', '.join((*inputs, *neurons))}; {layers})"

    def forward(self, x: Tensor | Mapping[str, Tensor], known: Mapping[str, Record] = {}) -> Forward:
        """Run on input spikes [steps, batch, inputs].

        known: spikes and potentials of populations in this run, by name, from a simulation; the populations
               repeat them, and gradients are taken there.
        """
        for c in self.connections:
            refresh_weights(c.layer)
        outputs = prepare_by_name(x, self.inputs, self.framing, self.dtype)
        given = next(iter(outputs.values()))
        with keep_precision(given):
            sums = None if known.keys() >= self.neurons.keys() else self._order_sums(outputs)
            for group in self._groups:
                outputs |= self._run_group(group, outputs, known, sums)
        others = {
            n: outputs[n] for n, p in self.neurons.items() if not p.population.spikes and n != self.output
        }
        return Forward({name: outputs[name] for name in self.hidden}, outputs[self.output], others)

    @run_eagerly
    def _order_sums(self, inputs: Mapping[str, Tensor]) -> OrderedSums | None:
        """Return the sums of what arrives at all populations, where they have the order of the Graph."""
        computed = all(c.layer.computes_projection for c in self.connections)
        if not computed or not all(has_order(x) for x in inputs.values()):
            return None
        try:
            graph = self.to_graph()
        except GraphError:  # of numbers or names that no Graph holds, such as NaN
            return None
        sums = OrderedSums(graph, next(iter(inputs.values())))
        for name, spikes in inputs.items():
            sums.note(name, spikes)
        return sums

    def _run_group(
        self,
        group: tuple[str, ...],
        outputs: Mapping[str, Tensor],
        known: Mapping[str, Record],
        sums: OrderedSums | None,
    ) -> dict[str, Tensor]:
        """Return what the populations of ``group``, which loops join, send on."""
        loops = [c for c in self.connections if c.target in group and c.source in group]
        values = {name: self.neurons[name].values(self.numbers(name)) for name in group}
        currents = {
            name: self._current(
                name,
                group,
                outputs,
                sums is not None or (name in known and not loops and not self.neurons[name].needs_current),
            )
            for name in group
        }
        if not loops:
            (name,) = group
            n, current = self.neurons[name], currents[name]
            if sums is not None:
                current = straight_through(current, sums.sum(name))
            sent = n.run(current, values[name], known.get(name))
            if sums is not None and n.population.spikes:
                sums.note(name, sent)
            return {name: sent}
        members = {}
        for name in group:
            n, record = self.neurons[name], known.get(name)
            fires = n.firing if record is None else record.drop_steps(n.start).replay()
            members[name] = LoopPopulation(n, values[name], currents[name], fires)
        between = [
            LoopSynapses(
                c.source,
                c.target,
                c.layer.make_kernel(self.number(c.name)),
                c.layer.delays,
                c.layer.connectivity,
            )
            for c in loops
        ]
        return run_loops(members, between, sums)

    def _current(
        self, name: str, group: tuple[str, ...], outputs: Mapping[str, Tensor], gradients_only: bool
    ) -> Tensor:
        """Return the synaptic input of population ``name`` from outside its ``group``, or zeros with the
        gradients of that, where its values come from elsewhere.
        """
        n = self.neurons[name]
        deliver_spikes = deliver_gradients if gradients_only else deliver
        currents = [
            c.layer.current(outputs[c.source], self.number(c.name), deliver_spikes)
            for c in self.connections
            if c.target == name and c.source not in group
        ]
        if not currents:
            like = next(iter(outputs.values()))
            return like.new_zeros(*like.shape[:2], n.features)
        return currents[0] if len(currents) == 1 else torch.stack(currents).sum(dim=0)

    @property
    def statistic(self) -> str | None:
        """How the answer is read; see `delaycore.Readout`."""
        return None if self.readout is None else self.readout.statistic

    def scores(self, readout: Tensor) -> Tensor:
        """Return the `statistic` of each class, [batch, classes], from the ``readout`` of a forward pass.

        Raises `GraphError` for a network without a read-out.
        """
        if self.readout is None:
            raise GraphError.at(
                "DelayNetwork.readout", "is None", "say how the answer is read: delaycore.Readout"
            )
        return score(self.readout, readout)

    def to_graph(self, framing: Framing | None = None) -> Graph:
        """Return the network of evaluation mode as a Graph in float64, synapses that do not exist left out;
        `losses` says what that alters.  Raises `GraphError` for numbers that are not finite.
        """
        self._require_sound()
        populations: dict[str, Population] = {
            n: self.inputs[n] if n in self.inputs else self.neurons[n].to_population(self.numbers(n))
            for n in self.order
        }
        projections = [
            c.layer.to_projection(c.source, c.target, self.number(c.name), c.name) for c in self.connections
        ]
        return Graph(
            self.step, populations, projections, self.readout, self.arithmetic, framing or self.framing
        )

    def losses(self) -> Losses:
        """Return what was altered where the network came from, and what evaluation mode, and so `to_graph`,
        alters in what was trained: positions rounded to steps.
        """
        self._require_sound()
        found = [c.layer.losses(f"projections[{c.name!r}]", c.source) for c in self.connections]
        return Losses(entries=(*self.altered, *(e for losses in found for e in losses)))

    def _require_sound(self) -> None:
        """Raise `GraphError` for numbers that are not finite, once weights that torch computes are as their
        parameters say.
        """
        for c in self.connections:
            with evaluate(c.layer):
                refresh_weights(c.layer)
        with torch.no_grad():
            GraphError.collect(find_divergence(self.projections, self.neurons))

    def anneal(self, progress: float) -> None:
        """Set what changes over a training, of which ``progress`` in [0, 1] is done: the widths of
        interpolated delays.
        """
        for c in self.connections:
            c.layer.anneal(progress)

    def clamp_delays(self) -> None:
        """Bring trained delays back into their ranges."""
        for c in self.connections:
            c.layer.clamp_delays()
