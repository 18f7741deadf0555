"""The chip's memories as arrays, and back: what is simulated is decoded from these alone.

For each core ``cores/NUMBER/...``: ``crossbar``, a bit for each axon (256 rows) and neuron of the chip (256
columns, packed); ``types`` of its axons; and per neuron of the chip: its four ``weights``, ``threshold``,
``leak``, ``modes`` (kind, reset), the neuron of the slice that it is a copy of (``copy``), and its ``target``
(core, axon, delay; core -1 for none). The first copies come first.  ``inputs/POPULATION``: neuron, core,
axon, delay of each packet that a spike from outside makes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from delaycore import DataError, DelaycoreError
from delaycore.graph import LIF, Graph, Input, Population, Projection
from delaycore.hardware import Image, Placement, Slice, store_exactly
from delaycore_truenorth.crossbars import Layout, Sender, choose_weights, count_earlier, list_senders
from delaycore_truenorth.neuron import LinearLeak
from delaycore_truenorth.spec import ARITHMETIC

__all__ = ["decode_image", "encode_image", "read_crossbars", "read_senders"]

_SIDE = 256


def encode_image(graph: Graph, placement: Placement, layout: Layout) -> Image:
    """The image of a quantized graph."""
    image: dict[str, NDArray[Any]] = {}
    weights = {name: choose_weights(graph, name) for name in graph.populations if name not in graph.inputs}
    for s, packets in list_senders(graph, placement, layout):
        if s.core is None:
            image[f"inputs/{s.population}"] = store_exactly(packets, np.int32, s.population)
        else:
            core = _encode_core(graph.populations[s.population], s, layout, packets, weights[s.population])
            image |= {f"cores/{s.core}/{name}": array for name, array in core.items()}
    return image


def _encode_core(
    p: Any, s: Slice, layout: Layout, packets: NDArray[np.int64], weights: NDArray[np.int64]
) -> dict[str, NDArray[Any]]:
    """The arrays of a core: the first copies of all neurons, then the others, each with its packet."""
    packets = packets[np.argsort(packets[:, 0], kind="stable")]
    further = count_earlier(packets[:, :1]) > 0
    copy = np.r_[np.arange(s.size), packets[further, 0]]
    first = np.tile([-1, 0, 0], (s.size, 1))
    first[packets[~further, 0]] = packets[~further, 1:]
    once, bits = np.zeros((_SIDE, s.size), dtype=np.bool_), np.zeros((_SIDE, _SIDE), dtype=np.bool_)
    once[tuple(layout.joined[int(s.core or 0)].T)] = True
    bits[:, : len(copy)] = once[:, copy]
    index = copy + s.start
    leak = np.asarray(getattr(p, "leak", np.zeros(int(p.size))))[index]
    modes = np.tile([isinstance(p, LinearLeak), getattr(p, "reset", "") == "subtract"], (len(copy), 1))
    columns: dict[str, tuple[ArrayLike, DTypeLike]] = {
        "types": (layout.axons[int(s.core or 0)][:, 3], np.uint8),
        "weights": (weights[index], np.int16),
        "threshold": (p.threshold[index], np.int32),
        "leak": (leak, np.int16),
        "modes": (modes, np.uint8),
        "copy": (copy, np.int32),
        "target": (np.r_[first, packets[further, 1:]], np.int32),
    }
    stored = {name: store_exactly(values, kind, name) for name, (values, kind) in columns.items()}
    return {"crossbar": np.packbits(bits, axis=1), **stored}


def read_senders(image: Image, placement: Placement) -> list[Sender]:
    """The packets of all slices, each copy under the neuron that it is a copy of."""
    found = []
    for s in placement.slices:
        if s.core is None:
            packets = image[f"inputs/{s.population}"].astype(np.int64)
        else:
            copy, target = image[f"cores/{s.core}/copy"], image[f"cores/{s.core}/target"]
            packets = np.column_stack([copy, target])[target[:, 0] >= 0].astype(np.int64)
        found.append((s, packets))
    return found


def read_crossbars(image: Image, placement: Placement) -> dict[int, NDArray[np.uint8]]:
    """The crossbar of each core, [axons, neurons], 1 where they are joined."""
    return {core: np.unpackbits(image[f"cores/{core}/crossbar"], axis=1) for core in placement.cores}


def decode_image(image: Image, placement: Placement, step: float) -> Graph:
    """The network of these memories in the chip's time, a population per slice; a copy does what its first
    does and is left out.

    Raises `DataError` for an image of something else, or one in which two neurons send to one axon, where
    spikes could merge.
    """
    try:
        populations = {s.name: _decode_neurons(image, s, placement.offsets) for s in placement.slices}
        slices = {s.core: s for s in placement.slices if s.core is not None}
        taken: set[tuple[int, int]] = set()
        columns: dict[tuple[str, str], list[tuple[int, int, int, int]]] = {}
        crossbars = read_crossbars(image, placement)
        for s, sent in read_senders(image, placement):
            for neuron, core, axon, delay in sent.tolist():
                if (core, axon) in taken:
                    raise ValueError(f"axon {axon} of core {core} has two senders, whose spikes could merge")
                taken.add((core, axon))
                to = slices[core]
                weights = image[f"cores/{core}/weights"][:, image[f"cores/{core}/types"][axon]]
                joined = np.flatnonzero(crossbars[core][axon, : to.size])
                rows = columns.setdefault((s.name, to.name), [])
                rows += [(neuron, int(j), int(weights[j]), delay) for j in joined]
        projections = [Projection(a, b, *np.array(rows).T) for (a, b), rows in columns.items() if rows]
        return Graph(step, populations, projections, arithmetic=ARITHMETIC)
    except (KeyError, IndexError, ValueError, TypeError, DelaycoreError) as error:
        why = f"does not belong to the placement ({error})"
        raise DataError.at("program.image", why, "map the graph again") from None


def _decode_neurons(image: Image, s: Slice, offsets: Mapping[str, int]) -> Population:
    start = offsets.get(s.population, 0)  # the order of additions counts from it
    if s.core is None:
        return Input(s.size, start=start)
    threshold, leak, modes = (image[f"cores/{s.core}/{k}"][: s.size] for k in ("threshold", "leak", "modes"))
    reset = "subtract" if modes[0, 1] else "zero"
    values: dict[str, Any] = {"threshold": threshold, "reset": reset, "start": start}
    return LinearLeak(s.size, leak=leak, **values) if modes[0, 0] else LIF(s.size, retain=1.0, **values)
