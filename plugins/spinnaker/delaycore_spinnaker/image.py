"""The chip's memories as arrays, and back: what is simulated is decoded from these alone.

``neurons/SLICE/...``: exp_TC in 2^-15, threshold in steps of s16.15, refractory steps, whether it fires, the
first step.  ``rows/NUMBER/...``: the numbers of the source's first slice and of the slice, then a word and a
source neuron for each synapse, and its delay stage.  A word is weight (16 bits) | delay | type (1 bit:
inhibitory) | index, the widths of the last from the options.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from delaycore.graph import LIF, Graph, Input, Integrator, Population, Projection
from delaycore.hardware import Image, Placement, Program, Slice, store_exactly
from delaycore_spinnaker.layout import Rows
from delaycore_spinnaker.options import Options
from delaycore_spinnaker.spec import ARITHMETIC, POTENTIAL_STEP, RETAIN_STEP

__all__ = ["Image", "decode", "encode", "read_rows"]


_REGISTERS: dict[str, tuple[Any, float]] = {
    "retain": (np.uint16, RETAIN_STEP),
    "threshold": (np.int32, POTENTIAL_STEP),
    "refractory": (np.uint8, 1),
    "spikes": (np.uint8, 1),
}
"""Type and unit of what a neuron has of its population."""


def encode(graph: Graph, placement: Placement, rows: Iterable[Rows], options: Options) -> Image:
    """The image of a quantized graph, whose synaptic rows are ``rows``."""
    image: dict[str, NDArray[Any]] = {}
    for s in placement.slices:
        if s.core is not None:
            part = graph.populations[s.population].slice(s.start, s.stop)
            start = np.full(s.size, placement.offsets.get(s.population, 0))
            image |= {f"neurons/{s.name}/{name}": _encode(part, name) for name in _REGISTERS}
            image[f"neurons/{s.name}/start"] = store_exactly(start, np.int32, f"neurons/{s.name}/start")
    number = {s: i for i, s in enumerate(placement.slices)}
    bits = options.index_bits
    for k, r in enumerate(rows):
        weight, inhibits = np.abs(r.weight).astype(np.int64), (r.weight < 0).astype(np.int64)
        columns: dict[str, tuple[ArrayLike, Any]] = {
            "slices": ([number[placement.of(r.source)[0]], number[r.target]], np.int32),
            "words": (weight << 16 | r.field << (bits + 1) | inhibits << bits | r.post, np.uint32),
            "pre": (r.pre, np.int32),
            "stage": (r.stage, np.uint8),
        }
        image |= {
            f"rows/{k}/{name}": store_exactly(values, kind, f"rows/{k}/{name}")
            for name, (values, kind) in columns.items()
        }
    return image


def _encode(population: Population, name: str) -> NDArray[Any]:
    kind, unit = _REGISTERS[name]
    values = np.broadcast_to(getattr(population, name, 0) / unit, int(population.size))
    return store_exactly(values, kind, f"neurons/{name}")


def read_rows(program: Program[Options]) -> list[Rows]:
    """The synaptic rows that the words of a program hold."""
    image, slices, bits = program.image, program.placement.slices, program.options.index_bits
    rows = []
    for k in sorted({int(key.split("/")[1]) for key in image if key.startswith("rows/")}):
        a, b = (slices[i] for i in image[f"rows/{k}/slices"])
        word, (stage, pre) = (
            image[f"rows/{k}/words"].astype(np.int64),
            (image[f"rows/{k}/{q}"].astype(np.int64) for q in ("stage", "pre")),
        )
        weight = np.where(word >> bits & 1, -1.0, 1.0) * (word >> 16).astype(np.float64)
        field = word >> (bits + 1) & ((1 << (15 - bits)) - 1)
        rows.append(Rows(str(k), a.population, b, stage, pre, word & ((1 << bits) - 1), weight, field))
    return rows


def decode(program: Program[Options]) -> Graph:
    """The network of these memories, in the chip's time, a population per slice."""
    placement, projections = program.placement, []
    populations = {s.name: _decode_neurons(program.image, s, placement) for s in placement.slices}
    for r in read_rows(program):
        delay = r.stage * program.options.slots + r.field + 1
        for a in placement.of(r.source):
            here = (r.pre >= a.start) & (r.pre < a.stop)
            pre, post, weight = r.pre[here] - a.start, r.post[here], r.weight[here]
            name = f"{r.projection} {a.name}->{r.target.name}"
            projections.append(Projection(a.name, r.target.name, pre, post, weight, delay[here], name))
    return Graph(program.graph.step, populations, projections, arithmetic=ARITHMETIC)


def _decode_neurons(image: Image, s: Slice, placement: Placement) -> Population:
    if s.core is None:  # the order of additions counts from the start
        return Input(s.size, start=placement.offsets.get(s.population, 0))
    r = {name: image[f"neurons/{s.name}/{name}"] * unit for name, (_, unit) in _REGISTERS.items()}
    start = int(image[f"neurons/{s.name}/start"][0])
    if not r["spikes"][0]:
        return Integrator(s.size, retain=r["retain"], start=start)
    resting = int(r["refractory"][0])
    return LIF(s.size, retain=r["retain"], threshold=r["threshold"], refractory=resting, start=start)
