"""What a module computes, as populations joined by layers of synapses: read from the calls in its forward."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import fx, nn
from torch.utils._pytree import tree_map

from delaycore._shown import show_line
from delaycore.errors import GraphError, Problem
from delaycore.graph import Input
from delaycore.nn._delayed_layer import DelayedLayer
from delaycore.nn._network import Connection
from delaycore.nn._neurons import Neurons
from delaycore.nn._overrides import find_overrides
from delaycore.nn._recurrent import Recurrent
from delaycore.nn._symbolic import IN_OTHER_ARITHMETIC, follow, is_in_place
from delaycore.nn._wrappers import OtherArithmetic

__all__ = ["Output", "Trace", "trace"]

_IDENTITIES = (
    nn.Identity,
    nn.Dropout,
    nn.Dropout1d,
    nn.Dropout2d,
    nn.Dropout3d,
    nn.AlphaDropout,
    nn.FeatureAlphaDropout,
)
"""Modules that pass their input on in evaluation mode."""
_DROPOUTS: tuple[object, ...] = (nn.functional.dropout, nn.functional.dropout1d)
_PASSING: tuple[object, ...] = ("contiguous", "clone", torch.clone)
_SUMS: tuple[object, ...] = (operator.add, operator.iadd, torch.add, "add", "add_")
_REMEDIES: dict[str, str] = {
    **dict.fromkeys(("sub", "isub", "sub_", "neg"), "add the currents, and negate the weights of the layer"),
    **dict.fromkeys(
        ("mul", "imul", "mul_", "truediv", "div", "div_"), "scale the weights of the layer instead"
    ),
    **dict.fromkeys(
        ("getitem", "unbind", "select", "stack", "cat", "zeros_like", "new_zeros"),
        "layers run over all steps themselves: pass them the whole [steps, batch, features], without a loop",
    ),
    **dict.fromkeys(
        ("detach", "detach_"),
        "it stops gradients, of which a Graph has none, and on a chip they would pass: freeze the layers "
        "before it with requires_grad_(False)",
    ),
    **dict.fromkeys(
        ("to", "float", "double", "half", "bfloat16"), "bring the input to the type of the layers first"
    ),
    **dict.fromkeys(
        ("transpose", "permute", "swapaxes", "reshape", "view", "squeeze", "unsqueeze", "flatten"),
        "give layers the shape that they take; there is batch_first=True",
    ),
}
"""Remedies by the name of a function of torch."""


@dataclass(frozen=True)
class _Sent:
    """Spikes (or potentials, of neurons that never fire) of the populations whose sum a value is."""

    populations: tuple[str, ...]


@dataclass(frozen=True)
class _Current:
    """Synaptic input: what layers make of the spikes of populations, as (source, path of the layer)."""

    parts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Output:
    """Placeholder of a population's output in the value that a module returns."""

    population: str

    __repr__ = show_line


@dataclass
class Trace:
    """Populations and layers that a module is made of; ``outputs`` is what it returns, an `Output` in the
    place of each tensor.
    """

    inputs: dict[str, Input] = field(default_factory=dict)
    neurons: dict[str, Neurons] = field(default_factory=dict)
    connections: list[Connection] = field(default_factory=list)
    outputs: Any = None
    batch_first: bool = False


def trace(module: nn.Module) -> Trace:
    """Return what ``module`` computes in evaluation mode.

    Raises `GraphError` with everything that has no meaning in a Graph, each with the path of its module.
    """
    graph, modules, hooks = follow(module)
    reading = _Reading(modules, hooks)
    for node in graph.nodes:
        reading.read(node)
    return reading.finish()


class _Reading:
    """Reads node after node of a traced module; problems are collected."""

    def __init__(self, modules: dict[str, nn.Module], problems: list[Problem]) -> None:
        self.modules, self.problems = modules, problems
        self.values: dict[fx.Node, _Sent | _Current | None] = {}
        self.found = Trace()
        self.called: set[str] = set()
        self.sizes: dict[str, int] = {}
        self.inputs: list[str] = []
        self.refused: set[str] = set()  # populations that go into something that was refused

    def read(self, node: fx.Node) -> None:
        """Take in one node; the values of those before it are known."""
        if node.op == "output":
            self.found.outputs = fx.node.map_arg(node.args[0], lambda n: self._output(n))
            return
        self.values[node] = value = self._value(node)
        if value is None:
            given = [self.values.get(source) for source in node.all_input_nodes]
            self.refused |= {name for v in given if isinstance(v, _Sent) for name in v.populations}

    def _value(self, node: fx.Node) -> _Sent | _Current | None:
        """Return what a node gives, or None after a problem."""
        if node.op == "placeholder":
            return self._add_input(node) if node.users else None
        if is_in_place(node, self.modules) and any(len(n.users) > 1 for n in node.all_input_nodes[:1]):
            self._refuse(
                _place(node), "changes in place what is used elsewhere", "use what it returns, such as a + b"
            )
            return None
        if node.op == "call_module":
            return self._call(node, str(node.target))
        if node.target in _PASSING or (node.target in _DROPOUTS and not node.kwargs.get("training", True)):
            return self._argument(node)
        if node.target in _SUMS:
            return self._sum(node)
        self._refuse_function(node)
        return None

    def _add_input(self, node: fx.Node) -> _Sent:
        name = str(node.target)
        while name in self.modules:
            name += "_"
        self.inputs.append(name)
        return _Sent((name,))

    def _refuse_function(self, node: fx.Node) -> None:
        target = node.target
        name = target if isinstance(target, str) else getattr(target, "__name__", str(target))
        if node.op == "get_attr":
            if all(user.op == "call_module" for user in node.users):
                return  # its layer is refused for it
            self._refuse(
                name,
                "is a parameter or a buffer that is used outside of layers",
                "a constant that is added is the bias of neurons; other numbers belong into layers",
            )
        elif target in _DROPOUTS:
            self._refuse(
                _place(node), "drops spikes in evaluation mode too", "give it training=self.training"
            )
        else:
            self._refuse(
                _place(node),
                f"{name!r} has no meaning in a Graph",
                _REMEDIES.get(name, "use layers of delaycore.nn, and add currents"),
            )

    def _argument(self, node: fx.Node) -> _Sent | _Current | None:
        first = node.args[0] if node.args else next(iter(node.kwargs.values()), None)
        return self.values.get(first) if isinstance(first, fx.Node) else None

    def _call(self, node: fx.Node, path: str) -> _Sent | _Current | None:
        module, given = self.modules[path], self._argument(node)
        overrides = list(find_overrides(path, module))
        self.problems += overrides
        if isinstance(module, _IDENTITIES):
            return None if overrides else given
        if isinstance(module, OtherArithmetic):
            self._refuse(path, *IN_OTHER_ARITHMETIC)
            return None
        if not isinstance(module, DelayedLayer | Recurrent | Neurons):
            self._refuse(
                path,
                f"is a {type(module).__name__}, which has no meaning in a Graph",
                "use DelayedLinear(in_features, out_features)"
                if isinstance(module, nn.Linear)
                else "use layers of delaycore.nn, or fold it into the weights",
            )
            return None
        if len(node.args) + len(node.kwargs) != 1 or not node.all_input_nodes:
            self._refuse(
                path,
                f"is called with {', '.join(map(str, (*node.args, *node.kwargs.values()))) or 'nothing'}",
                "give it one tensor of all steps, which the module was given or a layer made; neurons keep "
                "their state themselves",
            )
            return None
        if path in self.called:
            self._refuse(
                path,
                "is called more than once",
                "give every population layers of its own; a layer runs over all steps in one call",
            )
            return None
        self.called.add(path)
        match module:
            case DelayedLayer():
                return self._connect(path, module, given)
            case Recurrent():
                made = self._add_population(path, module.neurons, given)
                self._join(path, path, module.synapses)
                return made
        return self._add_population(path, module, given)

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
        return Output(value.populations[0]) if isinstance(value, _Sent) else None

    def _refuse(self, place: str, message: str, remedy: str) -> None:
        self.problems.append(Problem(place, message, remedy))

    def finish(self) -> Trace:
        """Return what was read.  Raises `GraphError` with every problem."""
        found = self.found
        for name in self.inputs:
            if name not in self.sizes and name not in self.refused:
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
            found.outputs = tree_map(lambda o: Output("in") if o == Output(single) else o, found.outputs)
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
