"""SpiNNaker 1 in one table: every constant with its source.

M is SpiNNMachine 7.4.1 and Y is sPyNNaker 7.4.1 (Apache-2.0; read, not copied), C their C code, K is Knight
and Furber 2016 as credited in C, S12 is Sharp et al. 2012, St13 is Stromatias et al. 2013.
"""

from __future__ import annotations

from delaycore.hardware import Constant, HardwareSpec

__all__ = ["COSTS", "LIMITS", "NOT_MODELLED", "SPEC"]


def _constant(value: float, unit: str, source: str, note: str = "") -> Constant:
    return Constant(value=value, unit=unit, source=source, note=note)


LIMITS = {
    "delay.range": _constant(
        288,
        "steps",
        (
            "Y, current rule: 9 x 2^(14 - index bits - type bits) slots at 256 neurons a core and two "
            "synapse types"
        ),
    ),
    "core.neurons": _constant(256, "neurons", "Y: largest number of neurons a core"),
    "row.synapses": _constant(256, "synapses", "Y: largest synaptic row"),
    "core.dtcm": _constant(65536, "bytes", "M: data memory of a core"),
    "chip.sdram": _constant(123_469_792, "bytes", "M: usable SDRAM of a chip"),
    "router.entries": _constant(1023, "entries", "M: entries of a chip's routing table that are free"),
    "board.cores": _constant(808, "cores", "M: cores of a board of 48 chips without monitors"),
    "ring.sum": _constant(
        65535, "ring units", "C: ring buffer entries are unsigned 16-bit numbers and saturate"
    ),
    "weight": _constant(65535, "ring units", "C: 16-bit weights"),
    "tick.cycles": _constant(200_000, "cycles", "M: 200 MHz; 1 ms steps in real time (derived)"),
}

COSTS = {
    "clock": _constant(200e6, "Hz", "M: clock of a core"),
    "tick": _constant(1e-3, "s", "M: real time, 1 ms steps"),
    "neuron.cycles": _constant(
        224, "cycles", "Y 6.0.0: planned for a neuron update", "about 64 were measured (second-hand)"
    ),
    "synapse.cycles": _constant(
        15.4, "cycles", "K: 13 M static synaptic events a second and core at 200 MHz (derived)"
    ),
    "core.cycle": _constant(170e-12, "J", "M: an active core takes 0.034 W more, at 200 MHz (derived)"),
    "router.packet": _constant(1.0e-9, "J", "M: 25 pJ a bit, 40-bit packets, one router"),
    "chip.idle": _constant(0.35, "W", "M: an idle chip"),
    "neuron.bytes": _constant(
        48, "bytes", "assumed: 12 words of parameters and state a neuron; Y does not state one figure"
    ),
    "chip.cores": _constant(16, "cores", "M: 808 cores of 48 chips, rounded down (derived)"),
}

NOT_MODELLED = (
    (
        "Spikes take one router each, whatever the distance; routing tables count the keys that start or "
        "end on a chip, not those that pass through."
    ),
    (
        "Cycles of a row fetch (DMA), of packet reception and of the delay-extension cores are not "
        "modelled: no figure was found."
    ),
    "A missed tick is reported; what a core drops when it misses one is not modelled.",
    (
        "Energies are marginal figures of M and K; published averages are 43 nJ a synaptic event (S12) "
        "and at most 26.7 nJ (St13)."
    ),
    "The idle board takes 26.84 W (M); the static part here is that of the chips in use.",
    "Inputs come from outside; the cores of spike sources and of delay extensions take no place here.",
    (
        "Potentials beyond s16.15 are clipped (assumed); how ties of the s16.15 product round was not "
        "found: away from zero (assumed)."
    ),
)

SPEC = HardwareSpec(
    name="spinnaker",
    title="SpiNNaker 1",
    populations=frozenset({"input", "lif", "integrator"}),
    resets=frozenset({"zero"}),
    hop_delay=1,
    max_delay=int(LIMITS["delay.range"]) - 1,
    limits=LIMITS,
    costs=COSTS,
    not_modelled=NOT_MODELLED,
    unsupported=frozenset({"bias"}),
)
