"""TrueNorth in one table: every constant with its source.

Me14 is Merolla et al. 2014, Ak15 is Akopyan et al. 2015, both from second-hand notes that quote them.
"memory" marks what was read nowhere: check it before relying on it.
"""

from __future__ import annotations

from delaycore.hardware import Constant, HardwareSpec

__all__ = ["COSTS", "LIMITS", "NOT_MODELLED", "SPEC"]


def _constant(value: float, unit: str, source: str, note: str = "") -> Constant:
    return Constant(value=value, unit=unit, source=source, note=note)


LIMITS = {
    "chip.cores": _constant(4096, "cores", "Me14, Ak15 (second-hand)"),
    "core.axons": _constant(256, "axons", "Me14, Ak15 (second-hand)"),
    "core.neurons": _constant(256, "neurons", "Me14, Ak15 (second-hand)"),
    "delay.range": _constant(
        15, "steps", "Me14, Ak15 (second-hand): a neuron's target has one delay of 1 to 15 steps"
    ),
    "weight.values": _constant(
        4, "values", "Me14, Ak15 (second-hand): one weight of a neuron for each of four axon types"
    ),
    "weight": _constant(255, "units", "Me14, Ak15 (second-hand): 9-bit signed weights, here symmetric"),
    "potential": _constant(2**19 - 1, "units", "Me14, Ak15 (second-hand): 20 bits, signed"),
    "threshold": _constant(2**18 - 1, "units", "memory: 18 bits; not read in a source"),
    "leak": _constant(255, "units", "memory: 9 bits, signed, linear; not read in a source"),
}

COSTS = {
    "tick": _constant(1e-3, "s", "Me14, Ak15 (second-hand): 1 ms steps; up to 21 times faster was shown"),
    "event": _constant(
        2.297e-12,
        "J",
        "derived: fit of 64.43 mW + 2.297 pJ x events/s to powers at 0.8 V, held-out point off by 0.5 %",
    ),
    "core.static": _constant(15.7e-6, "W", "derived: 64.43 mW of 4,096 cores at 0.8 V"),
    "core.row": _constant(410, "bits", "Me14, Ak15 (second-hand): 408 to 410 bits, the papers differ"),
    "scheduler": _constant(16 * 256, "bits", "Me14, Ak15 (second-hand): 16 x 256 one-bit entries"),
}

NOT_MODELLED = (
    (
        "Limits come from second-hand notes on Merolla et al. 2014 and Akopyan et al. 2015; widths of "
        "threshold and leak are from memory."
    ),
    (
        "Energy of a spike's hops (2.3 pJ in x at 0.775 V, y unpublished) is part of the fitted energy "
        "of an event and not told apart."
    ),
    "Energy of a neuron update and latency of a hop are unpublished.",
    (
        "The step is integration, leak, threshold, reset; public simulators differ in the order of leak "
        "and integration."
    ),
    "Stochastic weights, leaks and thresholds, and the other reset modes, are not offered.",
    "Reach of packets (+-255 cores) is not checked: cores are numbered, not laid out.",
    (
        "Inputs come from outside and may send any number of packets for one spike; what brings them "
        "onto the chip is not modelled."
    ),
)

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
)
