"""SpiNNaker 1 in one table: every constant with its source.

M is SpiNNMachine 7.4.1 and Y is sPyNNaker 7.4.1 (Apache-2.0; read, not copied), C their C code, K is Knight
and Furber 2016 as credited in C, S12 is Sharp et al. 2012, St13 is Stromatias et al. 2013.
"""

from __future__ import annotations

from dataclasses import replace

from delaycore.graph import Arithmetic, Format, fixed_point
from delaycore.hardware import Constant, HardwareSpec, Reason

__all__ = ["ARITHMETIC", "COSTS", "LIMITS", "POTENTIAL_STEP", "RETAIN_STEP", "SPEC"]

_DELAYS = (
    "Y, current rule: 9 x 2^(14 - index bits - type bits) slots at 256 neurons a core and two synapse types"
)
_RINGS = "C: ring buffer entries are unsigned 16-bit numbers and saturate"
_CYCLES = "K: 13 M static synaptic events a second and core at 200 MHz (derived)"
_NEURON_BYTES = "assumed: 12 words of parameters and state a neuron; Y does not state one figure"

LIMITS = {
    "delay.range": Constant(288, "steps", _DELAYS),
    "refractory.range": Constant(255, "steps", "assumed: 8 bits"),
    "core.neurons": Constant(256, "neurons", "Y: largest number of neurons a core"),
    "row.synapses": Constant(256, "synapses", "Y: largest synaptic row"),
    "core.dtcm": Constant(65536, "bytes", "M: data memory of a core"),
    "chip.sdram": Constant(123_469_792, "bytes", "M: usable SDRAM of a chip"),
    "router.entries": Constant(1023, "entries", "M: entries of a chip's routing table that are free"),
    "chip.cores": Constant(808, "cores", "M: cores of a board of 48 chips without monitors"),
    "ring.sum": Constant(65535, "ring units", _RINGS),
    "weight": Constant(65535, "ring units", "C: 16-bit weights"),
    "tick.cycles": Constant(200_000, "cycles", "M: 200 MHz; 1 ms steps in real time (derived)"),
}

COSTS = {
    "clock": Constant(200e6, "Hz", "M: clock of a core"),
    "tick": Constant(1e-3, "s", "M: real time, 1 ms steps"),
    "neuron.cycles": Constant(
        224, "cycles", "Y 6.0.0: planned for a neuron update", "about 64 were measured (second-hand)"
    ),
    "synapse.cycles": Constant(15.4, "cycles", _CYCLES),
    "core.cycle": Constant(170e-12, "J", "M: an active core takes 0.034 W more, at 200 MHz (derived)"),
    "router.packet": Constant(1.0e-9, "J", "M: 25 pJ a bit, 40-bit packets, one router"),
    "chip.idle": Constant(0.35, "W", "M: an idle chip"),
    "neuron.bytes": Constant(48, "bytes", _NEURON_BYTES),
    "cores.of_chip": Constant(16, "cores", "M: 808 cores of 48 chips, rounded down (derived)"),
}

POTENTIAL_STEP = 2.0**-8
RETAIN_STEP = 2.0**-15
_RING = LIMITS["ring.sum"].value
_POTENTIAL = Format("fixed", POTENTIAL_STEP, -(2.0**23), 2.0**23 - POTENTIAL_STEP)

ARITHMETIC = Arithmetic(
    name="spinnaker",
    weight=Format(family="fixed", minimum=-_RING, maximum=_RING),
    decay=replace(_POTENTIAL, rounding="nearest_away"),
    total=Format(family="fixed", minimum=0, maximum=_RING),
    current=fixed_point(32),
    potential=_POTENTIAL,
    arrivals="signs",
    additions="last",
)
"""In ring units, 2^8 of the 2^-15 steps of s16.15; see `delaycore_spinnaker.quantize`."""

_FEWER = "use fewer neurons_per_core"
_REASONS = {
    "population.bias": Reason(
        "C: V' = alpha - round(exp_TC * (alpha - V)) rounds a constant current together with the potential, "
        "which the neutral arithmetic cannot say"
    ),
    "population.reset": Reason("Y: the potential is set to V_reset after a spike"),
    "population.start": Reason("Y: one start signal"),
    "delay.loop": Reason("C: delay 0 is not offered"),
    "delay.range": Reason(remedy=f"train with shorter delays, or {_FEWER} under the current rule"),
    "core.neurons": Reason(remedy="ask for fewer"),
    "core.dtcm": Reason(remedy=_FEWER),
    "row.synapses": Reason(remedy=f"prune, or {_FEWER}"),
    "chip.sdram": Reason(remedy="prune: rows are padded to the longest"),
    "router.entries": Reason(remedy="use more neurons_per_core, or shorter delays, which need fewer stages"),
    "chip.cores": Reason(remedy="use more neurons_per_core"),
    "tick.cycles": Reason(remedy=f"{_FEWER}, or prune"),
}

_NOT_MODELLED = (
    "Spikes take one router each, whatever the distance; routing tables count the keys that start or "
    "end on a chip, not those that pass through.",
    "Cycles of a row fetch (DMA), of packet reception and of the delay-extension cores are not "
    "modelled: no figure was found.",
    "A missed tick is reported; what a core drops when it misses one is not modelled.",
    "Energies are marginal figures of M and K; published averages are 43 nJ a synaptic event (S12) "
    "and at most 26.7 nJ (St13).",
    "The idle board takes 26.84 W (M); the static part here is that of the chips in use.",
    "Inputs come from outside; the cores of spike sources and of delay extensions take no place here.",
    "Potentials beyond s16.15 are clipped (assumed); how ties of the s16.15 product round was not "
    "found: away from zero (assumed).",
)

SPEC = HardwareSpec(
    name="spinnaker",
    title="SpiNNaker 1",
    populations=frozenset({"input", "lif", "integrator"}),
    hop_delay=1,
    max_delay=int(LIMITS["delay.range"]) - 1,
    limits=LIMITS,
    costs=COSTS,
    arithmetics=(ARITHMETIC,),
    reasons=_REASONS,
    not_modelled=_NOT_MODELLED,
    unsupported=frozenset({"bias"}),
)
