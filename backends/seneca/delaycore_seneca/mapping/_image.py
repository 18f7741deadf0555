"""The memories of the chip as arrays: layers in, bit patterns out, and back again.

Arrays of a layer are named ``core/slice/...``.  Numbers are bfloat16 patterns in uint16; `_synapse_memory`
says how weights lie.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaycore.delay_memory import PruningFilter
from delaycore.errors import FileError
from delaycore.graph import Population, Spiking, kinds
from delaycore.hardware import Image, Placement, Slice, store_exactly
from delaycore_seneca.mapping._kernels import list_parameters
from delaycore_seneca.mapping._layer import Layer
from delaycore_seneca.mapping._synapse_memory import read_fan, write_fan
from delaycore_seneca.numbers import decode_numbers, encode_numbers
from delaycore_seneca.spec import KINDS, RESETS

__all__ = ["decode_image", "encode_image"]

_KINDS, _RESETS = tuple(sorted(KINDS)), tuple(sorted(RESETS))


def encode_image(layers: Sequence[Layer]) -> dict[str, NDArray[Any]]:
    """Write the arrays of all layers."""
    image: dict[str, NDArray[Any]] = {}
    for layer in layers:
        at, p = _name_folder(layer.slice), layer.population
        reset = _RESETS.index(p.reset) if isinstance(p, Spiking) else 0
        refractory = p.refractory if isinstance(p, Spiking) else 0
        head = [_KINDS.index(p.kind), reset, refractory, p.size]
        image[f"{at}/program"] = store_exactly(head, np.uint16, f"{at}/program")
        image |= {f"{at}/{q}": encode_numbers(getattr(p, q)) for q in list_parameters(p)}
        for fan in layer.fans:
            into = f"{at}/from/{fan.source}"
            head = [layer.entry[fan.source], fan.sources, fan.width]
            image[f"{into}/entry"] = store_exactly(head, np.uint16, f"{into}/entry")
            image |= {f"{into}/{name}": array for name, array in write_fan(fan).items()}
        if layer.pruning is not None:
            image[f"{at}/filter"] = layer.pruning.bits
    return image


def decode_image(image: Image, placement: Placement) -> list[Layer]:
    """Read the layers that an image holds.  Raises `FileError` for an image that makes none."""
    try:
        sources = _list_sources(image, placement)
        return [
            _decode_layer(image, s, sources.get(_name_folder(s), []))
            for core in placement.cores
            for s in placement.on(core)
        ]
    except (KeyError, IndexError, ValueError, TypeError) as error:
        raise FileError.at(
            "image", f"is damaged ({type(error).__name__}: {error})", "map the graph again"
        ) from error


def _list_sources(image: Image, placement: Placement) -> dict[str, list[str]]:
    """The populations that send to each layer, by its folder, in the order of the placement."""
    place = {name: i for i, name in enumerate(dict.fromkeys(s.population for s in placement.slices))}
    found: dict[str, list[str]] = {}
    for key in image:
        folder, at, rest = key.partition("/from/")
        name, _, last = rest.rpartition("/")
        if at and last == "entry" and name in place:
            found.setdefault(folder, []).append(name)
    return {folder: sorted(names, key=place.__getitem__) for folder, names in found.items()}


def _decode_layer(image: Image, here: Slice, sources_here: Sequence[str]) -> Layer:
    at = _name_folder(here)
    kind, reset, refractory, size = (int(x) for x in image[f"{at}/program"])
    made = kinds()[_KINDS[kind]]
    values: dict[str, Any] = {
        q: decode_numbers(image[f"{at}/{q}"])
        for q in made.parameters()
        if q != "bias" or f"{at}/bias" in image
    }
    if issubclass(made, Spiking):
        values |= {"reset": _RESETS[reset], "refractory": refractory}
    population: Population = made(size, **values)
    into, entry = [], {}
    for source in sources_here:
        name = f"{at}/from/{source}"
        entry[source], sources, width = (int(x) for x in image[f"{name}/entry"])
        into.append(read_fan(image, name, source, sources, here.size, width))
    bits = image.get(f"{at}/filter")
    layer = Layer(here, population, tuple(into), entry, None if bits is None else PruningFilter(bits))
    if layer.delayed != (bits is not None) or (bits is not None and len(bits) != layer.sources):
        raise ValueError(
            f"the pruning filter of {layer.place} does not match its {layer.sources} sources and their delays"
        )
    return layer


def _name_folder(here: Slice) -> str:
    return f"core{here.core}/{here.name}"
