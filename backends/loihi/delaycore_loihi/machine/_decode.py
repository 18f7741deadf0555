"""The network that an image of the chip's memories describes, in the chip's time, units and arithmetic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaycore.errors import DataError, DelaycoreError
from delaycore.graph import LIF, CurrentLIF, Graph, Input, Integrator, Population, Projection
from delaycore.hardware import Image, Placement, Slice
from delaycore_loihi.mapping import iterate_projections
from delaycore_loihi.numbers import (
    ARITHMETIC,
    DECAY_UNITS,
    THRESHOLD_STEP,
    SignMode,
    WeightGrid,
    decode_current_decay,
    decode_potential_decay,
)
from delaycore_loihi.spec import SPEC

__all__ = ["decode_network", "merge_slices"]

_NO_CURRENT = DECAY_UNITS - 1
"""Register du that retains nothing: a plain LIF neuron."""


def merge_slices(placement: Placement) -> Placement:
    """Return one slice for each population, with the same offsets: cores do not matter to spikes, and few
    populations simulate fast.
    """
    sizes = {
        s.population: max(part.stop for part in placement.of(s.population))
        for s in placement.slices
        if s.start == 0
    }
    slices = tuple(Slice(name, 0, size, None) for name, size in sizes.items())
    return Placement(slices, placement.offsets, placement.hop_delay)


def decode_network(image: Image, placement: Placement, step: float) -> Graph:
    """Return the network that these memories describe, with the populations of `merge_slices`.

    Raises `DataError` for an image that does not belong to the placement.
    """
    merged = merge_slices(placement).slices
    try:
        _require_integers(image)
        populations = {
            s.name: _decode_population(
                image, placement.of(s.population), placement.offsets.get(s.population, 0)
            )
            for s in merged
        }
        names = {s.population: s.name for s in merged}
        projections = [
            _decode_projection(image, place, placement.slices, names) for place in iterate_projections(image)
        ]
        return Graph(step, populations, projections, arithmetic=ARITHMETIC)
    except (KeyError, IndexError, TypeError, ValueError, DelaycoreError) as error:
        raise DataError.at(
            "program.image", f"does not belong to the placement ({error})", "map the graph again"
        ) from None


def _require_integers(image: Image) -> None:
    """Raise ValueError for a memory of other numbers than those that registers hold."""
    for name, array in image.items():
        if array.dtype.kind not in "iu":
            raise ValueError(f"{name} holds {array.dtype}, not whole numbers")


def _decode_population(image: Image, slices: list[Slice], offset: int) -> Population:
    """Return the neurons of these slices, which run ``offset`` steps behind the graph.

    No arrival reaches them earlier, so they may start then; the order of additions counts from their start.
    """
    size = slices[-1].stop
    if slices[0].core is None:
        return Input(size, start=offset)
    keys = ("du", "dv", "refractory", "threshold", "bias", "bias_exponent", "start", "fires")
    r = {key: np.concatenate([image[f"compartments/{s.name}/{key}"] for s in slices]) for key in keys}
    retain = decode_potential_decay(r["dv"])
    bias = np.ldexp(r["bias"].astype(np.float64), r["bias_exponent"].astype(np.int64))
    start, fires = _read_shared(r, "start") if bias.any() else offset, _read_shared(r, "fires")
    if not fires:
        return Integrator(size, retain=retain, bias=bias, start=start)
    threshold, refractory = r["threshold"] * THRESHOLD_STEP, _read_shared(r, "refractory") - 1
    if (r["du"] == _NO_CURRENT).all():
        return LIF(size, retain=retain, threshold=threshold, bias=bias, refractory=refractory, start=start)
    current = decode_current_decay(r["du"])
    return CurrentLIF(size, retain, threshold, bias, refractory, retain_current=current, start=start)


def _read_shared(registers: Mapping[str, NDArray[Any]], key: str) -> int:
    """Return what all compartments of a population hold; raise ValueError where they differ."""
    if len(values := np.unique(registers[key])) != 1:
        raise ValueError(f"compartments of one population differ in {key}")
    return int(values[0])


def _decode_projection(
    image: Image, place: str, slices: tuple[Slice, ...], names: Mapping[str, str]
) -> Projection:
    source, target = (slices[i] for i in image[f"{place}/slices"])
    mode, exponent, bits = (int(x) for x in image[f"{place}/format"])
    return Projection(
        names[source.population],
        names[target.population],
        pre=image[f"{place}/pre"],
        post=image[f"{place}/post"] + target.start,
        weight=image[f"{place}/mantissa"] * WeightGrid(SignMode(mode), exponent, bits).unit,
        delay=image[f"{place}/delay"].astype(np.int64) + SPEC.hop_delay,
        name=f"{place} {source.population}->{target.name}",
    )
