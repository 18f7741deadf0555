"""A feed-forward chain of layers, gathered into a Graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from delaycore.errors import ForeignError
from delaycore.graph import Arithmetic, Graph, Input, Integrator, Population, Projection, Readout
from delaycore.hardware import Loss, Losses
from delaycore.interop._tensors import Floats

__all__ = ["Delay", "Layer", "Neurons", "Scaling", "Synapses", "gathered"]


@dataclass(frozen=True)
class Synapses:
    """Delayed synapses between ``sources`` and ``targets`` channels, and a constant input ``bias``
    [targets].
    """

    sources: int
    targets: int
    pre: NDArray[np.int64]
    post: NDArray[np.int64]
    weight: Floats
    delay: NDArray[np.int64]
    bias: Floats

    @classmethod
    def dense(cls, weight: Floats, bias: Floats | None) -> Synapses:
        """An undelayed matrix [targets, sources]; weights of 0 make no synapse."""
        post, pre = np.nonzero(weight)
        zero = np.zeros(weight.shape[0])
        return cls(
            weight.shape[1],
            weight.shape[0],
            pre,
            post,
            weight[post, pre],
            np.zeros(pre.size, np.int64),
            zero if bias is None else bias,
        )


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

    make:      the population of a given size with a given bias [size].
    gain:      what the layer multiplies its input by.
    fires:     its comparison with the threshold; None if it never fires.
    feedback:  for a population, (delay, weight [size]) of synapses from each neuron to itself that its reset
               needs.
    statistic: the read-out that the layer itself performs.
    """

    make: Callable[[int, Floats], Population]
    gain: float = 1.0
    fires: Literal[">=", ">"] | None = None
    feedback: Callable[[int], list[tuple[int, Floats]]] = lambda size: []
    statistic: str | None = None


Layer = Synapses | Delay | Scaling | Neurons


@dataclass
class _Gathering:
    """What stands so far: the populations, and the synapses and delay that wait for their neurons."""

    populations: dict[str, Population]
    projections: list[Projection]
    losses: Losses
    waiting: Synapses | None = None
    delay: int = 0
    fires: Literal[">=", ">"] | None = None
    statistic: str | None = None


def gathered(
    layers: Iterable[tuple[str, Layer]], *, step: float, statistic: str | None, losses: Losses
) -> tuple[Graph, Losses]:
    """The Graph of layers, each with its place; populations are called ``in``, ``h1``, ``h2``, ...,
    ``out``.
    """
    so_far = _Gathering({}, [], losses)
    for place, layer in layers:
        match layer:
            case Delay():
                _delay(so_far, place, layer)
            case Synapses():
                _connect(so_far, place, layer)
            case Scaling():
                _scale(so_far, place, layer)
            case Neurons():
                _populate(so_far, place, layer)
    if so_far.waiting is not None:  # the network ends in a weighted sum
        _populate(so_far, "the end", Neurons(lambda size, bias: Integrator(size, retain=0.0, bias=bias)))
    if len(so_far.populations) < 2:
        raise ForeignError.at(
            "layers", "hold no weighted layer followed by neurons", "give all layers of the network in order"
        )
    if so_far.delay:
        raise ForeignError.at(
            "layers", "end in a delay", "leave it out: it shifts the output and does nothing else"
        )
    return _graph(so_far, step, statistic)


def _graph(so_far: _Gathering, step: float, statistic: str | None) -> tuple[Graph, Losses]:
    last = list(so_far.populations)[-1]
    names = {last: "out"}
    populations = {names.get(n, n): p for n, p in so_far.populations.items()}
    projections = [
        replace(p, source=names.get(p.source, p.source), target=names.get(p.target, p.target), name="")
        for p in so_far.projections
    ]
    chosen = statistic or so_far.statistic
    arithmetic = Arithmetic(fires=so_far.fires or ">=")
    return Graph(
        step, populations, projections, Readout("out", chosen) if chosen else None, arithmetic
    ), so_far.losses


def _delay(so_far: _Gathering, place: str, layer: Delay) -> None:
    if so_far.waiting is None:
        so_far.delay += layer.steps
        return
    if np.any(so_far.waiting.bias != 0) and layer.steps:
        raise ForeignError.at(
            place,
            "a delay after a bias holds the bias back in the first steps",
            "put the delay before the weights",
        )
    so_far.waiting = replace(so_far.waiting, delay=so_far.waiting.delay + layer.steps)


def _connect(so_far: _Gathering, place: str, layer: Synapses) -> None:
    if so_far.waiting is not None:
        raise ForeignError.at(
            place, "follows another weighted layer without neurons between them", "multiply the two into one"
        )
    if not so_far.populations:
        so_far.populations["in"] = Input(layer.sources)
    last, population = list(so_far.populations.items())[-1]
    if population.size != layer.sources:
        raise ForeignError.at(
            place,
            f"takes {layer.sources} channels, but {last!r} has {population.size}",
            "give the layers in order",
        )
    if not population.spikes:
        raise ForeignError.at(place, f"follows {last!r}, which never fires", "give the layers in order")
    so_far.waiting = replace(layer, delay=layer.delay + so_far.delay)
    so_far.delay = 0


def _scale(so_far: _Gathering, place: str, layer: Scaling) -> None:
    if np.all(layer.gain == 1) and np.all(layer.shift == 0):
        return
    if so_far.waiting is None:
        raise ForeignError.at(
            place, "scales spikes, which are 0 or 1", "put it between the weights and the neurons"
        )
    w = so_far.waiting
    if layer.gain.size != w.targets:
        raise ForeignError.at(
            place,
            f"has {layer.gain.size} channels, but its input has {w.targets}",
            "give the layers in order",
        )
    so_far.waiting = replace(w, weight=w.weight * layer.gain[w.post], bias=w.bias * layer.gain + layer.shift)


def _populate(so_far: _Gathering, place: str, layer: Neurons) -> None:
    synapses = so_far.waiting
    if synapses is None:
        raise ForeignError.at(
            place, "neurons without weights before them", "give the layers in order, weights first"
        )
    if layer.fires and so_far.fires not in (None, layer.fires):
        raise ForeignError.at(
            place,
            f"fires where u {layer.fires} threshold, earlier layers where u {so_far.fires} threshold",
            "use one kind of neuron",
        )
    so_far.fires = layer.fires or so_far.fires
    so_far.statistic = layer.statistic
    source, target = list(so_far.populations)[-1], f"h{len(so_far.populations)}"
    so_far.populations[target] = layer.make(synapses.targets, synapses.bias * layer.gain)
    so_far.projections.append(
        Projection(source, target, synapses.pre, synapses.post, synapses.weight * layer.gain, synapses.delay)
    )
    loop = layer.feedback(synapses.targets)
    if loop:
        every = np.arange(synapses.targets)
        delays = np.concatenate([np.full(every.size, d, np.int64) for d, _ in loop])
        weights = np.concatenate([w for _, w in loop])
        some = weights != 0
        pre = np.tile(every, len(loop))[some]
        so_far.projections.append(Projection(target, target, pre, pre, weights[some], delays[some]))
        so_far.losses += Losses(entries=(_added(place, weights[some]),)) if some.any() else Losses()
    so_far.waiting = None


def _added(place: str, weights: Floats) -> Loss:
    detail = "from each neuron to itself: they make the reset exact, up to float64 rounding"
    largest = float(np.abs(weights).max())
    return Loss(
        what="synapse",
        change="added",
        place=place,
        count=weights.size,
        of=weights.size,
        largest=largest,
        detail=detail,
    )
