"""Parameters of NIR's nodes, and what they may be."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from delaycore.errors import Problem
from delaycore.interop._modules import Floats
from delaycore.interop._nir_nodes import PARAMETERS, Node
from delaycore.interop._nir_steps import Discretization

__all__ = ["find_parameter_problems", "read_parameters"]


def read_parameters(node: Node, channels: int) -> dict[str, Floats]:
    """Read the parameters of ``node``, each [channels]."""
    return {
        field: np.broadcast_to(node.values[field].ravel(), (channels,))
        for field in PARAMETERS.get(node.kind, ())
    }


def find_parameter_problems(name: str, node: Node, discretization: Discretization) -> Iterator[Problem]:
    """Yield a problem for each parameter of node ``name`` that is not finite, or a time that cannot be."""
    for field, values in node.values.items():
        place = f"nodes[{name!r}].{field}"
        if not values.size:
            continue  # a matter of channels
        if not np.isfinite(values).all():
            yield Problem(place, "holds values that are not finite", "look for a training that diverged")
        elif field.startswith("tau") and (values <= 0).any():
            message = f"must be positive, the smallest is {values.min():g} s"
            yield Problem(place, message, "seconds, not steps")
        elif field.startswith("tau") and not discretization.holds(values):
            yield Problem(
                place,
                f"of {values.min():g} s is shorter than the step of {discretization.step:g} s",
                "use a shorter step, or exponential",
            )
        elif field == "delay" and discretization.precedes_zero(values):
            message = f"must not be negative, the smallest is {values.min():g} s"
            yield Problem(place, message, "give seconds from 0 on")
        elif field == "delay" and discretization.exceeds_count(values):
            message = f"of {values.max():g} s is too many steps of {discretization.step:g} s to count"
            yield Problem(place, message, "check the unit: delays are in seconds")
