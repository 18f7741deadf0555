"""Networks as settings describe them, with their first weights, delays and leaks."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from delaycore._values import LARGEST, require_seed
from delaycore.errors import GraphError, Problem, SettingsError
from delaycore.graph import Graph, Input, Readout
from delaycore.hardware import Losses
from delaycore.memory import describe_need
from delaycore.nn import (
    LIF,
    AdaptiveLIF,
    Connection,
    Connectivity,
    Convolution,
    CurrentLIF,
    DelayedLayer,
    DelayNetwork,
    Dense,
    Grid,
    Integrator,
    LevelWeights,
    MaskedLayer,
    Neurons,
    PerMap,
    PositionWeights,
    Surrogate,
)
from delaycore.settings import ContinuousDelays, LevelDelays, NetworkSettings
from delaycore.training._pruning import draw_synapses

__all__ = ["build", "restore"]


_WEIGHT_BYTES = 16
"""Of a weight in training: itself, its gradient, and two moments of Adam, in 32 bits each."""


class _Join(NamedTuple):
    """A projection to be made: its populations, its connectivity, and the delay levels that it may use."""

    source: str
    target: str
    delays: tuple[int, ...]
    connectivity: Connectivity

    def connect(self, layer: DelayedLayer) -> Connection:
        """Return ``layer`` between these populations."""
        return Connection(self.source, self.target, layer, self.name)

    @property
    def name(self) -> str:
        """Name of the projection in the graph."""
        return f"{self.source}->{self.target}"


def build(
    shape: NetworkSettings,
    inputs: int | tuple[int, int, int],
    classes: int | Sequence[str],
    step: float,
    seed: int = 0,
    steepness: float = 10.0,
) -> DelayNetwork:
    """Return a network with random weights.

    inputs:    how many inputs lie in a row, or the height, width and maps of a grid of them
               (`Framing.sheet`).
    classes:   of the read-out, which has a neuron for each: their names, or how many there are.
    step:      seconds of a step, which turn time constants into fractions kept.
    steepness: of the surrogate.

    Raises `SettingsError` for convolutions whose windows are larger than what they move over, and for names
    of classes that are no list of different names, and for a seed that is no whole number below 2^32.
    """
    names, count = _read_classes(classes)
    seed = require_seed(seed)
    grids, joins = _plan(shape, Grid(1, inputs, 1) if isinstance(inputs, int) else Grid(*inputs), count)
    _require_room(grids, joins)
    generator = torch.Generator().manual_seed(seed)
    connections = [
        join.connect(_make_layer(join, shape, generator, seed * 31 + i)) for i, join in enumerate(joins)
    ]
    neurons = _make_neurons(shape, grids, step, steepness)
    return _assemble(shape, grids, neurons, connections, step, names)


def _read_classes(classes: int | Sequence[str]) -> tuple[tuple[str, ...], int]:
    """Return the names of the classes, if there are any, and their number."""
    if isinstance(classes, int | np.integer):
        return (), int(classes)
    names = tuple(classes)
    if isinstance(classes, str) or len(set(names)) < len(names):
        raise SettingsError.at(
            "classes", f"are {classes!r:.80}", "give a list with a different name for each"
        )
    return names, len(names)


def _require_room(grids: Mapping[str, Grid], joins: Sequence[_Join]) -> None:
    """Raise `SettingsError` for more neurons than can be numbered, and for more weights than memory holds."""
    neurons = sum(grid.size for grid in grids.values())
    if neurons > LARGEST:
        message = f"has {neurons:,} neurons, more than the {LARGEST:,} that can be numbered"
        raise SettingsError.at("network", message, "use fewer neurons, larger strides or less padding")
    weights = sum(len(j.delays) * j.connectivity.rows * j.connectivity.columns for j in joins)
    if need := describe_need(weights, "weights", _WEIGHT_BYTES):
        remedy = "use fewer neurons, delays or maps, or a smaller kernel"
        raise SettingsError.at("network", f"has {need}", remedy)


def restore(graph: Graph, shape: NetworkSettings, steepness: float = 10.0) -> DelayNetwork:
    """Return the network that ``graph``, which a network of like settings gave, came from, with a weight for
    each of its delays.

    Trained positions have become whole steps by then: they stay, and weights and leaks can be trained on.
    All parameters of neurons are the graph's own; what float32 alters of them and of the weights is in the
    losses of the network.  The graph's framing says how its inputs lie; without one they lie in a row.
    Raises `GraphError` if the graph has other populations or projections than the settings describe.
    """
    ends = list(graph.populations.values())
    inputs = Grid(1, ends[0].size, 1) if graph.framing is None else Grid(*graph.framing.sheet)
    grids, joins = _plan(shape, inputs, ends[-1].size)
    neurons = _make_neurons(shape, grids, graph.step, steepness)
    GraphError.collect(_find_graph_problems(graph, neurons, joins))
    connections, altered = [], Losses()
    for join, projection in zip(joins, graph.projections, strict=True):
        grid = join.delays if isinstance(shape.delays, LevelDelays) else ()
        delays = tuple(sorted({*grid, *projection.delay.tolist()})) or (0,)
        levels = LevelWeights(join.connectivity, delays, generator=torch.Generator())
        altered += levels.load_projection(projection)
        connections.append(join.connect(levels))
    for name, n in neurons.items():
        altered += n.load_population(graph.populations[name], f"populations[{name!r}]")
    classes = graph.readout.classes if graph.readout else ()
    return _assemble(shape, grids, neurons, connections, graph.step, classes, altered)


def _assemble(
    shape: NetworkSettings,
    grids: Mapping[str, Grid],
    neurons: dict[str, Neurons],
    connections: list[Connection],
    step: float,
    classes: tuple[str, ...],
    altered: Losses | None = None,
) -> DelayNetwork:
    statistic = "spike_count" if shape.readout == "spikes" else "softmax_sum"
    readout = Readout("out", statistic, classes=classes)
    return DelayNetwork({"in": Input(grids["in"].size)}, neurons, connections, step, readout, altered=altered)


def _find_graph_problems(graph: Graph, neurons: dict[str, Neurons], joins: list[_Join]) -> Iterator[Problem]:
    """Find where ``graph`` is not a network that the settings describe."""
    remedy = "give the settings that it was trained with"
    wanted = [("in", "input"), *((name, n.population.kind) for name, n in neurons.items())]
    found = [(name, p.kind) for name, p in graph.populations.items()]
    if found != wanted:
        yield Problem("populations", f"are {_list(found)}, not {_list(wanted)}", remedy)
    else:
        for name, n in neurons.items():
            if graph.populations[name].size != n.features:
                yield Problem(
                    f"populations[{name!r}]",
                    f"has {graph.populations[name].size} neurons, not {n.features}",
                    remedy,
                )
    projections, expected = [p.name for p in graph.projections], [j.name for j in joins]
    if projections != expected:
        yield Problem("projections", f"are {', '.join(projections)}, not {', '.join(expected)}", remedy)
    statistic = "spike_count" if neurons["out"].population.spikes else "softmax_sum"
    if graph.readout is not None and replace(graph.readout, classes=()) != Readout("out", statistic):
        yield Problem(
            "readout", f"is {graph.readout}, not the {statistic} of 'out'", "use nn.from_graph(graph)"
        )
    if graph.arithmetic != type(graph.arithmetic).float64():
        yield Problem(
            "arithmetic", f"is {graph.arithmetic.name}", "give the graph from before it was quantized"
        )


def _list(populations: list[tuple[str, str]]) -> str:
    return ", ".join(f"{name} ({kind})" for name, kind in populations)


def _plan(shape: NetworkSettings, inputs: Grid, classes: int) -> tuple[dict[str, Grid], list[_Join]]:
    """Return how the neurons of every population lie, and every projection; a loop stands after the
    projection into its population.
    """
    grids, joins = {"in": inputs}, list[_Join]()
    source, grid = "in", inputs
    for i, layer in enumerate(shape.convolutions):
        name, connectivity = f"c{i + 1}", Convolution(grid, layer.maps, *layer.window(grid.height))
        if not connectivity.target.size:
            room = " x ".join(str(n + 2 * p) for n, p in zip(grid[:2], connectivity.padding, strict=True))
            raise SettingsError.at(
                f"network.convolutions.{i}",
                (
                    f"its window of {connectivity.kernel[0]} x {connectivity.kernel[1]} is larger than the "
                    f"{room} that it moves over, padding included"
                ),
                "a smaller kernel, more padding, or smaller strides before it",
            )
        joins.append(_Join(source, name, shape.delays.steps if layer.delayed else (0,), connectivity))
        source, grid = name, connectivity.target
        grids[name] = grid
    for name, size in {**{f"h{i}": n for i, n in enumerate(shape.hidden, 1)}, "out": classes}.items():
        delays = shape.input_delays if source == "in" else shape.delays.steps
        joins.append(_Join(source, name, delays, Dense(grid.size, size)))
        if shape.recurrent and name != "out":
            joins.append(_Join(name, name, shape.loop_delays, Dense(size, size)))
        source, grid = name, Grid(1, 1, size)
        grids[name] = grid
    return grids, joins


def _make_layer(join: _Join, shape: NetworkSettings, generator: torch.Generator, seed: int) -> DelayedLayer:
    """Return a layer with random weights, in the delay mode of the settings; a single delay leaves nothing to
    learn or to draw.
    """
    mode = shape.delays.mode if len(join.delays) > 1 else "levels"
    rows = join.connectivity.rows
    per_pair = min(shape.delays.synapses_per_pair, len(join.delays))  # a loop has one level less
    fan_in = rows * per_pair if shape.fan_in is None else min(shape.fan_in, rows)
    std = shape.gain / math.sqrt(fan_in)
    if mode in ("continuous_synapse", "continuous_axon"):
        layer: MaskedLayer = _draw_positions(join, shape, generator, std)
    else:
        layer = LevelWeights(join.connectivity, join.delays, std=std, generator=generator)
    if fan_in < rows * layer.shape[0]:
        layer.apply_mask(draw_synapses(layer.shape, fan_in, seed))
    return layer


def _draw_positions(
    join: _Join, shape: NetworkSettings, generator: torch.Generator, std: float
) -> PositionWeights:
    delays = shape.delays
    assert isinstance(delays, ContinuousDelays)  # the modes that `_make_layer` gives here
    return PositionWeights(
        join.connectivity,
        (min(join.delays[0], 1), join.delays[-1]),  # a loop takes at least 1 step
        count=delays.synapses_per_pair,
        per="synapse" if delays.mode == "continuous_synapse" else "axon",
        width=delays.width,
        interpolation=delays.interpolation,
        std=std,
        generator=generator,
    )


def _make_neurons(
    shape: NetworkSettings, grids: Mapping[str, Grid], step: float, steepness: float
) -> dict[str, Neurons]:
    surrogate = Surrogate(shape.surrogate, steepness)
    found: dict[str, Neurons] = {}
    for name, grid in list(grids.items())[1:]:
        leaks = _spread_leaks(shape, grid, step)
        leak = () if shape.leak == "none" else ("retain",)
        retain = 1.0 if shape.leak == "none" else PerMap(leaks)
        if name == "out" and shape.readout == "potential":
            found[name] = Integrator(grid.size, retain=retain, learn=leak)
            continue
        common: dict[str, Any] = {"retain": retain, "threshold": shape.threshold, "surrogate": surrogate}
        match shape.neuron:
            case "lif":
                found[name] = LIF(grid.size, **common, learn=leak)
            case "current_lif":
                current = torch.full_like(leaks, math.exp(-step / shape.current_time_constant))
                found[name] = CurrentLIF(
                    grid.size, **common, retain_current=PerMap(current), learn=(*leak, "retain_current")
                )
            case "adaptive_lif":
                trace = torch.full_like(leaks, math.exp(-step / shape.trace_time_constant))
                found[name] = AdaptiveLIF(
                    grid.size,
                    **common,
                    retain_trace=PerMap(trace),
                    adaptation=shape.adaptation,
                    learn=(*leak, "retain_trace"),
                )
    return found


def _spread_leaks(shape: NetworkSettings, grid: Grid, step: float) -> Tensor:
    """Return fractions kept per step, one per map, or one that all share; time constants evenly spread in the
    logarithm.
    """
    shortest, longest = (math.log(tau) for tau in shape.time_constants)
    place = torch.linspace(0, 1, grid.maps) if shape.leak in ("neuron", "map") else torch.full((1,), 0.5)
    kept = torch.exp(-step / torch.exp(shortest + place * (longest - shortest)))
    return kept.repeat(grid.size // grid.maps) if shape.leak == "neuron" else kept
