"""What a module computes, as populations joined by layers of synapses: read from its code by torch.fx, with
our layers as leaves.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import fx, nn

from delaycore.errors import GraphError, Problem
from delaycore.graph import Input
from delaycore.nn._delayed_layer import DelayedLayer
from delaycore.nn._network import Connection, DelayNetwork
from delaycore.nn._neurons import Neurons
from delaycore.nn._recurrent import Recurrent

__all__ = ["Trace", "trace", "unwrap"]

_COMPILED = "_orig_mod"
"""The name under which `torch.compile` keeps the module that it was given."""
_LAYERS = (DelayedLayer, Neurons, Recurrent, DelayNetwork)
_IDENTITIES = (nn.Identity, nn.Dropout, nn.Dropout1d, nn.AlphaDropout)
"""Modules that pass their input on in evaluation mode."""
_PASSING: tuple[object, ...] = (nn.functional.dropout, nn.functional.dropout1d, "contiguous", "clone")
_SUMS: tuple[object, ...] = (operator.add, operator.iadd, torch.add, "add", "add_")


@dataclass(frozen=True)
class _Sent:
    """Spikes (or potentials, of neurons that never fire) of the populations whose sum a value is."""

    populations: tuple[str, ...]


@dataclass(frozen=True)
class _Current:
    """Synaptic input: what layers make of the spikes of populations, as (source, path of the layer)."""

    parts: tuple[tuple[str, str], ...]


@dataclass
class Trace:
    """Populations and layers that a module is made of; ``outputs`` has the populations that it gives, in the
    structure of what it returns.
    """

    inputs: dict[str, Input] = field(default_factory=dict)
    neurons: dict[str, Neurons] = field(default_factory=dict)
    connections: list[Connection] = field(default_factory=list)
    outputs: Any = None
    batch_first: bool = False


def unwrap(module: nn.Module) -> nn.Module:
    """Return the module inside of what `torch.compile` or a data-parallel wrapper of torch made of it."""
    while True:
        if isinstance(module, nn.DataParallel | nn.parallel.DistributedDataParallel):
            inner = module.module
        else:
            inner = getattr(module, _COMPILED, None)
        if not isinstance(inner, nn.Module):
            return module
        module = inner


def _as_written(path: str) -> str:
    """Return the path that a module has before parts of it are compiled."""
    return ".".join(part for part in path.split(".") if part != _COMPILED)


class _Tracer(fx.Tracer):
    def call_module(self, m: nn.Module, forward: Any, args: Any, kwargs: Any) -> Any:  # its name in torch.fx
        inner = unwrap(m)
        return super().call_module(inner, forward if inner is m else inner.forward, args, kwargs)

    def path_of_module(self, mod: nn.Module) -> str:  # its name in torch.fx
        return _as_written(super().path_of_module(mod))

    def is_leaf_module(self, module: nn.Module, path: str) -> bool:  # its name in torch.fx
        return isinstance(module, _LAYERS) or super().is_leaf_module(module, path)


def trace(module: nn.Module) -> Trace:
    """Return what ``module`` computes in evaluation mode.

    Raises `GraphError` with everything that has no meaning in a Graph, each with the path of its module.
    """
    root = nn.Sequential(module) if isinstance(module, _LAYERS) else module
    try:
        graph = _Tracer().trace(root)
    except Exception as error:  # whatever the forward of a user's module raises for a stand-in
        raise GraphError.at(
            type(module).__name__,
            f"has a forward that cannot be followed ({error})",
            "let it call layers and add currents, without looking at values or shapes",
        ) from error
    for node in reversed(graph.nodes):
        if not node.users and node.op not in ("placeholder", "output"):
            graph.erase_node(node)  # what the module computes and does not use
    reading = _Reading(root)
    for node in graph.nodes:
        reading.read(node)
    return reading.finish()


class _Reading:
    """Reads node after node of a traced module; problems are collected."""

    def __init__(self, root: nn.Module) -> None:
        self.modules = {_as_written(path): unwrap(m) for path, m in root.named_modules()}
        self.values: dict[fx.Node, _Sent | _Current | None] = {}
        self.problems: list[Problem] = []
        self.found = Trace()
        self.called: set[str] = set()
        self.sizes: dict[str, int] = {}
        self.inputs: list[str] = []

    def read(self, node: fx.Node) -> None:
        """Take in one node; the values of those before it are known."""
        if node.op == "output":
            self.found.outputs = fx.node.map_arg(node.args[0], lambda n: self._output(n))
            return
        self.values[node] = self._value(node)

    def _value(self, node: fx.Node) -> _Sent | _Current | None:
        """Return what a node gives, or None after a problem."""
        if node.op == "placeholder":
            if not node.users:
                return None
            name = node.name
            while name in self.modules:
                name += "_"
            self.inputs.append(name)
            return _Sent((name,))
        if node.op == "call_module":
            return self._call(str(node.target), self.modules[str(node.target)], self._argument(node))
        if node.target in _PASSING:
            return self._argument(node)
        if node.target in _SUMS:
            return self._sum(node)
        what = (
            node.target
            if isinstance(node.target, str)
            else getattr(node.target, "__name__", str(node.target))
        )
        self._refuse(
            _place(node),
            f"{what!r} has no meaning in a Graph",
            "use layers of delaycore.nn, and add currents",
        )
        return None

    def _argument(self, node: fx.Node) -> _Sent | _Current | None:
        first = node.args[0] if node.args else next(iter(node.kwargs.values()), None)
        return self.values.get(first) if isinstance(first, fx.Node) else None

    def _call(self, path: str, module: nn.Module, given: _Sent | _Current | None) -> _Sent | _Current | None:
        if isinstance(module, _IDENTITIES):
            return given
        if path in self.called:
            self._refuse(path, "is called more than once", "give every population layers of its own")
            return None
        self.called.add(path)
        match module:
            case DelayedLayer():
                return self._connect(path, module, given)
            case Recurrent():
                made = self._add_population(path, module.neurons, given)
                self._join(path, path, module.synapses)
                return made
            case Neurons():
                return self._add_population(path, module, given)
        remedy = "use DelayedLinear(in_features, out_features)" if isinstance(module, nn.Linear) else ""
        self._refuse(
            path,
            f"is a {type(module).__name__}, which has no meaning in a Graph",
            remedy or "use layers of delaycore.nn, or fold it into the weights",
        )
        return None

    def _connect(self, path: str, layer: DelayedLayer, given: _Sent | _Current | None) -> _Current | None:
        if isinstance(given, _Current):
            self._refuse(path, "gets synaptic currents", "put neurons such as LIF before it")
        if not isinstance(given, _Sent):
            return None
        for name in given.populations:
            if name in self.found.neurons and not self.found.neurons[name].population.spikes:
                self._refuse(
                    path, f"gets potentials of {name!r}, which never fires", "project from one that does"
                )
            if self.sizes.setdefault(name, layer.in_features) != layer.in_features:
                self._refuse(
                    path,
                    f"takes {layer.in_features} features from {name!r}, which has {self.sizes[name]}",
                    "match the sizes",
                )
        return _Current(tuple((name, path) for name in given.populations))

    def _add_population(self, path: str, neurons: Neurons, given: _Sent | _Current | None) -> _Sent:
        if isinstance(given, _Sent):
            self._refuse(path, "gets spikes directly", "put synapses such as DelayedLinear before it")
        if isinstance(given, _Current):
            for source, layer in given.parts:
                self._join(source, path, self.modules[layer], layer)
        self.found.neurons[path], self.sizes[path] = neurons, neurons.features
        return _Sent((path,))

    def _join(self, source: str, target: str, layer: Any, path: str = "") -> None:
        name = f"{source}->{target}"
        while any(c.name == name for c in self.found.connections):
            name = f"{name} {path}"
        self.found.connections.append(Connection(source, target, layer, name))

    def _sum(self, node: fx.Node) -> _Sent | _Current | None:
        terms = [a for a in node.args if isinstance(a, fx.Node) or a != 0]  # sum() begins with 0
        values = [self.values.get(t) if isinstance(t, fx.Node) else None for t in terms]
        plain = not node.kwargs and all(isinstance(t, fx.Node) for t in terms)
        if plain and any(v is None for v in values):
            return None
        if plain and all(isinstance(v, _Current) for v in values):
            return _Current(tuple(part for v in values if isinstance(v, _Current) for part in v.parts))
        if plain and all(isinstance(v, _Sent) for v in values):
            return _Sent(tuple(name for v in values if isinstance(v, _Sent) for name in v.populations))
        self._refuse(
            _place(node),
            "adds what is not all currents or all spikes",
            "add currents to currents; a constant is the bias of neurons",
        )
        return None

    def _output(self, node: fx.Node) -> Any:
        value = self.values[node]
        if isinstance(value, _Current):
            self._refuse(_place(node), "is given out as a current", "end in neurons, such as Integrator")
        if isinstance(value, _Sent) and len(value.populations) > 1:
            self._refuse(_place(node), "gives out a sum of spikes", "give out the spikes of each population")
        return value.populations[0] if isinstance(value, _Sent) else None

    def _refuse(self, place: str, message: str, remedy: str) -> None:
        self.problems.append(Problem(place, message, remedy))

    def finish(self) -> Trace:
        """Return what was read.  Raises `GraphError` with every problem."""
        found = self.found
        for name in self.inputs:
            if name not in self.sizes:
                self._refuse(
                    name, "goes into no layer of synapses", "pass it through DelayedLinear, or leave it out"
                )
        order = {path: m.batch_first for path, m in self._layers()}
        if len(set(order.values())) > 1:
            self._refuse(
                next(path for path, first in order.items() if first),
                "is batch_first, and other layers are not",
                "give all layers the same",
            )
        if not found.neurons and not self.problems:
            self._refuse("module", "has no neurons of delaycore.nn", "end in neurons, such as Integrator")
        GraphError.collect(self.problems)
        found.batch_first = any(order.values())
        single = self.inputs[0] if len(self.inputs) == 1 else None
        if single is not None and "in" not in found.neurons:
            found.connections = [
                c._replace(source="in", name=_renamed(c, single)) if c.source == single else c
                for c in found.connections
            ]
            self.sizes["in"], self.inputs = self.sizes[single], ["in"]
        found.inputs = {name: Input(self.sizes[name]) for name in self.inputs}
        return found

    def _layers(self) -> Iterator[tuple[str, Any]]:
        for path in self.called:
            m = self.modules[path]
            if isinstance(m, DelayedLayer | Neurons | Recurrent):
                yield path, m.neurons if isinstance(m, Recurrent) else m


def _renamed(c: Connection, single: str) -> str:
    return c.name.replace(f"{single}->", "in->", 1)


def _place(node: fx.Node) -> str:
    """Return the path of the module in which a node stands."""
    stack = node.meta.get("nn_module_stack") or {}
    path = next(reversed(list(stack.keys())), "") if stack else ""
    return f"{path or 'forward'} ({node.name})"
