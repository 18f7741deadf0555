"""Mapping: populations get cores, synapses and micro-kernels their memories, and every limit is held against
them.
"""

from delaycore_seneca.mapping._image import decode_image, encode_image
from delaycore_seneca.mapping._kernels import (
    STATE,
    average_per_synapse,
    build_end_of_step,
    build_row,
    count_cycles,
    count_registers,
    sum_energy,
)
from delaycore_seneca.mapping._layer import (
    Layer,
    build_layer,
    build_layers,
    count_data_bits,
    count_program_bits,
)
from delaycore_seneca.mapping._occupancy import count_words
from delaycore_seneca.mapping._placement import place_layers
from delaycore_seneca.mapping._plan import SenecaPlan
from delaycore_seneca.mapping._record import CoreUse, SenecaMapping
from delaycore_seneca.mapping._synapses import LANES, Fan, Stored, collect_fans, pad_to_lanes

__all__ = [
    "LANES",
    "STATE",
    "CoreUse",
    "Fan",
    "Layer",
    "SenecaMapping",
    "SenecaPlan",
    "Stored",
    "average_per_synapse",
    "build_end_of_step",
    "build_layer",
    "build_layers",
    "build_row",
    "collect_fans",
    "count_cycles",
    "count_data_bits",
    "count_program_bits",
    "count_registers",
    "count_words",
    "decode_image",
    "encode_image",
    "pad_to_lanes",
    "place_layers",
    "sum_energy",
]
