"""The chip's limits, each with its source, in one table; what things cost stands in `delaycore_loihi.tables`.

D18: Davies et al. 2018, "Loihi: a neuromorphic manycore processor with on-chip learning", IEEE Micro 38(1).
N: nengo-loihi 1.1.0, whose open source holds the limits of the register interface.  B: brian2-loihi 0.5.2.
   L: lava-nc 0.10.0.
"""

from __future__ import annotations

from delaycore.hardware import Constant

__all__ = [
    "LIMITS",
    "REGISTERS",
    "TILE_COLUMNS",
    "TILE_CORES",
    "TILE_ROWS",
    "count_compartments",
    "find_largest_field",
]

_D18 = "Davies et al. 2018, IEEE Micro 38(1)"
_N = "nengo-loihi 1.1.0"


def _limit(value: float, unit: str, source: str, note: str = "") -> Constant:
    return Constant(value=value, unit=unit, source=source, note=note)


LIMITS = {
    "chip.cores": _limit(128, "cores", _D18),
    "chips": _limit(16384, "chips", f"{_D18}: the mesh protocol scales so far by hierarchical addressing"),
    "core.compartments": _limit(1024, "compartments", _D18),
    "core.accumulators": _limit(
        8192, "accumulators", f"{_D18}; with delay bits b a core holds 8192 / 2^b compartments"
    ),
    "core.synaptic_words": _limit(16384, "words of 64 bits", f"{_D18}: 128 KB of synaptic memory; {_N}"),
    "core.input_axons": _limit(4096, "axons", _N),
    "core.output_axons": _limit(4096, "axons", _N),
    "core.decay_profiles": _limit(32, "profiles", _N, "distinct (du, dv, refractory) of a core"),
    "core.threshold_profiles": _limit(
        8, "profiles", f"{_N}, builder", "its validator says 16; the smaller number is kept"
    ),
    "core.synapse_formats": _limit(15, "formats", f"{_N}: 16, of which the first is reserved"),
    "delay.range": _limit(
        62, "steps", f"{_D18}: up to 62; runs on the chip in Quartz: 2^b - 2 with b delay bits"
    ),
    "delay.bits": _limit(6, "bits", f"{_D18}: 8 units at least, 62 at most"),
    "refractory.range": _limit(
        62, "steps", f"{_N}: a register of 6 bits, which blocks one step fewer than it says"
    ),
    "threshold.mantissa": _limit(131071, "units of 64", f"{_N}: 17 bits"),
    "bias.mantissa": _limit(4095, "units of 2^exponent", f"{_N}: 12 bits and sign"),
    "bias.exponent": _limit(7, "bits", _N),
    "weight.exponent": _limit(
        7,
        "bits",
        f"{_N}; brian2-loihi 0.5.2",
        "exponents below 0 are left out: public emulators disagree there",
    ),
    "weight.bits": _limit(8, "bits", _D18),
    "accumulator": _limit(2**21 - 1, "units", f"{_N}: 21 bits and sign"),
    "current": _limit(2**23 - 1, "units", "brian2-loihi 0.5.2, lava-nc 0.10.0: 24 bits signed"),
    "potential": _limit(
        2**23 - 1, "units", f"{_N}: v_max = 2^(9+2k) - 1 and v_min = -2^e + 1, here k = 7 and e = 23"
    ),
    "threshold": _limit(131071 * 64, "units", f"{_N}: largest mantissa times 64"),
}

REGISTERS = {
    "unit": _limit(
        64, "units", f"{_N}, brian2-loihi 0.5.2: weights and thresholds are shifted left by 6 bits"
    ),
    "decay.units": _limit(4096, "units", f"{_N}: decays are registers of 12 bits"),
    "weight.mantissas": _limit(
        256, "mantissas", f"{_N}: of 8 bits, on each side of 0 in mixed sign mode, in steps of 2 there"
    ),
    "weight.bits.missing": _limit(7, "bits", f"{_N}: fields of 0 to 6 and of 8 bits exist"),
}
"""How registers and fields of memory count: nothing that a network could exceed."""

TILE_CORES = 4
TILE_COLUMNS, TILE_ROWS = 8, 4
"""The mesh has 8 x 4 routers with 4 cores each (D18); tiles are counted down the columns, as SANA-FE does."""


def count_compartments(delay_bits: int) -> int:
    """Return the compartments of a core whose rings have 2^bits accumulators: 1024 at 3, 512 at 4, 256 at 5,
    128 at 6.
    """
    return min(int(LIMITS["core.compartments"]), int(LIMITS["core.accumulators"]) >> delay_bits)


def find_largest_field(delay_bits: int) -> int:
    """Return the largest delay field of a core with rings of 2^bits accumulators: the slot being read cannot
    be written, and delays count from 0.
    """
    return (1 << delay_bits) - 2
