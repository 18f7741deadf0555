"""Numbers: weights and parameters are moved onto the chip's registers, and every change is counted."""

from delaycore_loihi.numbers._arithmetic import (
    ARITHMETIC,
    DECAY_UNITS,
    decode_current_decay,
    decode_potential_decay,
    encode_current_decay,
    encode_potential_decay,
)
from delaycore_loihi.numbers._bounds import find_possible_overflow
from delaycore_loihi.numbers._findings import choose_weight_bits, find_finer_decays, find_unsuitable_numbers
from delaycore_loihi.numbers._registers import THRESHOLD_STEP, choose_bias_exponent
from delaycore_loihi.numbers._scheme import choose_quantization_scheme
from delaycore_loihi.numbers._weights import SignMode, WeightGrid, choose_grid

__all__ = [
    "ARITHMETIC",
    "DECAY_UNITS",
    "SignMode",
    "THRESHOLD_STEP",
    "WeightGrid",
    "choose_bias_exponent",
    "choose_grid",
    "choose_quantization_scheme",
    "choose_weight_bits",
    "decode_current_decay",
    "decode_potential_decay",
    "encode_current_decay",
    "encode_potential_decay",
    "find_finer_decays",
    "find_possible_overflow",
    "find_unsuitable_numbers",
]
