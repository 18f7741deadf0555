"""Nodes of NIR by their kind, with their parameters as real numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from delaycore.errors import ForeignError
from delaycore.interop._modules import Floats, to_array
from delaycore.interop._problems import ProblemList

__all__ = ["CONNECTIONS", "NEURONS", "PARAMETERS", "WEIGHTED", "Node", "read_node"]

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

_WEIGHTS = {"Linear": ("weight",), "Affine": ("weight", "bias")}
_SHAPED = {"Input": "input_type", "Output": "output_type", "Identity": "input_type", "Flatten": "input_type"}
_MOST = 2**31  # neurons of a population


@dataclass(frozen=True)
class Node:
    """A node of NIR.

    kind:     such as ``LIF``.  The Input and Output nodes of an inner graph are of kind ``Identity``: what
              arrives at the one goes on within, and what arrives at the other goes on outside.
    values:   its parameters, each of its own shape; without those that could not be read.
    channels: how many pass, of a node that only says a shape; None if it says none.
    """

    kind: str
    values: Mapping[str, Floats]
    channels: int | None = None


def read_node(place: str, given: Any, problems: ProblemList) -> Node:
    """Read a node at ``place``; note in ``problems`` each parameter that is missing or no real number."""
    kind = type(given).__name__
    values: dict[str, Floats] = {}
    for field in (*PARAMETERS.get(kind, ()), *_WEIGHTS.get(kind, ())):
        value = getattr(given, field, None)
        if value is None and field == "v_reset":
            value = 0.0  # nir's own default
        with problems.gather():
            values[field] = to_array(f"{place}.{field}", value)
    channels = None
    if kind in _SHAPED:
        with problems.gather():
            channels = _read_channels(f"{place}.{_SHAPED[kind]}", getattr(given, _SHAPED[kind], None))
    return Node(kind, values, channels)


def _read_channels(place: str, types: Any) -> int | None:
    """Read how many channels a shape has, the first of ``types``."""
    shape = next(iter(types.values()), None) if isinstance(types, Mapping) else types
    if shape is None:
        return None
    sizes = to_array(place, shape)
    if (sizes < 1).any() or (sizes != np.rint(sizes)).any() or not sizes.prod() < _MOST:
        message = f"must be a shape of fewer than {_MOST:,} channels, not {shape!r:.80}"
        raise ForeignError.at(place, message, "give whole numbers from 1 on")
    return int(sizes.prod())
