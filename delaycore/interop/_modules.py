"""Reading foreign modules by their class and attributes alone, so that no framework has to be imported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaycore.errors import ForeignError
from delaycore.interop._nesting import require_end

__all__ = ["Floats", "get_kind", "list_layers", "read_number", "spread", "to_array"]

Floats = NDArray[np.float64]

_REAL = "give real numbers that float64 holds"

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


def to_array(place: str, values: Any) -> Floats:
    """Copy a tensor, array or number at ``place`` into a float64 array.

    Raises `ForeignError` for what float64 does not hold: nothing at all, text, complex numbers, whole numbers
    beyond 2**53, and ragged lists.
    """
    if values is None:
        raise ForeignError.at(place, "is missing", "give real numbers; 0 or 1 where it should do nothing")
    try:
        if hasattr(values, "detach"):
            values = values.detach().cpu()
            values = (values.double() if values.is_floating_point() else values).numpy()
        array = np.asarray(values)
    except (TypeError, ValueError, RuntimeError) as error:  # numpy's and torch's
        raise ForeignError.at(place, f"is no array of numbers ({error})", _REAL) from None
    if array.dtype.kind not in "biuf" and array.size:
        raise ForeignError.at(place, f"holds {array.dtype}, not real numbers", _REAL)
    floats = np.array(array, dtype=np.float64)
    if array.dtype.kind in "iuf" and not _holds(array, floats):
        raise ForeignError.at(place, f"holds numbers of {array.dtype} that float64 may round", _REAL)
    return floats


def read_number(place: str, value: Any) -> float:
    """Read the one number at ``place``.  Raises `ForeignError` as `to_array` does, and for several."""
    given = to_array(place, value)
    if given.size != 1:
        raise ForeignError.at(place, f"holds {given.size} values", "give one number")
    return float(given.item())


def _holds(array: NDArray[Any], floats: Floats) -> bool:
    """Tell whether ``floats`` are the numbers of ``array``, of which they are a copy."""
    if array.dtype.kind == "f":
        return array.dtype.itemsize <= 8 or np.array_equal(array, floats, equal_nan=True)
    return not array.size or max(int(array.max()), -int(array.min())) <= 2**53


def spread(place: str, values: Any, size: int) -> Floats:
    """Broadcast a parameter that is given once, or for each of ``size`` neurons, to [size]."""
    given = to_array(place, values).ravel()
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
    yield from _walk("layers", layers, ())


def _walk(place: str, layers: Any, around: tuple[Any, ...]) -> Iterator[tuple[str, Any]]:
    """List the layers within ``layers``, which lie within the containers ``around``."""
    require_end(place, layers, around)
    for i, layer in enumerate(_open(layers) or ()):
        at = f"{place}[{i}]"
        if _open(layer) is None:
            yield at, layer
        else:
            yield from _walk(at, layer, (*around, layers))


def _open(layers: Any) -> Iterable[Any] | None:
    sequential = get_kind(layers) in ("torch.Sequential", "torch.ModuleList") or isinstance(
        layers, list | tuple
    )
    return list(layers) if sequential else None
