"""Every constant of Seneca, each with its source: what the chip can hold, and what its actions take."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from delaycore.hardware import Constant

__all__ = ["CALIBRATED", "COSTS", "LIMITS"]

_S = "Tang et al. 2023, Frontiers in Neuroscience 1187252"
_P1 = "arXiv 2404.10597"
_P2 = "arXiv 2501.13610"

_DATA_MEMORY = Constant(256 * 1024 * 8, "bit", f"{_S}: 256 KB data memory per core")

LIMITS: Final = {
    "memory.data": replace(_DATA_MEMORY, note="a variant with 2 MB exists"),
    "queue.words": Constant(2048, "events", f"{_P2}: delay memory of 2048 words of 16 bits"),
    "event.bits": Constant(16, "bit", f"{_P2}: events are 16 bits"),
    "event.address_bits": Constant(
        10, "bit", "assumed: the split of an event is not published; 10 + 6 fits 64 steps", "an option"
    ),
    "event.sources": Constant(1024, "neurons", "assumed: 10 address bits of an event in the delay queue"),
    "delay.range": Constant(
        63, "steps", "assumed: 6 counter bits of an event in the delay queue, lifetimes up to 64 steps"
    ),
    "neurons.core": Constant(
        1024, "neurons", "assumed: an event addresses a core's neuron with as many bits as the delay queue's"
    ),
    "fan_in.core": replace(_DATA_MEMORY, note="synapses onto one neuron: they lie on its core"),
    "weight.bits": Constant(
        8, "bit", f"{_S}, table 3: two INT8 in a word of 16 bits", "of a weight that is a whole number"
    ),
    "number.largest": Constant(
        float.fromhex("0x1.fep127"),
        "units",
        "derived: bfloat16 has 8 significant bits and the exponents of float32",
    ),
    "chip.cores": Constant(
        64, "cores", "assumed: no source limits the number of cores on one network on chip"
    ),
    "memory.instructions": Constant(
        0.5e6 / 3,
        "bit",
        f"{_P1}: 0.5 Mb of RISC-V instructions for three cores; assumed: as much as there is room for",
    ),
    "npe.registers": Constant(64, "registers", f"{_S}: 64 registers of 16 bits in each element"),
    "refractory.range": Constant(256, "steps", "derived: bfloat16 counts whole steps exactly up to 256"),
}

CALIBRATED: Final = {
    "riscv.event": Constant(
        84.85,
        "operations",
        f"calibrated on 4.25 ms of 48-48-20, {_P1}",
        "RISC-V operations for an event received or sent",
    ),
    "riscv.touching": Constant(
        0.2841,
        "of all operations",
        f"calibrated on 43.6 uJ of 48-48-20, {_P1}",
        "RISC-V operations that touch data memory",
    ),
    "queue.power": Constant(
        0.98e-6 / 4.25e-3 / 2,
        "W",
        f"calibrated on 0.98 uJ in 4.25 ms for the two queues of 48-48-20, {_P1}",
        (
            "the energies and latencies printed for 32-32-20 give the same power, so it is the clock's "
            "rather than the events'"
        ),
    ),
    "software.due": Constant(
        396.22,
        "operations",
        f"calibrated on 18.3 ms of 48-48-20 with delays in software, {_P1}",
        (
            "RISC-V operations to take a due event from its step's list, find its next delay in the "
            "filter and put it into the list of that step"
        ),
    ),
    "memory.buffers": Constant(
        202e3,
        "bit",
        f"calibrated on 3.38 Mb of 48-48-20, {_P1}",
        "task and event buffers of a core, in its data memory",
    ),
}
"""The constants that no source gives; benchmarks/published/seneca.py derives them anew from 48-48-20 alone.
"""

_ARITHMETIC = f"{_S}, table 3: 0.5 arithmetic, NPE, and an eighth of the loop buffer's 0.9"

COSTS: Final = CALIBRATED | {
    "npe.ADD": Constant(1.4, "pJ", _ARITHMETIC),
    "npe.SUB": Constant(1.4, "pJ", _ARITHMETIC),
    "npe.MUL": Constant(1.4, "pJ", _ARITHMETIC),
    "npe.GTH": Constant(1.2, "pJ", f"{_S}, table 3"),
    "npe.MAX": Constant(1.2, "pJ", f"{_S}, table 3"),
    "npe.SHL": Constant(1.2, "pJ", f"{_S}, table 3: shifts"),
    "npe.SHR": Constant(
        1.2,
        "pJ",
        f"{_S}, table 3: shifts",
        "assumed to fill up with the sign: the table does not tell shifts apart",
    ),
    "npe.I2F": Constant(1.1, "pJ", f"{_S}, table 3", "assumed to take a whole number of 16 bits"),
    "npe.AND": Constant(1.1, "pJ", f"{_S}, table 3"),
    "npe.ORR": Constant(1.1, "pJ", f"{_S}, table 3"),
    "npe.EQL": Constant(1.1, "pJ", f"{_S}, table 3"),
    "npe.MLD": Constant(3.7, "pJ", f"{_S}, table 3", "of it 2.9 memory"),
    "npe.MST": Constant(3.9, "pJ", f"{_S}, table 3", "of it 3.5 memory"),
    "npe.EVC": Constant(0.5, "pJ", f"{_S}, table 3"),
    "evc.event": Constant(1.1, "pJ", f"{_S}, table 3", "per event made"),
    "npe.cycles": Constant(1, "cycles", "assumed: the elements issue one instruction per cycle"),
    "riscv.operation": Constant(11.6, "pJ", f"{_S}, table 3: mean"),
    "riscv.memory": Constant(10, "pJ", f"{_S}, table 3", "more, for an operation that touches data memory"),
    "riscv.cycles": Constant(
        1,
        "cycles",
        "assumed: the RISC-V issues one operation per cycle",
        "energy and latency of 48-48-20 then give 13 to 15 pJ an operation, as the table does",
    ),
    "riscv.step": Constant(
        100, "operations", "assumed: to wake at an end-of-step event and to start the kernels of a layer"
    ),
    "noc.event": Constant(2, "pJ", f"{_S}: one 32-bit event", "per destination core"),
    "clock": Constant(500e6, "Hz", _S),
    "code.instruction": Constant(32, "bit", "assumed: RISC-V and NPE instructions take 32 bits each"),
    "code.shared": Constant(
        0.25e6 / 3,
        "bit",
        (
            "assumed: start-up, interrupts and drivers, which all layers of a core share, take half of "
            "the memory"
        ),
    ),
}
