"""What a Graph cannot see of a layer: methods that a subclass or a user replaced, and hooks of torch.

A Graph is made of a layer's kernel and parameters.  A layer whose forward pass does something else would
become another network in silence, so it is refused.
"""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn

from delaycore.errors import Problem
from delaycore.nn._delayed_layer import DelayedLayer
from delaycore.nn._fixed_delays import FixedDelayLinear
from delaycore.nn._network import DelayNetwork
from delaycore.nn._neurons import RULES, Neurons, find_definer
from delaycore.nn._recurrent import Recurrent
from delaycore.nn._torch_hooks import COMPUTES_WEIGHTS

__all__ = ["SEALED", "find_hooks", "find_network_overrides", "find_overrides"]

SEALED: dict[type[nn.Module], tuple[str, ...]] = {
    DelayedLayer: ("forward", "current"),
    FixedDelayLinear: ("kernel", "exists"),
    Neurons: ("forward",),
    Recurrent: ("forward",),
}
"""Methods of our classes that a Graph takes for granted: those of derived classes would not be called."""


def find_hooks(path: str, module: nn.Module) -> Iterator[Problem]:
    """Find hooks of ``module`` that run in its forward pass, which no Graph has.

    Those of ``torch.nn.utils.prune`` and of its weight and spectral norm only compute weights, and are none
    of these.
    """
    before = [h for h in module._forward_pre_hooks.values() if not isinstance(h, COMPUTES_WEIGHTS)]
    if before or module._forward_hooks:
        yield Problem(
            path,
            "has a forward hook, which a Graph has no place for",
            "remove it (handle.remove()); what it records, return from forward",
        )


def find_overrides(path: str, module: nn.Module) -> Iterator[Problem]:
    """Find methods of a layer that are not those of its kind, and hooks of its parts, which are not called.

    A subclass with a kind of neurons of its own (``population``) may bring any method.
    """
    cls, replaced = type(module), vars(module)
    if "forward" in replaced:
        yield _refuse(path, "its forward was replaced", "define forward in a class")
    for base, names in SEALED.items():
        for name in names if isinstance(module, base) else ():
            owner = find_definer(cls, name)
            if name in replaced and name != "forward":
                yield _refuse(path, f"its {name!r} was replaced", f"use {cls.__name__} as it is")
            elif owner is not find_definer(base, name):
                above = owner.__mro__[1].__name__
                yield _refuse(
                    path,
                    f"{owner.__name__} overrides {name!r} of {above}",
                    f"use {above} as it is, and compute the rest outside the layer",
                )
    if isinstance(module, Neurons):
        yield from _find_changed_rules(path, module)
    if isinstance(module, Recurrent):
        yield from find_overrides(f"{path}.neurons", module.neurons)
        yield from find_overrides(f"{path}.synapses", module.synapses)
    for name, part in module.named_children():
        yield from find_hooks(f"{path}.{name}", part)


def find_network_overrides(network: DelayNetwork) -> Iterator[Problem]:
    """Find what `find_overrides` and `find_hooks` do in a network and in all its layers."""
    cls = type(network)
    if "forward" in vars(network) or find_definer(cls, "forward") is not DelayNetwork:
        yield _refuse(cls.__name__, "it overrides 'forward' of DelayNetwork", "use DelayNetwork as it is")
    yield from find_hooks(cls.__name__, network)
    parts: dict[str, nn.Module] = {f"populations[{n!r}]": m for n, m in network.neurons.items()}
    parts |= {f"projections[{c.name!r}]": c.layer for c in network.connections}
    for place, part in parts.items():
        yield from find_overrides(place, part)
        yield from find_hooks(place, part)


def _find_changed_rules(path: str, neurons: Neurons) -> Iterator[Problem]:
    """Find rules of neurons that are not those of their kind in the Graph."""
    cls = type(neurons)
    for name in RULES:
        owner = find_definer(cls, name)
        above = [b for b in owner.__mro__[1:] if getattr(b, "population", None) is cls.population]
        if above or name in vars(neurons):
            of = f" of {above[0].__name__}" if above else ""
            yield _refuse(
                path,
                f"{owner.__name__} overrides {name!r}{of}, and would become neurons of the kind "
                f"{cls.population.kind!r}",
                "give it a kind of its own: set `population` to one that you register",
            )


def _refuse(path: str, what: str, remedy: str) -> Problem:
    return Problem(path, f"computes something else than its Graph would: {what}", remedy)
