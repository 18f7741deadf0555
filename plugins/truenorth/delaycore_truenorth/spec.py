"""TrueNorth in one table: every constant with its source.

Me14 is Merolla et al. 2014, Ak15 is Akopyan et al. 2015, both from second-hand notes that quote them.
"memory" marks what was read nowhere: check it before relying on it.
"""

from __future__ import annotations

from delaycore.graph import Arithmetic, Format
from delaycore.hardware import Constant, HardwareSpec, Reason

__all__ = ["ARITHMETIC", "COSTS", "LIMITS", "NOT_MODELLED", "SPEC", "make_format"]


_PAPERS = "Me14, Ak15 (second-hand)"

LIMITS = {
    "chip.cores": Constant(4096, "cores", _PAPERS),
    "core.axons": Constant(256, "axons", _PAPERS),
    "core.neurons": Constant(256, "neurons", _PAPERS),
    "delay.range": Constant(15, "steps", f"{_PAPERS}: a neuron's target has one delay of 1 to 15 steps"),
    "weight.values": Constant(4, "values", f"{_PAPERS}: a weight of a neuron for each of four axon types"),
    "weight": Constant(255, "units", f"{_PAPERS}: 9-bit signed weights, here symmetric"),
    "potential": Constant(2**19 - 1, "units", f"{_PAPERS}: 20 bits, signed"),
    "threshold": Constant(2**18 - 1, "units", "memory: 18 bits; not read in a source"),
    "leak": Constant(255, "units", "memory: 9 bits, signed, linear; not read in a source"),
}


def make_format(limit: str) -> Format:
    """The whole numbers from minus to plus a limit of the chip, such as ``weight``."""
    return Format(family="fixed", minimum=-LIMITS[limit].value, maximum=LIMITS[limit].value)


_SUM = make_format("potential")  # of everything but weights
ARITHMETIC = Arithmetic("truenorth", make_format("weight"), _SUM, _SUM, _SUM, _SUM, arrivals="state")

_FIT = "derived: fit of 64.43 mW + 2.297 pJ x events/s to powers at 0.8 V, held-out point off by 0.5 %"

COSTS = {
    "tick": Constant(1e-3, "s", f"{_PAPERS}: 1 ms steps; up to 21 times faster was shown"),
    "event": Constant(2.297e-12, "J", _FIT),
    "core.static": Constant(15.7e-6, "W", "derived: 64.43 mW of 4,096 cores at 0.8 V"),
    "core.row": Constant(410, "bits", f"{_PAPERS}: 408 to 410 bits, the papers differ"),
    "scheduler": Constant(16 * 256, "bits", f"{_PAPERS}: 16 x 256 one-bit entries"),
}

NOT_MODELLED = (
    "Limits come from second-hand notes on Merolla et al. 2014 and Akopyan et al. 2015.",
    "Widths of threshold and leak are from memory.",
    "Energy of a spike's hops (2.3 pJ in x at 0.775 V, y unpublished) is a part of the fit of an event's.",
    "Energy of a neuron update and latency of a hop are unpublished.",
    "The step is integration, leak, threshold, reset; public simulators differ in the first two's order.",
    "Stochastic weights, leaks and thresholds, and the other reset modes, are not offered.",
    "Reach of packets (+-255 cores) is not checked: cores are numbered, not laid out.",
    "Inputs come from outside and may send any number of packets for one spike.",
    "What brings inputs onto the chip is not modelled.",
)

_REMEDIES = {
    "population.kind": "train kind 'linear_leak', or 'lif' with retain 1; in place of an integrator, read "
    "spike counts of neurons that fire (network.readout = 'spikes')",
    "population.leak": "train without leak (network.leak = 'none', retain 1), or with kind 'linear_leak' "
    "(delaycore_truenorth.LinearLeak), which loses a constant per step",
    "delay.range": "train with delays up to 15 steps; relays are not made",
}

SPEC = HardwareSpec(
    name="truenorth",
    title="TrueNorth",
    populations=frozenset({"input", "lif", "linear_leak"}),
    resets=frozenset({"zero", "subtract"}),
    hop_delay=1,
    max_delay=int(LIMITS["delay.range"]) - 1,
    limits=LIMITS,
    costs=COSTS,
    not_modelled=NOT_MODELLED,
    unsupported=frozenset({"bias", "refractory", "leak"}),
    arithmetics=(ARITHMETIC,),
    reasons={code: Reason(remedy=remedy) for code, remedy in _REMEDIES.items()},
)
