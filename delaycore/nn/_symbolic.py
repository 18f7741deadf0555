"""A module's forward as a graph of torch.fx: which layers it calls, in evaluation mode, with our layers as
leaves.
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable
from typing import Any

from torch import fx, nn

from delaycore.errors import GraphError, Problem
from delaycore.nn._delayed_layer import DelayedLayer
from delaycore.nn._module_names import name_modules
from delaycore.nn._network import DelayNetwork
from delaycore.nn._neurons import Neurons
from delaycore.nn._overrides import find_hooks
from delaycore.nn._recurrent import Recurrent
from delaycore.nn._wrappers import OtherArithmetic, evaluate, unwrap

__all__ = ["IN_OTHER_ARITHMETIC", "follow", "is_in_place"]

IN_OTHER_ARITHMETIC = (
    "computes in the arithmetic of a chip, and a Graph is made of what was trained",
    "give the module that it was made of: its .module",
)
_IN_PLACE = tuple(
    getattr(operator, f"i{name}")
    for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor")
)

_LAYERS = (DelayedLayer, Neurons, Recurrent, DelayNetwork)


def follow(module: nn.Module) -> tuple[fx.Graph, dict[str, nn.Module], list[Problem]]:
    """Return the calls in the forward of ``module``, its modules by path, and its hooks as problems.

    Arguments with a default keep it: they are no inputs.  Every module has its own mode again afterwards.
    Raises `GraphError` for a forward that cannot be followed.
    """
    given = unwrap(module)
    if isinstance(given, OtherArithmetic):
        raise GraphError.at(type(given).__name__, *IN_OTHER_ARITHMETIC)
    root = nn.Sequential(given) if isinstance(given, _LAYERS) else given
    modules = name_modules(root)
    tracer = _Tracer({inner: path for path, inner in modules.items()})
    place = type(given).__name__
    if "forward" in vars(root):
        raise GraphError.at(place, "has a forward that was replaced", "define forward in its class")
    try:
        with evaluate(root):
            graph = tracer.trace(root)
    except Exception as error:  # whatever the forward of a user's module raises for a stand-in
        raise GraphError.at(
            place,
            f"has a forward that cannot be followed ({error})",
            "let it call layers and add currents, without looking at values or shapes; layers run over all "
            "steps themselves, so leave out a loop over steps",
        ) from error
    _erase_unused(graph, modules)
    return graph, modules, [*find_hooks(place, root), *tracer.hooks]


class _Tracer(fx.Tracer):
    """Follows a forward; the names of its methods are those of torch.fx."""

    def __init__(self, paths: dict[nn.Module, str]) -> None:
        super().__init__()
        self.paths, self.hooks = paths, list[Problem]()

    def is_leaf_module(self, module: nn.Module, path: str) -> bool:
        return isinstance(module, (*_LAYERS, OtherArithmetic)) or super().is_leaf_module(module, path)

    def path_of_module(self, module: nn.Module) -> str:
        return self.paths[module] if module in self.paths else super().path_of_module(module)

    def call_module(
        self, module: nn.Module, forward: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        inner = unwrap(module)
        if inner is not module:
            return inner(*args, **kwargs)  # comes here again
        self.hooks += find_hooks(self.path_of_module(module), module)
        return super().call_module(module, forward, args, kwargs)

    def create_args_for_root(
        self, forward: Callable[..., Any], is_module: bool, concrete_args: Any = None
    ) -> tuple[Any, list[Any]]:
        called, made = super().create_args_for_root(forward, is_module, concrete_args)
        parameters = inspect.signature(inspect.unwrap(forward)).parameters
        rest: dict[str, Any] = {"*" + n: () for n, p in parameters.items() if p.kind is p.VAR_POSITIONAL}
        rest |= {"**" + n: {} for n, p in parameters.items() if p.kind is p.VAR_KEYWORD}
        defaults = {n: p.default for n, p in parameters.items() if p.default is not p.empty} | rest
        kept = [defaults.get(str(a.node.target), a) if isinstance(a, fx.Proxy) else a for a in made]
        return called, kept


def _erase_unused(graph: fx.Graph, modules: dict[str, nn.Module]) -> None:
    """Erase what a module computes and does not use, unless it changes in place what is used elsewhere."""
    for node in reversed(graph.nodes):
        if node.users or node.op in ("placeholder", "output"):
            continue
        if all(len(source.users) == 1 for source in node.all_input_nodes) or not is_in_place(node, modules):
            graph.erase_node(node)


def is_in_place(node: fx.Node, modules: dict[str, nn.Module]) -> bool:
    """Tell whether a call changes its argument: by torch's naming, or by an option that says so."""
    if node.op == "call_module":
        return bool(getattr(modules[str(node.target)], "inplace", False))
    if bool(node.kwargs.get("inplace")) or "out" in node.kwargs or node.target in _IN_PLACE:
        return True
    name = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", "")
    of_python = getattr(node.target, "__module__", "") == operator.add.__module__
    return not of_python and name.endswith("_") and not name.endswith("__")
