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
from numpy.typing import NDArray

from delaycore.graph import Population
from delaycore.hardware import Image, Placement, Slice
from delaycore_loihi.mapping._cores import Demand, encode_profiles
from delaycore_loihi.mapping._synapses import SynapseTable, count_index_bits
from delaycore_loihi.numbers import choose_bias_exponent

__all__ = [
    "encode_image",
    "iterate_projections",
    "iterate_stored_synapses",
    "measure_index_bits",
]


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
        _, (mode, exponent, bits, *fields) = lists.choose_encoding(index_bits[s.core])
        columns = {
            "slices": np.array([first[table.source], number[s]], dtype=np.int32),
            "format": np.array([mode, exponent, bits], dtype=np.uint8),
            "fields": np.array(fields, dtype=np.uint8),
            "pre": table.pre[here].astype(np.int32),
            "post": (table.post[here] - s.start).astype(np.int32),
            "mantissa": table.grid.to_mantissas(table.weight[here]),
            "delay": table.field[here].astype(np.uint8),
        }
        image |= {f"synapses/{k}/{key}": values for key, values in columns.items()}
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
    return {
        "du": _store(decays[:, 0], np.int16),
        "dv": _store(decays[:, 1], np.int16),
        "refractory": _store(decays[:, 2], np.uint8),
        "threshold": _store(threshold / 64, np.int32),
        "bias": _store(bias / 2.0**exponent, np.int16),
        "bias_exponent": _store(np.full(size, exponent), np.uint8),
        "start": _store(np.full(size, late if bias.any() else 0), np.int32),
        "fires": _store(np.full(size, population.spikes), np.uint8),
    }


def _store(values: NDArray[Any], dtype: Any) -> NDArray[Any]:
    register: NDArray[Any] = np.rint(values).astype(dtype)
    assert np.array_equal(register, values), "a quantized graph lies on the registers"
    return register
