"""The chip's memories as arrays, and back: what is simulated is decoded from these alone.

For each slice ``compartments/NAME/...``: registers dv, du, R, threshold and bias mantissas, bias exponents,
    all per neuron; the step
in which an x86 core writes the bias; and whether the compartment may fire or only integrates (it then has the
largest threshold and no output axons).  For each projection onto each slice ``synapses/NUMBER/...``: the
numbers of the source's first slice and of the slice, sign mode, exponent and bits; delay bits and index bits
of a synapse (no index: a dense list); per synapse source neuron (counted within its population), compartment
(counted within the slice), mantissa and delay field.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaycore.errors import DataError, DelaycoreError
from delaycore.graph import LIF, CurrentLIF, Graph, Input, Integrator, Population, Projection
from delaycore.hardware import Placement, Slice
from delaycore_loihi.arithmetic import ARITHMETIC, retain_current_of, retain_of
from delaycore_loihi.cores import Chip, profiles
from delaycore_loihi.routes import Wire
from delaycore_loihi.scaling import bias_exponent
from delaycore_loihi.spec import SPEC
from delaycore_loihi.synapses import Wiring, index_bits
from delaycore_loihi.weights import SignMode, WeightGrid

__all__ = ["Image", "decoded", "encoded", "image_wires", "parts", "whole", "wires"]

Image = Mapping[str, NDArray[Any]]
_NO_CURRENT = 4095
"""Register du that keeps nothing: a plain LIF neuron."""


def encoded(chip: Chip, placement: Placement) -> Image:
    """The image of a quantized graph."""
    graph = chip.graph
    image: dict[str, NDArray[Any]] = {}
    for name in chip.computed:
        registers = _registers(graph.populations[name], placement.offsets.get(name, 0))
        for s in placement.of(name):
            image |= {
                f"compartments/{s.name}/{key}": values[s.start : s.stop] for key, values in registers.items()
            }
    number = {s: i for i, s in enumerate(placement.slices)}
    first = {s.population: i for s, i in number.items() if s.start == 0}
    index = _index_bits(placement)
    for k, (s, w) in enumerate(stored(chip, placement)):
        here, lists = w.part(s.start, s.stop), w.onto(s.start, s.stop)
        own = {
            "slices": np.array([first[w.source], number[s]], dtype=np.int32),
            "format": np.array([w.grid.mode, w.grid.exponent, w.grid.bits], dtype=np.uint8),
            "fields": np.array(lists.encoded(index[s.core])[1][3:], dtype=np.uint8),
            "pre": w.pre[here].astype(np.int32),
            "post": (w.post[here] - s.start).astype(np.int32),
            "mantissa": w.grid.mantissa(w.weight[here]),
            "delay": w.field[here].astype(np.uint8),
        }
        image |= {f"synapses/{k}/{key}": values for key, values in own.items()}
    return image


def stored(chip: Chip, placement: Placement) -> Iterator[tuple[Slice, Wiring]]:
    """Every projection onto every slice that it has synapses onto."""
    for name in chip.computed:
        slices = placement.of(name)
        for w in chip.into[name]:
            for s in slices:
                if w.first[s.stop] > w.first[s.start]:
                    yield s, w


def wires(chip: Chip, placement: Placement) -> Iterator[Wire]:
    """What `Routes` needs, of a graph."""
    index = _index_bits(placement)
    for s, w in stored(chip, placement):
        here = w.part(s.start, s.stop)
        dense = w.onto(s.start, s.stop).encoded(index[s.core])[1][-1] == 0
        yield Wire(w.source, s, w.pre[here], w.field[here], dense)


def image_wires(image: Image, placement: Placement) -> Iterator[Wire]:
    """What `Routes` needs, of an image.  Raises `DataError` for one that does not belong to the placement."""
    try:
        for place in parts(image):
            a, b = (placement.slices[i] for i in image[f"{place}/slices"])
            yield Wire(
                a.population,
                b,
                image[f"{place}/pre"],
                image[f"{place}/delay"],
                image[f"{place}/fields"][1] == 0,
            )
    except (KeyError, IndexError, ValueError) as error:
        raise DataError.at(
            "program.image", f"does not belong to the placement ({error})", "map the graph again"
        ) from None


def _index_bits(placement: Placement) -> dict[int | None, int]:
    """Bits of a compartment's index on each core."""
    held: dict[int | None, int] = {}
    for s in placement.slices:
        held[s.core] = held.get(s.core, 0) + s.size
    return {core: index_bits(neurons) for core, neurons in held.items()}


def _registers(population: Population, late: int) -> dict[str, NDArray[Any]]:
    decays, threshold = profiles(population)
    bias = np.asarray(getattr(population, "bias", np.zeros(population.size)))
    exponent, _ = bias_exponent(bias)
    size = population.size
    return {
        "du": _each(decays[:, 0], np.int16),
        "dv": _each(decays[:, 1], np.int16),
        "refractory": _each(decays[:, 2], np.uint8),
        "threshold": _each(threshold / 64, np.int32),
        "bias": _each(bias / 2.0**exponent, np.int16),
        "bias_exponent": _each(np.full(size, exponent), np.uint8),
        "start": _each(np.full(size, late if bias.any() else 0), np.int32),
        "fires": _each(np.full(size, population.spikes), np.uint8),
    }


def _each(values: NDArray[Any], dtype: Any) -> NDArray[Any]:
    register: NDArray[Any] = np.rint(values).astype(dtype)
    assert np.array_equal(register, values), "a quantized graph lies on the registers"
    return register


def whole(placement: Placement) -> Placement:
    """One slice for each population, with the same offsets: cores do not matter to spikes, and few
    populations simulate fast.
    """
    slices = [
        (s.population, max(part.stop for part in placement.of(s.population)))
        for s in placement.slices
        if s.start == 0
    ]
    return Placement(
        tuple(Slice(name, 0, size, None) for name, size in slices), placement.offsets, placement.hop_delay
    )


def parts(image: Image) -> Iterator[str]:
    """Where the columns of each placed projection begin."""
    numbers = sorted({int(key.split("/")[1]) for key in image if key.startswith("synapses/")})
    return (f"synapses/{k}" for k in numbers)


def decoded(image: Image, placement: Placement, step: float) -> Graph:
    """The network that these memories describe, in the chip's time, units and arithmetic: the populations of
    `whole`.

    Raises `DataError` for an image that does not belong to the placement.
    """
    try:
        populations = {
            s.name: _compartments(image, placement.of(s.population)) for s in whole(placement).slices
        }
        names = {s.population: s.name for s in whole(placement).slices}
        projections = [_synapses(image, place, placement.slices, names) for place in parts(image)]
        return Graph(step, populations, projections, arithmetic=ARITHMETIC)
    except (KeyError, IndexError, ValueError, DelaycoreError) as error:
        raise DataError.at(
            "program.image", f"does not belong to the placement ({error})", "map the graph again"
        ) from None


def _compartments(image: Image, slices: list[Slice]) -> Population:
    size = slices[-1].stop
    if slices[0].core is None:
        return Input(size)
    keys = ("du", "dv", "refractory", "threshold", "bias", "bias_exponent", "start", "fires")
    r = {key: np.concatenate([image[f"compartments/{s.name}/{key}"] for s in slices]) for key in keys}
    retain, bias = (
        retain_of(r["dv"]),
        np.ldexp(r["bias"].astype(np.float64), r["bias_exponent"].astype(np.int64)),
    )
    start, fires = _same(r, "start"), _same(r, "fires")
    if not fires:
        return Integrator(size, retain=retain, bias=bias, start=start)
    threshold, refractory = r["threshold"] * 64.0, _same(r, "refractory") - 1
    lif = LIF(size, retain=retain, threshold=threshold, bias=bias, refractory=refractory, start=start)
    if (r["du"] == _NO_CURRENT).all():
        return lif
    return CurrentLIF(
        size, retain, threshold, bias, refractory, retain_current=retain_current_of(r["du"]), start=start
    )


def _same(registers: Mapping[str, NDArray[Any]], key: str) -> int:
    """What all compartments of a population hold."""
    if len(values := np.unique(registers[key])) != 1:
        raise ValueError(f"compartments of one population differ in {key}")
    return int(values[0])


def _synapses(image: Image, place: str, slices: tuple[Slice, ...], names: Mapping[str, str]) -> Projection:
    a, b = (slices[i] for i in image[f"{place}/slices"])
    mode, exponent, bits = (int(x) for x in image[f"{place}/format"])
    weight = image[f"{place}/mantissa"] * WeightGrid(SignMode(mode), exponent, bits).unit
    pre, post = image[f"{place}/pre"], image[f"{place}/post"] + b.start
    delay = image[f"{place}/delay"].astype(np.int64) + SPEC.hop_delay
    return Projection(
        names[a.population],
        names[b.population],
        pre,
        post,
        weight,
        delay,
        f"{place} {a.population}->{b.name}",
    )
