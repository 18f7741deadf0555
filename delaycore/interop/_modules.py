"""Reading foreign modules by their class and attributes alone, so that no framework has to be imported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaycore.errors import ForeignError

__all__ = ["Floats", "get_kind", "list_layers", "spread", "to_array"]

Floats = NDArray[np.float64]

_HOMES = (
    "torch.nn.modules.",
    "snntorch._neurons.",
    "spikingjelly.activation_based.layer.",
    "spikingjelly.activation_based.neuron.",
    "DCLS.construct.modules",
)


def get_kind(module: object) -> str:
    """Name the package and class of a module, such as ``torch.Linear``, or the full name of another class.

    The exact class counts: a subclass may compute something else.
    """
    cls = type(module)
    home = next((home for home in _HOMES if cls.__module__.startswith(home)), None)
    return f"{home.partition('.')[0]}.{cls.__name__}" if home else f"{cls.__module__}.{cls.__qualname__}"


def to_array(values: Any) -> Floats:
    """Copy a tensor, array or number into a float64 array; float32 and bfloat16 are subsets of float64."""
    if hasattr(values, "detach"):
        values = values.detach().double().cpu().numpy()
    return np.array(values, dtype=np.float64)


def spread(place: str, values: Any, size: int) -> Floats:
    """Broadcast a parameter that is given once, or for each of ``size`` neurons, to [size]."""
    given = to_array(values).ravel()
    if given.size not in (1, size):
        raise ForeignError.at(
            place, f"holds {given.size} values for {size} neurons", "give one, or one per neuron"
        )
    return np.broadcast_to(given, (size,)).copy()


def list_layers(layers: Any) -> Iterator[tuple[str, Any]]:
    """List the layers of a feed-forward network in order, each with its place.

    Containers that only apply one after the other are opened.
    """
    if _open(layers) is None:
        raise ForeignError.at(
            "layers",
            f"a {get_kind(layers)} does not say in which order it applies its layers",
            "give a torch.nn.Sequential or a list, such as [net.fc1, net.lif1, net.fc2, net.lif2]",
        )
    yield from _walk("layers", layers)


def _walk(place: str, layers: Any) -> Iterator[tuple[str, Any]]:
    for i, layer in enumerate(_open(layers) or ()):
        at = f"{place}[{i}]"
        if _open(layer) is None:
            yield at, layer
        else:
            yield from _walk(at, layer)


def _open(layers: Any) -> Iterable[Any] | None:
    sequential = get_kind(layers) in ("torch.Sequential", "torch.ModuleList") or isinstance(
        layers, list | tuple
    )
    return list(layers) if sequential else None
