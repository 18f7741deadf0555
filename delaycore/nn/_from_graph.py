"""Graphs as modules: any population, any projection, with all the values that the graph has."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import singledispatch
from typing import Any

import torch

from delaycore._wording import guess_meant
from delaycore.errors import GraphError, Problem
from delaycore.graph import LIF as LIFPopulation  # noqa: N811  # a class, whatever its capitals
from delaycore.graph import AdaptiveLIF as AdaptiveLIFPopulation
from delaycore.graph import Arithmetic, Graph, Input, Population
from delaycore.graph import CurrentLIF as CurrentLIFPopulation
from delaycore.graph import Integrator as IntegratorPopulation
from delaycore.hardware import Losses
from delaycore.nn._adaptive_lif import AdaptiveLIF
from delaycore.nn._current_lif import CurrentLIF
from delaycore.nn._fixed_delays import FixedDelayLinear
from delaycore.nn._integrator import Integrator
from delaycore.nn._lif import LIF
from delaycore.nn._network import Connection, DelayNetwork
from delaycore.nn._network_problems import find_readout_problems
from delaycore.nn._neurons import Neurons
from delaycore.nn.functional import Surrogate

__all__ = ["from_graph", "neurons_of"]


def from_graph(
    graph: Graph,
    *,
    learn: Collection[str] | None = None,
    surrogate: Surrogate | None = None,
    dtype: torch.dtype | None = None,
) -> DelayNetwork:
    """Return ``graph`` as a network to train: the same populations, synapses, parameters and read-out.

    Every synapse has a weight of its own, and its delay stays.

    learn:     names of the neurons' parameters to train, such as ``("retain", "threshold")``, in the
               populations that have them; fractions kept per step unless given.
    surrogate: of a spike's derivative; a fast sigmoid of steepness 10 unless given.
    dtype:     of all numbers; torch's default unless given.  With float64 the module holds the graph exactly
               and makes its spikes; what float32 alters is in its `DelayNetwork.losses`.

    `delaycore.nn.to_graph` gives the graph back.  Raises `GraphError` with everything that a module cannot
    hold: an arithmetic that is not float64 (give the graph from before it was quantized), a kind of neurons
    without a layer (see `neurons_of`), potentials read from neurons that fire.

    >>> import delaycore as dc
    >>> from delaycore.nn import from_graph, to_graph
    >>> graph = dc.Graph.from_arrays([[[0.5, -0.25]], [[1.0], [0.75]]], [2, 0], retain=0.9, threshold=1.0)
    >>> network = from_graph(graph, dtype=torch.float64)
    >>> to_graph(network) == graph
    True
    """
    if not isinstance(graph, Graph):
        raise GraphError.at(
            "graph", f"must be a Graph, not {type(graph).__name__}", "delaycore.load reads one from a file"
        )
    held = dtype or torch.get_default_dtype()
    learn = (learn,) if isinstance(learn, str) else learn
    problems, altered = (
        [*_find_graph_problems(graph), *_find_unknown_parameters(graph, learn or ())],
        Losses(),
    )
    neurons: dict[str, Neurons] = {}
    for name, population in graph.populations.items():
        if isinstance(population, Input):
            continue
        try:
            learned = None if learn is None else tuple(n for n in learn if n in population.parameters())
            computing = neurons_of(population, learned, surrogate).to(held)
            computing.strict = population.spikes and graph.arithmetic.fires == ">"
            altered += computing.load_population(population, f"populations[{name!r}]")
            neurons[name] = computing
        except GraphError as error:
            problems += [
                Problem(f"populations[{name!r}]: {p.place}", p.message, p.remedy) for p in error.problems
            ]
    GraphError.collect(problems)
    connections = []
    for p in graph.projections:
        layer = FixedDelayLinear.from_synapses(
            graph.populations[p.source].size,
            graph.populations[p.target].size,
            p.pre,
            p.post,
            p.delay,
            p.weight,
            dtype=held,
        )
        rounded = layer.weight.detach().double().numpy()
        altered += (
            Losses.of("weight", "rounded", f"{p.place}.weight", p.weight, rounded) if len(p) else Losses()
        )
        connections.append(Connection(p.source, p.target, layer, p.name))
    inputs = {name: p for name, p in graph.populations.items() if isinstance(p, Input)}
    return DelayNetwork(
        inputs,
        neurons,
        connections,
        graph.step,
        graph.readout,
        graph.framing,
        order=graph.populations,
        altered=altered,
        arithmetic=graph.arithmetic,
    )


def _find_unknown_parameters(graph: Graph, learn: Collection[str]) -> Iterator[Problem]:
    """Find names of parameters that no population has."""
    computing = [p for p in graph.populations.values() if not isinstance(p, Input)]
    known = dict.fromkeys(name for p in computing for name in p.parameters())
    for name in learn:
        if name not in known:
            remedy = f"{guess_meant(name, known)}there are {', '.join(known)}"
            yield Problem("learn", f"no population has a parameter {name!r}", remedy)


def _find_graph_problems(graph: Graph) -> list[Problem]:
    """Find what no module can hold of a graph as a whole."""
    found = []
    plain = Arithmetic(name=graph.arithmetic.name, fires=graph.arithmetic.fires)
    if graph.arithmetic != plain:
        found.append(
            Problem(
                "arithmetic",
                f"is {graph.arithmetic.name!r}, and a module computes in float64",
                "give the graph from before it was quantized, and train it with delaycore.training.on_chip",
            )
        )
    if not graph.inputs:
        found.append(Problem("populations", "have no input", "give a graph with a population of kind input"))
    if len(graph.inputs) == len(graph.populations):
        found.append(
            Problem("populations", "have no neurons that compute", "give a graph with more than inputs")
        )
    if graph.readout is not None:
        fires = {n: p.spikes for n, p in graph.populations.items() if n not in graph.inputs}
        found += find_readout_problems(graph.readout, fires)
    return found


@singledispatch
def neurons_of(
    population: Population, learn: Collection[str] | None = None, surrogate: Surrogate | None = None
) -> Neurons:
    """Return a layer of neurons of the kind of ``population``, with its parameters.

    A plugin with a kind of its own registers how its layer, a `delaycore.nn.Neurons`, is made::

        @neurons_of.register
        def _(population: MyKind, learn=None, surrogate=None):
            return MyNeurons(population.size, retain=population.retain, ...)

    Raises `GraphError` for a kind without a layer.
    """
    raise GraphError.at(
        population.kind, "has no layer to train", "register one with delaycore.nn.neurons_of, in the plugin"
    )


def _make(
    layer: Any, population: Population, learn: Collection[str] | None, surrogate: Surrogate | None
) -> Neurons:
    arguments = {name: getattr(population, name) for name in population.parameters()}
    arguments |= {n: getattr(population, n) for n in ("refractory", "reset") if hasattr(population, n)}
    if learn is not None:
        arguments["learn"] = learn
    if population.spikes:
        arguments["surrogate"] = surrogate
    neurons: Neurons = layer(population.size, start=population.start, **arguments)
    return neurons


@neurons_of.register
def _(
    population: LIFPopulation, learn: Collection[str] | None = None, surrogate: Surrogate | None = None
) -> Neurons:
    return _make(LIF, population, learn, surrogate)


@neurons_of.register
def _(
    population: CurrentLIFPopulation, learn: Collection[str] | None = None, surrogate: Surrogate | None = None
) -> Neurons:
    return _make(CurrentLIF, population, learn, surrogate)


@neurons_of.register
def _(
    population: AdaptiveLIFPopulation,
    learn: Collection[str] | None = None,
    surrogate: Surrogate | None = None,
) -> Neurons:
    return _make(AdaptiveLIF, population, learn, surrogate)


@neurons_of.register
def _(
    population: IntegratorPopulation, learn: Collection[str] | None = None, surrogate: Surrogate | None = None
) -> Neurons:
    return _make(Integrator, population, learn, surrogate)
