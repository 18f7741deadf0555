"""A NIR graph with Delay nodes as a Graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from delaycore._wording import pluralize
from delaycore.errors import ForeignError
from delaycore.graph import Arithmetic, Graph, Input, Integrator, Population, Projection, Readout
from delaycore.hardware import Losses
from delaycore.interop._always_on import ConstantInput, add_constant_inputs
from delaycore.interop._modules import Floats, read_number
from delaycore.interop._names import name_populations, name_projections
from delaycore.interop._nir_channels import count_channels
from delaycore.interop._nir_checks import check_nodes, check_paths, is_sum
from delaycore.interop._nir_flatten import FlatGraph, flatten, is_graph
from delaycore.interop._nir_loops import delay_feedback
from delaycore.interop._nir_neurons import Neurons, read_neurons
from delaycore.interop._nir_nodes import NEURONS
from delaycore.interop._nir_parameters import read_parameters
from delaycore.interop._nir_paths import Bias, Path, PathFinder
from delaycore.interop._nir_steps import Discretization, Method, RUnit, check_choices
from delaycore.interop._problems import ProblemList
from delaycore.interop._times import round_delays
from delaycore.memory import require_memory

__all__ = ["from_nir"]

_CHANNEL = 128
"""Bytes of the parameters of a channel while they are read."""


@np.errstate(over="ignore", invalid="ignore")  # what no float holds becomes infinite, and is refused
def from_nir(
    network: Any,
    *,
    step: float | None = None,
    method: Method = "euler",
    r_unit: RUnit | None = None,
    readout: Readout | None = None,
) -> tuple[Graph, Losses]:
    """Read a `nir.NIRGraph` as a Graph: Input, LIF, CubaLIF, IF, LI, I and Threshold nodes joined by Linear,
    Affine, Scale and Delay nodes.

    step:    seconds of a step; NIR has none, so it is needed unless the graph's metadata holds a ``step``, as
             `to_nir` writes it.
    method:  how equations become steps: ``"euler"``, ``retain = 1 - step / tau``, or ``"exponential"``,
             ``retain = exp(-step / tau)``.
    r_unit:  what r of IF and I counts per, whose equation ``dv/dt = r * I`` has no time constant:
             ``"per_step"``, ``v += r * I``, or ``"per_second"``, ``v += step * r * I``.  Unless given, r
             counts per second where it is 1 / step, as SpikingJelly writes it, and else per step, as Norse,
             sinabs and others do, which is in the losses as converted.
    readout: how an answer is read, which NIR does not say.

    Populations are called as the nodes are, with ``.`` for ``/`` and underscores after it where another has
    that name; nodes of an inner graph ``block`` are ``block.lif``.  Parameters of size 1 hold for all
    neurons.  All ways from one population to another become one projection.  Delays are rounded to steps,
    and a loop of populations without a delay gets a step on the way back; both are in the losses.  A bias
    that goes through a current or a delay becomes synapses of a neuron that fires in every step, which are
    in the losses as added.  Neurons fire strictly above the threshold.  A weighted sum that goes to an
    Output without neurons becomes an `Integrator` that keeps nothing.  Raises `ForeignError` with all nodes,
    parameters and ways that a Graph cannot say.
    """
    if not is_graph(network):
        raise ForeignError.at(
            "network", f"a {type(network).__name__} is no NIRGraph", "read a file with nir.read first"
        )
    problems = ProblemList()
    with problems.gather():
        check_choices(method, r_unit)
    discretization = Discretization(_find_step(network, step, problems), method, r_unit)
    graph = flatten(network, problems)
    check_nodes(graph, discretization, problems)
    check_paths(graph, problems)
    channels = count_channels(graph, problems)
    problems.raise_any()
    neurons = sum(channels.values())
    require_memory(
        "network",
        {f"parameters of {pluralize(neurons, 'channel')}": _CHANNEL * neurons},
        "read a smaller network",
    )
    reading = _read_nodes(graph, channels, discretization)
    finder = PathFinder(graph, reading.parameters)
    finder.check_numbers({node: neurons.size for node, neurons in reading.neurons.items()}, problems)
    problems.raise_any()
    return _build_graph(finder, reading, discretization.step, readout)


def _find_step(network: Any, step: float | None, problems: ProblemList) -> float:
    """Find the seconds of a step, as given or in the metadata; nan, and a problem, where they are unknown."""
    if step is None:
        metadata = getattr(network, "metadata", None)
        step = metadata.get("step") if isinstance(metadata, Mapping) else None
    if step is None:
        problems.add("step", "is not in the NIR graph, which is in seconds", "give step=, such as 1e-3")
        return np.nan
    try:
        seconds = read_number("step", step)
    except ForeignError:
        seconds = np.nan
    if not 0 < seconds < np.inf:
        message = f"must be a positive number of seconds, not {step!r}"
        problems.add("step", message, "milliseconds are 1e-3")
        return np.nan
    return seconds


@dataclass(frozen=True)
class _Reading:
    """What was read of a graph's nodes: neurons, and parameters of nodes between them."""

    neurons: dict[str, Neurons]
    parameters: dict[str, Mapping[str, Floats]]
    losses: Losses


def _read_nodes(graph: FlatGraph, channels: Mapping[str, int], discretization: Discretization) -> _Reading:
    neurons: dict[str, Neurons] = {}
    parameters: dict[str, Mapping[str, Floats]] = {}
    losses: list[Losses] = []
    sources = graph.list_sources()
    for name, node in graph.nodes.items():
        if node.kind in NEURONS:
            neurons[name], lost = read_neurons(name, node, channels[name], discretization)
            losses.append(lost)
        elif is_sum(graph, sources, name):
            neurons[name] = _make_sum(channels[name])
        else:
            parameters[name] = read_parameters(node, channels[name])
    return _Reading(neurons, parameters, Losses.join(losses))


def _make_sum(size: int) -> Neurons:
    """Make a weighted sum that is an output: what arrives is the potential."""
    return Neurons(size, lambda bias: Integrator(size, retain=0.0, bias=bias), np.ones(size))


def _build_graph(
    finder: PathFinder, reading: _Reading, step: float, readout: Readout | None
) -> tuple[Graph, Losses]:
    names = name_populations(reading.neurons)
    rank = {node: i for i, node in enumerate(reading.neurons)}
    losses = [reading.losses]
    populations: dict[str, Population] = {}
    projections: list[Projection] = []
    constants: list[ConstantInput] = []
    for node, target in reading.neurons.items():
        ways = finder.find(node, target.size)
        bias, held_back, lost = _add_biases(
            names[node], target, [way for way in ways if isinstance(way, Bias)], step
        )
        populations[names[node]] = target.make(bias)
        constants += held_back
        losses.append(lost)
        paths: dict[str, list[Path]] = {}
        for way in ways:
            if isinstance(way, Path):
                paths.setdefault(way.source, []).append(way)
        for source in sorted(paths, key=rank.__getitem__):
            projection, lost = _join(names[source], names[node], paths[source], target.gain, step)
            projections += [projection] if len(projection) else []
            losses.append(lost)
    inputs = [name for name, population in populations.items() if isinstance(population, Input)]
    projections, delayed = delay_feedback(inputs, populations, name_projections(projections))
    populations, always_on, added = add_constant_inputs(populations, constants)
    whole = Graph(step, populations, [*projections, *always_on], readout, Arithmetic(fires=">"))
    return whole, Losses.join([*losses, delayed, added])


def _add_biases(
    name: str, target: Neurons, biases: list[Bias], step: float
) -> tuple[Floats, list[ConstantInput], Losses]:
    """Add up the bias of population ``name``, in its node's units, and list what of it no bias can say."""
    sum_now, held_back, losses = np.zeros(target.size), [], Losses()
    for bias in biases:
        delay, lost = round_delays(f"populations[{name!r}].bias", bias.seconds, step)
        now = (delay == 0) & target.takes_bias
        sum_now += np.where(now, bias.values, 0.0)
        post = np.flatnonzero(~now & (bias.values != 0))
        held_back.append(ConstantInput(name, post, bias.values[post] * target.gain[post], delay[post]))
        losses += lost
    return sum_now, held_back, losses


def _join(
    source: str, target: str, paths: list[Path], gain: Floats, step: float
) -> tuple[Projection, Losses]:
    """Join all ways from one population to another, in the order of the graph's edges."""
    pre, post, weight, seconds = (
        np.concatenate(column) for column in zip(*(path.list_synapses() for path in paths), strict=True)
    )
    delay, losses = round_delays(f"projections['{source}->{target}'].delay", seconds, step)
    return Projection(source, target, pre, post, weight * gain[post], delay), losses
