"""Networks as settings describe them, with their first weights, delays and leaks."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor

from delaycore.errors import GraphError, Problem
from delaycore.graph import Graph
from delaycore.training.network import DelayNetwork
from delaycore.training.neurons import AdaptiveLIFNeurons, CurrentLIFNeurons, IntegratorNeurons, LIFNeurons, Neurons
from delaycore.training.positions import INTERPOLATIONS, Positions
from delaycore.training.pruning import random_delays
from delaycore.training.settings import Network
from delaycore.training.surrogates import surrogate
from delaycore.training.synapses import Levels, Synapses

__all__ = ["build", "from_graph"]


class _Join(NamedTuple):
    """Which populations a projection joins, with how many neurons, and the delay levels that it may use."""

    source: str
    target: str
    delays: tuple[int, ...]
    pre: int
    post: int

    @property
    def name(self) -> str:
        return f"{self.source}->{self.target}"


def build(shape: Network, inputs: int, classes: int, step: float, seed: int = 0, steepness: float = 10.0) -> DelayNetwork:
    """A network with random weights.

    inputs, classes: sizes of the input and of the read-out.
    step:            seconds of a step, which turn time constants into fractions kept.
    steepness:       of the surrogate.
    """
    sizes = _sizes(shape, inputs, classes)
    generator = torch.Generator().manual_seed(seed)
    synapses = []
    for i, join in enumerate(_joins(shape, sizes)):
        make = _SYNAPSES[shape.delay_mode if len(join.delays) > 1 else "levels"]  # a single delay leaves nothing to learn or to draw
        synapses.append(make(join, shape, generator, seed * 31 + i))
    return DelayNetwork(inputs, _neurons(shape, sizes, step, steepness), synapses, step)


def from_graph(graph: Graph, shape: Network, steepness: float = 10.0) -> DelayNetwork:
    """The network that ``graph``, which a network of like settings gave, came from, with a weight for each of its delays.

    Trained positions have become whole steps by then: they stay, and weights and leaks can be trained on.  Thresholds and jumps, which
    are not trained, are those of the settings.
    Raises `GraphError` if the graph has other populations or projections than the settings describe.
    """
    ends = list(graph.populations.values())
    sizes = _sizes(shape, ends[0].size, ends[-1].size)
    neurons, joins = _neurons(shape, sizes, graph.step, steepness), _joins(shape, sizes)
    GraphError.collect(_strangers(graph, neurons, joins))
    synapses = []
    for join, projection in zip(joins, graph.projections, strict=True):
        grid = join.delays if shape.delay_mode == "levels" else ()
        delays = tuple(sorted({*grid, *projection.delay.tolist()})) or (0,)
        levels = Levels(join.source, join.target, delays, torch.zeros(len(delays), join.pre, join.post))
        levels.take(projection)
        synapses.append(levels)
    for name, n in neurons.items():
        n.take(graph.populations[name])
    return DelayNetwork(sizes["in"], neurons, synapses, graph.step)


def _strangers(graph: Graph, neurons: dict[str, Neurons], joins: list[_Join]) -> Iterator[Problem]:
    """Where ``graph`` is not of the build that the settings describe."""
    remedy = "give the settings that it was trained with"
    wanted = [("in", "input"), *((name, n.population.kind) for name, n in neurons.items())]
    found = [(name, p.kind) for name, p in graph.populations.items()]
    if found != wanted:
        yield Problem("populations", f"are {_listed(found)}, not {_listed(wanted)}", remedy)
    else:
        for name, n in neurons.items():
            if graph.populations[name].size != n.size:
                yield Problem(f"populations[{name!r}]", f"has {graph.populations[name].size} neurons, not {n.size}", remedy)
    projections, expected = [p.name for p in graph.projections], [j.name for j in joins]
    if projections != expected:
        yield Problem("projections", f"are {', '.join(projections)}, not {', '.join(expected)}", remedy)


def _listed(populations: list[tuple[str, str]]) -> str:
    return ", ".join(f"{name} ({kind})" for name, kind in populations)


def _sizes(shape: Network, inputs: int, classes: int) -> dict[str, int]:
    return {"in": inputs, **{f"h{i}": n for i, n in enumerate(shape.hidden, 1)}, "out": classes}


def _joins(shape: Network, sizes: dict[str, int]) -> list[_Join]:
    """Every projection; a loop stands after the way into its population."""
    joins = []
    for i, (a, b) in enumerate(pairwise(sizes)):
        joins.append(_Join(a, b, shape.delays if i or shape.delayed_input else (0,), sizes[a], sizes[b]))
        if shape.recurrent and b != "out":
            joins.append(_Join(b, b, shape.loop_delays, sizes[b], sizes[b]))
    return joins


def _levels(join: _Join, shape: Network, generator: torch.Generator, seed: int) -> Levels:
    spread = shape.gain / math.sqrt(join.pre * len(join.delays))
    return Levels(join.source, join.target, join.delays, torch.randn(len(join.delays), join.pre, join.post, generator=generator) * spread)


def _random(join: _Join, shape: Network, generator: torch.Generator, seed: int) -> Levels:
    number = min(shape.per_pair, len(join.delays))  # a loop has one level less
    spread = shape.gain / math.sqrt(join.pre * number)
    levels = Levels(join.source, join.target, join.delays, torch.randn(len(join.delays), join.pre, join.post, generator=generator) * spread)
    levels.keep(random_delays(levels.shape, number, seed))
    return levels


def _per_synapse(join: _Join, shape: Network, generator: torch.Generator, seed: int) -> Positions:
    return _positions(join, shape, join.post, generator)


def _per_axon(join: _Join, shape: Network, generator: torch.Generator, seed: int) -> Positions:
    return _positions(join, shape, 1, generator)


def _positions(join: _Join, shape: Network, per_source: int, generator: torch.Generator) -> Positions:
    """``per_source`` positions for each slot of a source neuron, evenly spread at random over the whole range, as in DCLS."""
    first, last = min(join.delays[0], 1), join.delays[-1]  # a loop takes at least 1 step
    weight = torch.randn(shape.per_pair, join.pre, join.post, generator=generator) * (shape.gain / math.sqrt(join.pre * shape.per_pair))
    position = first + torch.rand(shape.per_pair, join.pre, per_source, generator=generator) * (last - first)
    delays = tuple(range(first, last + 1))
    return Positions(join.source, join.target, delays, weight, position, INTERPOLATIONS[shape.interpolation], shape.width)


_SYNAPSES: dict[str, Callable[[_Join, Network, torch.Generator, int], Synapses]] = {
    "levels": _levels,
    "random": _random,
    "continuous_synapse": _per_synapse,
    "continuous_axon": _per_axon,
}


def _neurons(shape: Network, sizes: dict[str, int], step: float, steepness: float) -> dict[str, Neurons]:
    through = surrogate(shape.surrogate, steepness)
    found: dict[str, Neurons] = {}
    for name, size in list(sizes.items())[1:]:
        shared = _leaks(shape, size, step)
        leaks, constants = ({}, {"retain": 1.0}) if shape.leak == "none" else ({"retain": shared}, {})
        if name == "out" and shape.readout == "potential":
            found[name] = IntegratorNeurons(size, leaks, constants, through)
            continue
        constants["threshold"] = shape.threshold
        match shape.neuron:
            case "lif":
                found[name] = LIFNeurons(size, leaks, constants, through)
            case "current_lif":
                leaks["retain_current"] = torch.full_like(shared, math.exp(-step / shape.current_time_constant))
                found[name] = CurrentLIFNeurons(size, leaks, constants, through)
            case "adaptive_lif":
                leaks["retain_trace"] = torch.full_like(shared, math.exp(-step / shape.trace_time_constant))
                found[name] = AdaptiveLIFNeurons(size, leaks, constants | {"jump": shape.jump}, through)
    return found


def _leaks(shape: Network, size: int, step: float) -> Tensor:
    """Fractions kept per step, [neurons], or [1] for one that a layer shares; time constants evenly spread in the logarithm."""
    shortest, longest = (math.log(tau) for tau in shape.time_constants)
    place = torch.linspace(0, 1, size) if shape.leak == "neuron" else torch.full((1,), 0.5)
    return torch.exp(-step / torch.exp(shortest + place * (longest - shortest)))
