"""The chip's memories as arrays: what is simulated is decoded from these alone.

For each slice ``compartments/NAME/...``, [neurons]: registers dv, du, R, threshold and bias mantissas, bias
exponents; the step in which an x86 core writes the bias; and whether the compartment may fire or only
integrates (it then has the largest threshold and no output axons).

For each projection onto each slice ``synapses/NUMBER/...``: ``slices``, the numbers of the source's first
slice and of the slice; ``format``, sign mode, exponent and bits; ``fields``, delay bits and index bits of a
synapse (no index: a dense list); and for each synapse ``pre``, the source neuron (counted within its
population), ``post``, the compartment (counted within the slice), ``mantissa``, and ``delay``, the field.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from delaycore.graph import Population
from delaycore.hardware import Image, Placement, Slice, store_exactly
from delaycore_loihi.mapping._cores import Demand, encode_profiles
from delaycore_loihi.mapping._synapses import SynapseTable, count_index_bits
from delaycore_loihi.numbers import THRESHOLD_STEP, choose_bias_exponent

__all__ = [
    "encode_image",
    "iterate_projections",
    "iterate_stored_synapses",
    "measure_index_bits",
]

_REGISTERS = {
    "du": np.int16,
    "dv": np.int16,
    "refractory": np.uint8,
    "threshold": np.int32,
    "bias": np.int16,
    "bias_exponent": np.uint8,
    "start": np.int32,
    "fires": np.uint8,
}
"""Types of the registers of a compartment."""

_COLUMNS = {
    "slices": np.int32,
    "format": np.uint8,
    "fields": np.uint8,
    "pre": np.int32,
    "post": np.int32,
    "mantissa": np.int16,
    "delay": np.uint8,
}
"""Types of what is stored of the synapses of a projection."""


def encode_image(demand: Demand, placement: Placement) -> Image:
    """Return the image of a quantized graph on the cores of ``placement``."""
    graph = demand.graph
    image: dict[str, NDArray[Any]] = {}
    for name in demand.computed:
        registers = _encode_registers(graph.populations[name], placement.offsets.get(name, 0))
        for s in placement.of(name):
            image |= {
                f"compartments/{s.name}/{key}": values[s.start : s.stop] for key, values in registers.items()
            }
    number = {s: i for i, s in enumerate(placement.slices)}
    first = {s.population: i for s, i in number.items() if s.start == 0}
    index_bits = measure_index_bits(placement)
    for k, (s, table) in enumerate(iterate_stored_synapses(demand, placement)):
        here, lists = table.select_onto(s.start, s.stop), table.make_lists(s.start, s.stop)
        _, stored = lists.choose_encoding(index_bits[s.core])
        columns: dict[str, ArrayLike] = {
            "slices": [first[table.source], number[s]],
            "format": [stored.mode, stored.exponent, stored.weight_bits],
            "fields": [stored.delay_bits, stored.index_bits],
            "pre": table.pre[here],
            "post": table.post[here] - s.start,
            "mantissa": table.grid.to_mantissas(table.weight[here]),
            "delay": table.field[here],
        }
        image |= {
            f"synapses/{k}/{key}": store_exactly(values, _COLUMNS[key], f"synapses/{k}/{key}")
            for key, values in columns.items()
        }
    return image


def iterate_stored_synapses(demand: Demand, placement: Placement) -> Iterator[tuple[Slice, SynapseTable]]:
    """Yield every projection onto every slice that it has synapses onto."""
    for name in demand.computed:
        slices = placement.of(name)
        for table in demand.into[name]:
            for s in slices:
                if table.first[s.stop] > table.first[s.start]:
                    yield s, table


def iterate_projections(image: Image) -> Iterator[str]:
    """Yield the beginning of the keys of each placed projection, in the order of their numbers."""
    numbers = sorted({int(key.split("/")[1]) for key in image if key.startswith("synapses/")})
    return (f"synapses/{k}" for k in numbers)


def measure_index_bits(placement: Placement) -> dict[int | None, int]:
    """Return the bits of a compartment's index on each core."""
    neurons: dict[int | None, int] = {}
    for s in placement.slices:
        neurons[s.core] = neurons.get(s.core, 0) + s.size
    return {core: count_index_bits(size) for core, size in neurons.items()}


def _encode_registers(population: Population, late: int) -> dict[str, NDArray[Any]]:
    """Return the registers of a population that runs ``late`` steps behind the graph, [neurons] each."""
    decays, threshold = encode_profiles(population)
    size = population.size
    bias = np.asarray(getattr(population, "bias", np.zeros(size)))
    exponent, _ = choose_bias_exponent(bias)
    values: dict[str, ArrayLike] = {
        "du": decays[:, 0],
        "dv": decays[:, 1],
        "refractory": decays[:, 2],
        "threshold": threshold / THRESHOLD_STEP,
        "bias": bias / 2.0**exponent,
        "bias_exponent": np.full(size, exponent),
        "start": np.full(size, late if bias.any() else 0),
        "fires": np.full(size, population.spikes),
    }
    return {key: store_exactly(values[key], kind, f"compartments/{key}") for key, kind in _REGISTERS.items()}
