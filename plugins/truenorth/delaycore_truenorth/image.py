"""The chip's memories as arrays, and back: what is simulated is decoded from these alone.

For each core ``cores/NUMBER/...``: ``crossbar``, a bit for each axon (256 rows) and neuron of the chip (256
    columns, packed); ``types`` of its
axons; and per neuron of the chip: its four ``weights``, ``threshold``, ``leak``, ``modes`` (kind, reset), the
neuron of the slice that it is a copy of (``copy``), and its ``target`` (core, axon, delay; core -1 for none).
The first copies come first.  ``inputs/POPULATION``: neuron, core, axon, delay of each packet that a spike
from outside makes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaycore import DataError, DelaycoreError
from delaycore.graph import LIF, Graph, Input, Population, Projection
from delaycore.hardware import Placement, Slice
from delaycore_truenorth.crossbars import Layout, weight_values
from delaycore_truenorth.neuron import LinearLeak
from delaycore_truenorth.quantize import ARITHMETIC

__all__ = ["decoded", "encoded", "events_of_sources"]

Image = Mapping[str, NDArray[Any]]
_SIDE = 256


def encoded(graph: Graph, placement: Placement, made: Layout) -> Image:
    """The image of a quantized graph."""
    order = list(graph.populations)
    targets: dict[str, list[tuple[int, int, int, int]]] = {name: [] for name in order}
    for core, axons in made.axons.items():
        for k, (rank, neuron, delay, _, _) in enumerate(axons.tolist()):
            targets[order[rank]].append((neuron, core, k, delay))
    image: dict[str, NDArray[Any]] = {}
    for name in graph.inputs:
        image[f"inputs/{name}"] = np.array(targets[name], dtype=np.int32).reshape(-1, 4)
    for name in order:
        if name not in graph.inputs:
            values = weight_values(graph, name)
            for s in placement.of(name):
                image |= {
                    f"cores/{s.core}/{k}": v
                    for k, v in _core(graph.populations[name], s, made, targets[name], values).items()
                }
    return image


def _core(
    p: Population, s: Slice, made: Layout, targets: list[tuple[int, int, int, int]], values: NDArray[np.int64]
) -> dict[str, NDArray[Any]]:
    core = int(s.core or 0)
    own: dict[int, list[tuple[int, int, int]]] = {i: [] for i in range(s.size)}
    for neuron, *where in targets:
        if s.start <= neuron < s.stop:
            own[neuron - s.start].append((where[0], where[1], where[2]))
    copy = np.array([*range(s.size), *(i for i in own for _ in own[i][1:])], dtype=np.int64)
    target = [own[i][0] if own[i] else (-1, 0, 0) for i in own] + [t for i in own for t in own[i][1:]]
    bits = np.zeros((_SIDE, _SIDE), dtype=np.bool_)
    once = np.zeros((_SIDE, s.size), dtype=np.bool_)
    once[made.joined[core][:, 0], made.joined[core][:, 1]] = True
    bits[:, : len(copy)] = once[:, copy]
    index = copy + s.start
    return {
        "crossbar": np.packbits(bits, axis=1),
        "types": made.axons[core][:, 3].astype(np.uint8),
        "weights": values[index].astype(np.int16),
        "threshold": p.threshold[index].astype(np.int32),  # type: ignore[attr-defined]
        "leak": np.asarray(getattr(p, "leak", np.zeros(int(p.size))))[index].astype(np.int16),
        "modes": np.tile(
            np.array([isinstance(p, LinearLeak), getattr(p, "reset", "") == "subtract"], dtype=np.uint8),
            (len(copy), 1),
        ),
        "copy": copy.astype(np.int32),
        "target": np.array(target, dtype=np.int32).reshape(-1, 3),
    }


def _senders(image: Image, placement: Placement) -> list[tuple[Slice, NDArray[np.int64]]]:
    """Per slice: neuron within it, core, axon, delay of each packet that a spike makes."""
    found = []
    for s in placement.slices:
        if s.core is None:
            sent = image[f"inputs/{s.population}"].astype(np.int64)
        else:
            sent = np.column_stack([image[f"cores/{s.core}/copy"], image[f"cores/{s.core}/target"]]).astype(
                np.int64
            )
            sent = sent[sent[:, 1] >= 0]
        found.append((s, sent))
    return found


def decoded(image: Image, placement: Placement, step: float) -> Graph:
    """The network of these memories in the chip's time, a population per slice; a copy does what its first
    does and is left out.

    Raises `DataError` for an image of something else, or one in which two neurons send to one axon, where
    spikes could merge.
    """
    try:
        populations = {
            s.name: _neurons(image, s, placement.offsets.get(s.population, 0)) for s in placement.slices
        }
        slices = {s.core: s for s in placement.slices if s.core is not None}
        taken: set[tuple[int, int]] = set()
        columns: dict[tuple[str, str], list[tuple[int, int, int, int]]] = {}
        crossbars = {
            core: np.unpackbits(image[f"cores/{core}/crossbar"], axis=1).astype(np.bool_) for core in slices
        }
        for s, sent in _senders(image, placement):
            for neuron, core, axon, delay in sent.tolist():
                if (core, axon) in taken:
                    raise ValueError(f"axon {axon} of core {core} has two senders, whose spikes could merge")
                taken.add((core, axon))
                to = slices[core]
                kind = image[f"cores/{core}/types"][axon]
                weights = image[f"cores/{core}/weights"][:, kind]
                into = columns.setdefault((s.name, to.name), [])
                into += [
                    (neuron, int(j), int(weights[j]), delay)
                    for j in np.flatnonzero(crossbars[core][axon, : to.size])
                ]
        projections = [Projection(a, b, *np.array(rows).T) for (a, b), rows in columns.items() if rows]
        return Graph(step, populations, projections, arithmetic=ARITHMETIC)
    except (KeyError, IndexError, ValueError, TypeError, DelaycoreError) as error:
        raise DataError.at(
            "program.image", f"does not belong to the placement ({error})", "map the graph again"
        ) from None


def _neurons(image: Image, s: Slice, start: int) -> Population:
    if s.core is None:
        return Input(s.size)
    r = {key: image[f"cores/{s.core}/{key}"][: s.size] for key in ("threshold", "leak", "modes")}
    linear, subtracts = r["modes"][0]
    reset = "subtract" if subtracts else "zero"
    if linear:
        return LinearLeak(s.size, r["threshold"], r["leak"], reset, start=start)
    return LIF(s.size, retain=1.0, threshold=r["threshold"], reset=reset, start=start)


def events_of_sources(image: Image, placement: Placement) -> dict[str, NDArray[np.int64]]:
    """Per slice [neurons, largest delay + 1]: crossbar points that a spike of a neuron reads after each
    delay, those of copies included.
    """
    points = {
        core: np.unpackbits(image[f"cores/{core}/crossbar"], axis=1).sum(axis=1) for core in placement.cores
    }
    made = {}
    for s, sent in _senders(image, placement):
        table = np.zeros((s.size, 17), dtype=np.int64)
        for neuron, core, axon, delay in sent.tolist():
            table[neuron, delay] += int(points[core][axon])
        made[s.name] = table
    return made
