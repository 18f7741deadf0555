"""The synapses of each projection onto each slice, taken from a plan or read from an image."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from delaycore.errors import DataError
from delaycore.hardware import Image, Placement, Slice
from delaycore_loihi.mapping import (
    Demand,
    iterate_projections,
    iterate_stored_synapses,
    measure_index_bits,
)

__all__ = ["SynapseGroup", "group_synapses", "read_synapse_groups"]


class SynapseGroup(NamedTuple):
    """The synapses of one projection onto one slice.

    source: population.
    target: slice.
    pre:    source neuron of each synapse, counted within its population, [synapses].
    field:  delay field of each, [synapses].
    dense:  whether they are stored in dense lists.
    """

    source: str
    target: Slice
    pre: NDArray[np.integer]
    field: NDArray[np.integer]
    dense: bool


def group_synapses(demand: Demand, placement: Placement) -> Iterator[SynapseGroup]:
    """Yield the groups of a planned network."""
    index_bits = measure_index_bits(placement)
    for s, table in iterate_stored_synapses(demand, placement):
        here = table.select_onto(s.start, s.stop)
        _, synapse_format = table.make_lists(s.start, s.stop).choose_encoding(index_bits[s.core])
        yield SynapseGroup(table.source, s, table.pre[here], table.field[here], synapse_format.is_dense)


def read_synapse_groups(image: Image, placement: Placement) -> Iterator[SynapseGroup]:
    """Yield the groups of an image.  Raises `DataError` for one that does not belong to the placement."""
    try:
        for place in iterate_projections(image):
            source, target = (placement.slices[i] for i in image[f"{place}/slices"])
            dense = image[f"{place}/fields"][1] == 0
            pre, field = image[f"{place}/pre"], image[f"{place}/delay"]
            yield SynapseGroup(source.population, target, pre, field, dense)
    except (KeyError, IndexError, ValueError) as error:
        raise DataError.at(
            "program.image", f"does not belong to the placement ({error})", "map the graph again"
        ) from None
