"""Mapping: delays become fields, neurons get cores, and all is written into an image of the memories."""

from delaycore_loihi.mapping._cores import Demand
from delaycore_loihi.mapping._floorplan import draw_floor_plan, find_fullest_limit
from delaycore_loihi.mapping._image import (
    encode_image,
    iterate_projections,
    iterate_stored_synapses,
    measure_index_bits,
)
from delaycore_loihi.mapping._mesh import count_hops, count_messages, locate_tile
from delaycore_loihi.mapping._plan import LoihiPlan
from delaycore_loihi.mapping._record import CORE_LIMITS, CoreLoad, CoreUse, LoihiMapping
from delaycore_loihi.mapping._relays import derive_relay_spikes, insert_relays
from delaycore_loihi.mapping._synapses import choose_delay_bits, count_index_bits, count_words

__all__ = [
    "CORE_LIMITS",
    "CoreLoad",
    "CoreUse",
    "Demand",
    "LoihiMapping",
    "LoihiPlan",
    "choose_delay_bits",
    "count_hops",
    "count_index_bits",
    "count_messages",
    "count_words",
    "derive_relay_spikes",
    "encode_image",
    "find_fullest_limit",
    "draw_floor_plan",
    "insert_relays",
    "iterate_projections",
    "iterate_stored_synapses",
    "locate_tile",
    "measure_index_bits",
]
