"""Numbers: weights, parameters and states become bfloat16 or whole numbers of few bits, and every change is
counted.
"""

from delaycore_seneca.numbers._arithmetic import (
    ARITHMETIC,
    WIDTHS,
    WORD,
    find_width,
    make_arithmetic,
    make_weight_format,
)
from delaycore_seneca.numbers._patterns import (
    count_weights_per_word,
    decode_numbers,
    encode_numbers,
    pack_words,
    unpack_words,
)
from delaycore_seneca.numbers._quantize import choose_quantization_scheme, choose_width
from delaycore_seneca.numbers._ranges import bound_sums, find_possible_overflow, find_unsuitable_numbers
from delaycore_seneca.numbers._scale import choose_scale

__all__ = [
    "ARITHMETIC",
    "WIDTHS",
    "WORD",
    "bound_sums",
    "choose_quantization_scheme",
    "choose_scale",
    "choose_width",
    "count_weights_per_word",
    "decode_numbers",
    "encode_numbers",
    "find_possible_overflow",
    "find_unsuitable_numbers",
    "find_width",
    "make_arithmetic",
    "make_weight_format",
    "pack_words",
    "unpack_words",
]
