"""Parameters of NIR's nodes: which a kind has, and what they may be."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from delaycore.errors import Problem
from delaycore.interop._modules import Floats, to_array
from delaycore.interop._nir_flatten import Node
from delaycore.interop._nir_steps import Discretization

__all__ = ["CONNECTIONS", "NEURONS", "PARAMETERS", "WEIGHTED", "find_parameter_problems", "read_parameters"]

NEURONS = ("Input", "LIF", "CubaLIF", "IF", "LI", "I", "Threshold")
"""Kinds that become populations."""

CONNECTIONS = ("Linear", "Affine", "Scale", "Delay", "Flatten", "Identity", "Output")
"""Kinds that lie on the ways between populations."""

WEIGHTED = ("Linear", "Affine")
"""Those of them with a matrix, which may change the number of channels."""

PARAMETERS = {
    "LIF": ("tau", "r", "v_leak", "v_threshold", "v_reset"),
    "CubaLIF": ("tau_syn", "tau_mem", "r", "v_leak", "v_threshold", "v_reset", "w_in"),
    "IF": ("r", "v_threshold", "v_reset"),
    "LI": ("tau", "r", "v_leak"),
    "I": ("r",),
    "Threshold": ("threshold",),
    "Scale": ("scale",),
    "Delay": ("delay",),
}
"""Parameters that a kind has once, or for each channel."""


def read_parameters(node: Node, channels: int) -> dict[str, Floats]:
    """Read the parameters of ``node``, each [channels]; None stands for zeros."""
    return {
        field: np.broadcast_to(_read(node, field), (channels,)) for field in PARAMETERS.get(node.kind, ())
    }


def find_parameter_problems(name: str, node: Node, discretization: Discretization) -> Iterator[Problem]:
    """Yield a problem for each parameter of node ``name`` that is not finite, or a time that cannot be."""
    for field in PARAMETERS.get(node.kind, ()):
        place, values = f"nodes[{name!r}].{field}", _read(node, field)
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


def _read(node: Node, field: str) -> Floats:
    values = getattr(node.values, field)
    return np.zeros(1) if values is None else to_array(values).ravel()
