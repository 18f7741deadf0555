"""The chip's memories as arrays, and back: what is simulated is decoded from these alone.

``neurons/SLICE/...``: exp_TC in 2^-15, threshold in steps of s16.15, refractory steps, whether it fires, the
first step.  ``rows/NUMBER/...``: the numbers of the source's first slice and of the slice, then a word and a
source neuron for each synapse, and its delay stage.  A word is weight (16 bits) | delay | type (1 bit:
inhibitory) | index, the widths of the last from the options.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaycore import DataError, DelaycoreError
from delaycore.graph import LIF, Graph, Input, Integrator, Population, Projection
from delaycore.hardware import Placement, Slice
from delaycore_spinnaker.layout import Rows, rows
from delaycore_spinnaker.options import Options
from delaycore_spinnaker.quantize import ARITHMETIC, POTENTIAL_STEP, RETAIN_STEP

__all__ = ["decoded", "encoded", "stored"]

Image = Mapping[str, NDArray[Any]]


def encoded(graph: Graph, placement: Placement, options: Options) -> Image:
    """The image of a quantized graph."""
    image: dict[str, NDArray[Any]] = {}
    for s in placement.slices:
        if s.core is not None:
            part = graph.populations[s.population].slice(s.start, s.stop)
            image |= {
                f"neurons/{s.name}/{k}": v
                for k, v in _registers(part, placement.offsets.get(s.population, 0)).items()
            }
    number = {s: i for i, s in enumerate(placement.slices)}
    bits = options.index_bits
    for k, r in enumerate(rows(graph, placement, options.slots)):
        inhibits = (r.weight < 0).astype(np.uint32)
        word = (
            np.abs(r.weight).astype(np.uint32) << 16
            | r.field.astype(np.uint32) << (bits + 1)
            | inhibits << bits
            | r.post.astype(np.uint32)
        )
        image |= {
            f"rows/{k}/slices": np.array(
                [number[placement.of(r.source)[0]], number[r.target]], dtype=np.int32
            ),
            f"rows/{k}/words": word,
            f"rows/{k}/pre": r.pre.astype(np.int32),
            f"rows/{k}/stage": r.stage.astype(np.uint8),
        }
    return image


def _registers(p: Population, late: int) -> dict[str, NDArray[Any]]:
    size = int(p.size)
    return {
        "decay": _whole(getattr(p, "retain", np.zeros(size)) / RETAIN_STEP, np.uint16),
        "threshold": _whole(getattr(p, "threshold", np.zeros(size)) / POTENTIAL_STEP, np.int32),
        "refractory": np.full(size, getattr(p, "refractory", 0), dtype=np.uint8),
        "fires": np.full(size, p.spikes, dtype=np.uint8),
        "start": np.full(size, late, dtype=np.int32),
    }


def _whole(values: NDArray[np.float64], dtype: Any) -> NDArray[Any]:
    made: NDArray[Any] = values.astype(dtype)
    assert np.array_equal(made, values), "a quantized graph lies on the registers"
    return made


def stored(image: Image, placement: Placement, options: Options) -> list[Rows]:
    """The synaptic rows that the words hold."""
    found = []
    for k in sorted({int(key.split("/")[1]) for key in image if key.startswith("rows/")}):
        a, b = (placement.slices[i] for i in image[f"rows/{k}/slices"])
        word, bits = image[f"rows/{k}/words"].astype(np.int64), options.index_bits
        weight = np.where(word >> bits & 1, -1.0, 1.0) * (word >> 16).astype(np.float64)
        field = word >> (bits + 1) & ((1 << (15 - bits)) - 1)
        stage, pre = image[f"rows/{k}/stage"].astype(np.int64), image[f"rows/{k}/pre"].astype(np.int64)
        found.append(Rows(str(k), a.population, b, stage, pre, word & ((1 << bits) - 1), weight, field))
    return found


def decoded(image: Image, placement: Placement, step: float, options: Options) -> Graph:
    """The network of these memories, in the chip's time, a population per slice.  Raises `DataError` for an
    image of something else.
    """
    try:
        populations = {s.name: _neurons(image, s) for s in placement.slices}
        projections = []
        for r in stored(image, placement, options):
            for a in placement.of(r.source):
                here = (r.pre >= a.start) & (r.pre < a.stop)
                delay = r.stage[here] * options.slots + r.field[here] + 1
                name = f"{r.projection} {a.name}->{r.target.name}"
                projections.append(
                    Projection(
                        a.name,
                        r.target.name,
                        r.pre[here] - a.start,
                        r.post[here],
                        r.weight[here],
                        delay,
                        name,
                    )
                )
        return Graph(step, populations, projections, arithmetic=ARITHMETIC)
    except (KeyError, IndexError, ValueError, DelaycoreError) as error:
        raise DataError.at(
            "program.image", f"does not belong to the placement ({error})", "map the graph again"
        ) from None


def _neurons(image: Image, s: Slice) -> Population:
    if s.core is None:
        return Input(s.size)
    r = {
        key: image[f"neurons/{s.name}/{key}"]
        for key in ("decay", "threshold", "refractory", "fires", "start")
    }
    retain, start = r["decay"] * RETAIN_STEP, int(r["start"][0])
    if not r["fires"][0]:
        return Integrator(s.size, retain=retain, start=start)
    return LIF(
        s.size,
        retain=retain,
        threshold=r["threshold"] * POTENTIAL_STEP,
        refractory=int(r["refractory"][0]),
        start=start,
    )
