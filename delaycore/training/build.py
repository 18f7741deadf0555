"""Networks as settings describe them, with their first weights, delays and leaks."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from delaycore.errors import GraphError, Problem, SettingsError
from delaycore.graph import Graph
from delaycore.settings import ContinuousDelays, LevelDelays, NetworkSettings
from delaycore.training.network import DelayNetwork
from delaycore.training.neurons.kinds import (
    AdaptiveLIFNeurons,
    CurrentLIFNeurons,
    IntegratorNeurons,
    LIFNeurons,
    Neurons,
)
from delaycore.training.neurons.surrogates import Surrogate
from delaycore.training.synapses.levels import Levels, Synapses
from delaycore.training.synapses.positions import INTERPOLATIONS, Positions
from delaycore.training.synapses.pruning import random_delays
from delaycore.training.synapses.wiring import Convolution, Full, Sheet, Wiring

__all__ = ["build", "from_graph"]


class _Join(NamedTuple):
    """Which populations a projection joins, and how, and the delay levels that it may use."""

    source: str
    target: str
    delays: tuple[int, ...]
    wiring: Wiring

    @property
    def name(self) -> str:
        return f"{self.source}->{self.target}"


def build(
    shape: NetworkSettings,
    inputs: int | tuple[int, int, int],
    classes: int,
    step: float,
    seed: int = 0,
    steepness: float = 10.0,
) -> DelayNetwork:
    """A network with random weights.

    inputs:    how many inputs lie in a row, or the height, width and maps of a sheet of them
               (`Framing.sheet`).
    classes:   neurons of the read-out.
    step:      seconds of a step, which turn time constants into fractions kept.
    steepness: of the surrogate.

    Raises `SettingsError` for convolutions whose windows are larger than what they move over.
    """
    sheets, joins = _plan(shape, Sheet(1, inputs, 1) if isinstance(inputs, int) else Sheet(*inputs), classes)
    generator = torch.Generator().manual_seed(seed)
    synapses = []
    for i, join in enumerate(joins):
        make = _SYNAPSES[
            shape.delays.mode if len(join.delays) > 1 else "levels"
        ]  # a single delay leaves nothing to learn or to draw
        synapses.append(make(join, shape, generator, seed * 31 + i))
    return DelayNetwork(sheets["in"].size, _neurons(shape, sheets, step, steepness), synapses, step)


def from_graph(graph: Graph, shape: NetworkSettings, steepness: float = 10.0) -> DelayNetwork:
    """The network that ``graph``, which a network of like settings gave, came from, with a weight for each of
    its delays.

    Trained positions have become whole steps by then: they stay, and weights and leaks can be trained on.
    Thresholds and jumps, which are not trained, are those of the settings.  The graph's framing says how its
    inputs lie; without one they lie in a row. Raises `GraphError` if the graph has other populations or
    projections than the settings describe.
    """
    ends = list(graph.populations.values())
    inputs = Sheet(1, ends[0].size, 1) if graph.framing is None else Sheet(*graph.framing.sheet)
    sheets, joins = _plan(shape, inputs, ends[-1].size)
    neurons = _neurons(shape, sheets, graph.step, steepness)
    GraphError.collect(_strangers(graph, neurons, joins))
    synapses = []
    for join, projection in zip(joins, graph.projections, strict=True):
        grid = join.delays if isinstance(shape.delays, LevelDelays) else ()
        delays = tuple(sorted({*grid, *projection.delay.tolist()})) or (0,)
        levels = Levels(
            join.source,
            join.target,
            delays,
            torch.zeros(len(delays), join.wiring.rows, join.wiring.columns),
            join.wiring,
        )
        levels.take(projection)
        synapses.append(levels)
    for name, n in neurons.items():
        n.take(graph.populations[name])
    return DelayNetwork(inputs.size, neurons, synapses, graph.step)


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
                yield Problem(
                    f"populations[{name!r}]",
                    f"has {graph.populations[name].size} neurons, not {n.size}",
                    remedy,
                )
    projections, expected = [p.name for p in graph.projections], [j.name for j in joins]
    if projections != expected:
        yield Problem("projections", f"are {', '.join(projections)}, not {', '.join(expected)}", remedy)


def _listed(populations: list[tuple[str, str]]) -> str:
    return ", ".join(f"{name} ({kind})" for name, kind in populations)


def _plan(shape: NetworkSettings, inputs: Sheet, classes: int) -> tuple[dict[str, Sheet], list[_Join]]:
    """How the neurons of every population lie, and every projection; a loop stands after the way into its
    population.
    """
    sheets, joins = {"in": inputs}, list[_Join]()

    def join(target: str, wiring: Wiring, delayed: bool) -> None:
        joins.append(_Join(next(reversed(sheets)), target, shape.delays.steps if delayed else (0,), wiring))

    for i, layer in enumerate(shape.convolutions):
        source = next(reversed(sheets.values()))
        wiring = Convolution(source, layer.maps, *layer.window(source.height))
        if not wiring.target.size:
            room = " x ".join(str(n + 2 * p) for n, p in zip(source[:2], wiring.padding, strict=True))
            raise SettingsError.at(
                f"network.convolutions.{i}",
                (
                    f"its window of {wiring.kernel[0]} x {wiring.kernel[1]} is larger than the {room} "
                    "that it moves over, padding included"
                ),
                "a smaller kernel, more padding, or smaller strides before it",
            )
        join(f"c{i + 1}", wiring, layer.delayed)
        sheets[f"c{i + 1}"] = wiring.target
    for name, size in {**{f"h{i}": n for i, n in enumerate(shape.hidden, 1)}, "out": classes}.items():
        source = next(reversed(sheets.values()))
        join(name, Full(source.size, size), len(sheets) > 1 or shape.delayed_input)
        sheets[name] = Sheet(1, 1, size)
        if shape.recurrent and name != "out":
            joins.append(_Join(name, name, shape.loop_delays, Full(size, size)))
    return sheets, joins


def _levels(join: _Join, shape: NetworkSettings, generator: torch.Generator, seed: int) -> Levels:
    return _drawn(join, shape, generator, len(join.delays))


def _random(join: _Join, shape: NetworkSettings, generator: torch.Generator, seed: int) -> Levels:
    number = min(shape.delays.synapses_per_pair, len(join.delays))  # a loop has one level less
    levels = _drawn(join, shape, generator, number)
    levels.keep(random_delays(levels.shape, number, seed))
    return levels


def _drawn(join: _Join, shape: NetworkSettings, generator: torch.Generator, per_pair: int) -> Levels:
    """Weights for ``per_pair`` synapses of every pair, at every level."""
    spread = shape.gain / math.sqrt(join.wiring.rows * per_pair)
    weight = (
        torch.randn(len(join.delays), join.wiring.rows, join.wiring.columns, generator=generator) * spread
    )
    return Levels(join.source, join.target, join.delays, weight, join.wiring)


def _per_synapse(join: _Join, shape: NetworkSettings, generator: torch.Generator, seed: int) -> Positions:
    return _positions(join, shape, (join.wiring.rows, join.wiring.columns), generator)


def _per_axon(join: _Join, shape: NetworkSettings, generator: torch.Generator, seed: int) -> Positions:
    return _positions(join, shape, (join.wiring.axons, 1), generator)


def _positions(
    join: _Join, shape: NetworkSettings, each: tuple[int, int], generator: torch.Generator
) -> Positions:
    """``each`` positions for each slot, evenly spread at random over the whole range, as in DCLS."""
    settings = shape.delays
    assert isinstance(settings, ContinuousDelays)  # the modes that `_SYNAPSES` gives here
    slots = settings.synapses_per_pair
    first, last = min(join.delays[0], 1), join.delays[-1]  # a loop takes at least 1 step
    spread = shape.gain / math.sqrt(join.wiring.rows * slots)
    weight = torch.randn(slots, join.wiring.rows, join.wiring.columns, generator=generator) * spread
    position = first + torch.rand(slots, *each, generator=generator) * (last - first)
    delays = tuple(range(first, last + 1))
    return Positions(
        join.source,
        join.target,
        delays,
        weight,
        position,
        INTERPOLATIONS[settings.interpolation],
        settings.width,
        join.wiring,
    )


_SYNAPSES: dict[str, Callable[[_Join, NetworkSettings, torch.Generator, int], Synapses]] = {
    "levels": _levels,
    "random": _random,
    "continuous_synapse": _per_synapse,
    "continuous_axon": _per_axon,
}


def _neurons(
    shape: NetworkSettings, sheets: dict[str, Sheet], step: float, steepness: float
) -> dict[str, Neurons]:
    through = Surrogate(shape.surrogate, steepness)
    found: dict[str, Neurons] = {}
    for name, sheet in list(sheets.items())[1:]:
        size, shared = sheet.size, _leaks(shape, sheet, step)
        leaks, constants = ({}, {"retain": 1.0}) if shape.leak == "none" else ({"retain": shared}, {})
        if name == "out" and shape.readout == "potential":
            found[name] = IntegratorNeurons(size, leaks, constants, through)
            continue
        constants["threshold"] = shape.threshold
        match shape.neuron:
            case "lif":
                found[name] = LIFNeurons(size, leaks, constants, through)
            case "current_lif":
                leaks["retain_current"] = torch.full_like(
                    shared, math.exp(-step / shape.current_time_constant)
                )
                found[name] = CurrentLIFNeurons(size, leaks, constants, through)
            case "adaptive_lif":
                leaks["retain_trace"] = torch.full_like(shared, math.exp(-step / shape.trace_time_constant))
                found[name] = AdaptiveLIFNeurons(
                    size, leaks, constants | {"adaptation": shape.adaptation}, through
                )
    return found


def _leaks(shape: NetworkSettings, sheet: Sheet, step: float) -> Tensor:
    """Fractions kept per step, one per map, or one that all share; time constants evenly spread in the
    logarithm.
    """
    shortest, longest = (math.log(tau) for tau in shape.time_constants)
    place = torch.linspace(0, 1, sheet.maps) if shape.leak in ("neuron", "map") else torch.full((1,), 0.5)
    kept = torch.exp(-step / torch.exp(shortest + place * (longest - shortest)))
    return kept.repeat(sheet.size // sheet.maps) if shape.leak == "neuron" else kept
