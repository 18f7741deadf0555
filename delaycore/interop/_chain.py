"""A feed-forward chain of layers as a Graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from delaycore.graph import Arithmetic, Graph, Input, Integrator, Population, Projection, Readout
from delaycore.hardware import Losses
from delaycore.interop._always_on import ConstantInput, add_constant_inputs
from delaycore.interop._modules import Floats
from delaycore.interop._problems import ProblemList

__all__ = ["Delay", "Layer", "Neurons", "Scaling", "Synapses", "build_chain"]

_IN_ORDER = "give the layers in order"
_FLOAT64 = Arithmetic()


@dataclass(frozen=True)
class Synapses:
    """Delayed synapses between ``sources`` and ``targets`` channels.

    biases: constant inputs, each as its delay in steps and its values [targets].
    """

    sources: int
    targets: int
    pre: NDArray[np.int64]
    post: NDArray[np.int64]
    weight: Floats
    delay: NDArray[np.int64]
    biases: tuple[tuple[int, Floats], ...] = ()

    @classmethod
    def from_matrix(cls, weight: Floats, bias: Floats | None) -> Synapses:
        """Make undelayed synapses of a matrix [targets, sources]; weights of 0 make none."""
        post, pre = np.nonzero(weight)
        delay = np.zeros(pre.size, np.int64)
        biases = () if bias is None else ((0, bias),)
        return cls(weight.shape[1], weight.shape[0], pre, post, weight[post, pre], delay, biases)

    def postpone(self, steps: int) -> Synapses:
        """Let everything arrive ``steps`` later."""
        biases = tuple((delay + steps, values) for delay, values in self.biases)
        return replace(self, delay=self.delay + steps, biases=biases)

    def scale(self, gain: Floats, shift: Floats) -> Synapses:
        """Multiply everything by ``gain`` and add a constant input ``shift``, [targets] each."""
        biases = tuple((delay, values * gain) for delay, values in self.biases)
        return replace(self, weight=self.weight * gain[self.post], biases=(*biases, (0, shift)))


@dataclass(frozen=True)
class Delay:
    """The same delay for all channels, in steps."""

    steps: int


@dataclass(frozen=True)
class Scaling:
    """``y = gain * x + shift`` per channel; a `Scaling` of 1 and 0 is a layer that does nothing."""

    gain: Floats
    shift: Floats


@dataclass(frozen=True)
class Neurons:
    """A layer of neurons.

    make:       the population of a given size with a given bias [size].
    gain:       what the layer multiplies its input by.
    fires:      its comparison with the threshold; None if it never fires.
    feedback:   for a population, (delay, weight [size]) of synapses from each neuron to itself that its reset
                needs.
    statistic:  the read-out that the layer itself performs.
    takes_bias: whether a constant input can be a bias of the potential: it cannot where it goes through a
                synaptic current.
    """

    make: Callable[[int, Floats], Population]
    gain: float = 1.0
    fires: Literal[">=", ">"] | None = None
    feedback: Callable[[int], list[tuple[int, Floats]]] = lambda size: []
    statistic: str | None = None
    takes_bias: bool = True


Layer = Synapses | Delay | Scaling | Neurons


def build_chain(
    layers: Iterable[tuple[str, Layer]],
    *,
    step: float,
    statistic: str | None,
    problems: ProblemList,
    arithmetic: Arithmetic = _FLOAT64,
) -> tuple[Graph, Losses]:
    """Build the Graph of layers, each with its place; populations are called ``in``, ``h1``, ``h2``, ...,
    ``out``.  It computes in ``arithmetic``, but for the comparison with the threshold, which neurons say.

    Raises `ForeignError` with ``problems`` and all that are found here.
    """
    chain = _Chain(problems)
    for place, layer in layers:
        chain.add(place, layer)
    chain.finish()
    problems.raise_any()
    return chain.to_graph(step, statistic, arithmetic)


@dataclass
class _Chain:
    """What stands so far: the populations, and the synapses and delay that wait for their neurons.

    Where a layer is refused, the chain goes on as if it were right, so that later problems are found, too.
    """

    problems: ProblemList
    populations: dict[str, Population] = field(default_factory=dict)
    projections: list[Projection] = field(default_factory=list)
    constants: list[ConstantInput] = field(default_factory=list)
    losses: Losses = field(default_factory=Losses)
    waiting: Synapses | None = None
    delay: int = 0
    fires: Literal[">=", ">"] | None = None
    statistic: str | None = None

    def add(self, place: str, layer: Layer) -> None:
        """Put ``layer`` at the end."""
        match layer:
            case Delay():
                self._postpone(layer)
            case Synapses():
                self._connect(place, layer)
            case Scaling():
                self._scale(place, layer)
            case Neurons():
                self._populate(place, layer)

    def finish(self) -> None:
        """Turn a weighted sum at the end into a population."""
        if self.waiting is not None:
            self._populate("the end", Neurons(lambda size, bias: Integrator(size, retain=0.0, bias=bias)))
        if len(self.populations) < 2:
            self.problems.add(
                "layers",
                "hold no weighted layer followed by neurons",
                "give all layers of the network in order",
            )
        if self.delay:
            self.problems.add(
                "layers", "end in a delay", "leave it out: it shifts the output and does nothing else"
            )

    def to_graph(self, step: float, statistic: str | None, arithmetic: Arithmetic) -> tuple[Graph, Losses]:
        """Return the chain as a Graph, and what was added for it."""
        last = list(self.populations)[-1]
        names = {name: "out" if name == last else name for name in self.populations}
        populations = {names[n]: p for n, p in self.populations.items()}
        projections = [
            replace(p, source=names[p.source], target=names[p.target], name="") for p in self.projections
        ]
        constants = [replace(c, target=names[c.target]) for c in self.constants]
        populations, always_on, added = add_constant_inputs(populations, constants)
        chosen = statistic or self.statistic
        graph = Graph(
            step,
            populations,
            [*projections, *always_on],
            Readout("out", chosen) if chosen else None,
            replace(arithmetic, fires=self.fires or ">="),
        )
        return graph, self.losses + added

    def _postpone(self, layer: Delay) -> None:
        if self.waiting is None:
            self.delay += layer.steps
        else:
            self.waiting = self.waiting.postpone(layer.steps)

    def _connect(self, place: str, layer: Synapses) -> None:
        if self.waiting is not None:
            self.problems.add(
                place,
                "follows another weighted layer without neurons between them",
                "multiply the two into one",
            )
        elif not self.populations:
            self.populations["in"] = Input(layer.sources)
        else:
            last, population = list(self.populations.items())[-1]
            if population.size != layer.sources:
                message = f"takes {layer.sources} channels, but {last!r} has {population.size}"
                self.problems.add(place, message, _IN_ORDER)
            if not population.spikes:
                self.problems.add(place, f"follows {last!r}, which never fires", _IN_ORDER)
        self.waiting = replace(layer, delay=layer.delay + self.delay)
        self.delay = 0

    def _scale(self, place: str, layer: Scaling) -> None:
        if np.all(layer.gain == 1) and np.all(layer.shift == 0):
            return
        if self.waiting is None:
            message = "scales spikes, which are 0 or 1"
            self.problems.add(place, message, "put it between the weights and the neurons")
        elif layer.gain.size != self.waiting.targets:
            message = f"has {layer.gain.size} channels, but its input has {self.waiting.targets}"
            self.problems.add(place, message, _IN_ORDER)
        else:
            self.waiting = self.waiting.scale(layer.gain, layer.shift)

    def _populate(self, place: str, layer: Neurons) -> None:
        if self.waiting is None:
            message = "neurons without weights before them"
            self.problems.add(place, message, f"{_IN_ORDER}, weights first")
            return
        if layer.fires and self.fires not in (None, layer.fires):
            self.problems.add(
                place,
                f"fires where u {layer.fires} threshold, earlier layers where u {self.fires} threshold",
                "use one kind of neuron",
            )
        self.fires = self.fires or layer.fires
        self.statistic = layer.statistic
        synapses, self.waiting = self.waiting, None
        size, name = synapses.targets, f"h{len(self.populations)}"
        source = next(reversed(self.populations))
        self.populations[name] = Input(size)  # stands for it where its parameters are refused
        with self.problems.gather():
            self.populations[name] = layer.make(size, self._add_biases(name, synapses, layer))
            self._feed_back(place, name, layer.feedback(size))
        self.projections.append(
            Projection(
                source, name, synapses.pre, synapses.post, synapses.weight * layer.gain, synapses.delay
            )
        )

    def _add_biases(self, name: str, synapses: Synapses, layer: Neurons) -> Floats:
        """Return the bias of the population, and note the constant inputs that are none."""
        bias = np.zeros(synapses.targets)
        for delay, values in synapses.biases:
            if delay == 0 and layer.takes_bias:
                bias = bias + values * layer.gain
            else:
                post = np.flatnonzero(values)
                steps = np.full(post.size, delay, np.int64)
                self.constants.append(ConstantInput(name, post, values[post] * layer.gain, steps))
        return bias

    def _feed_back(self, place: str, name: str, loops: list[tuple[int, Floats]]) -> None:
        """Join each neuron to itself, as its reset needs; loops of weight 0 make no synapse."""
        if not any(weight.any() for _, weight in loops):
            return
        pre = np.concatenate([np.flatnonzero(weight) for _, weight in loops])
        weights = np.concatenate([weight[weight != 0] for _, weight in loops])
        delays = np.concatenate([np.full(np.count_nonzero(weight), d, np.int64) for d, weight in loops])
        self.projections.append(Projection(name, name, pre, pre, weights, delays))
        detail = "from each neuron to itself: they make the reset exact, up to float64 rounding"
        largest = float(np.abs(weights).max())
        self.losses += Losses.counted("synapse", "added", place, weights.size, weights.size, detail, largest)
