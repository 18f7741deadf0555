"""Every constant of Seneca, each with its source: what the chip can hold, and what its actions take."""

from __future__ import annotations

from typing import Final

from delaycore.hardware import Constant

__all__ = ["CALIBRATED", "COSTS", "LIMITS"]

_S = "Tang et al. 2023, Frontiers in Neuroscience 1187252"
_P1 = "arXiv 2404.10597"
_P2 = "arXiv 2501.13610"

LIMITS: Final = {
    "memory.data": Constant(
        value=256 * 1024 * 8,
        unit="bit",
        source=f"{_S}: 256 KB data memory per core",
        note="a variant with 2 MB exists",
    ),
    "queue.words": Constant(
        value=2048, unit="events", source=f"{_P2}: delay memory of 2048 words of 16 bits"
    ),
    "event.bits": Constant(value=16, unit="bit", source=f"{_P2}: events are 16 bits"),
    "event.address_bits": Constant(
        value=10,
        unit="bit",
        source="assumed: the split of an event is not published; 10 + 6 fits 64 steps",
        note="an option",
    ),
    "event.sources": Constant(
        value=1024, unit="neurons", source="assumed: 10 address bits of an event in the delay queue"
    ),
    "delay.range": Constant(
        value=63,
        unit="steps",
        source="assumed: 6 counter bits of an event in the delay queue, lifetimes up to 64 steps",
    ),
    "neurons.core": Constant(
        value=1024,
        unit="neurons",
        source="assumed: an event addresses a core's neuron with as many bits as the delay queue's",
    ),
    "fan_in.core": Constant(
        value=256 * 1024 * 8,
        unit="bit",
        source=f"{_S}: 256 KB data memory per core",
        note="synapses onto one neuron: they lie on its core",
    ),
    "weight.bits": Constant(
        value=8,
        unit="bit",
        source=f"{_S}, table 3: two INT8 in a word of 16 bits",
        note="of a weight that is a whole number",
    ),
    "number.largest": Constant(
        value=float.fromhex("0x1.fep127"),
        unit="units",
        source="derived: bfloat16 has 8 significant bits and the exponents of float32",
    ),
    "chip.cores": Constant(
        value=64, unit="cores", source="assumed: no source limits the number of cores on one network on chip"
    ),
    "memory.instructions": Constant(
        value=0.5e6 / 3,
        unit="bit",
        source=f"{_P1}: 0.5 Mb of RISC-V instructions for three cores; assumed: as much as there is room for",
    ),
    "npe.registers": Constant(
        value=64, unit="registers", source=f"{_S}: 64 registers of 16 bits in each element"
    ),
    "refractory.range": Constant(
        value=256, unit="steps", source="derived: bfloat16 counts whole steps exactly up to 256"
    ),
}

CALIBRATED: Final = {
    "riscv.event": Constant(
        value=84.85,
        unit="operations",
        source=f"calibrated on 4.25 ms of 48-48-20, {_P1}",
        note="RISC-V operations for an event received or sent",
    ),
    "riscv.touching": Constant(
        value=0.2841,
        unit="of all operations",
        source=f"calibrated on 43.6 uJ of 48-48-20, {_P1}",
        note="RISC-V operations that touch data memory",
    ),
    "queue.power": Constant(
        value=0.98e-6 / 4.25e-3 / 2,
        unit="W",
        source=f"calibrated on 0.98 uJ in 4.25 ms for the two queues of 48-48-20, {_P1}",
        note=(
            "the energies and latencies printed for 32-32-20 give the same power, so it is the clock's "
            "rather than the events'"
        ),
    ),
    "software.due": Constant(
        value=396.22,
        unit="operations",
        source=f"calibrated on 18.3 ms of 48-48-20 with delays in software, {_P1}",
        note=(
            "RISC-V operations to take a due event from its step's list, find its next delay in the "
            "filter and put it into the list of that step"
        ),
    ),
    "memory.buffers": Constant(
        value=202e3,
        unit="bit",
        source=f"calibrated on 3.38 Mb of 48-48-20, {_P1}",
        note="task and event buffers of a core, in its data memory",
    ),
}
"""The constants that no source gives; benchmarks/published/seneca.py derives them anew from 48-48-20 alone.
"""

_ARITHMETIC = f"{_S}, table 3: 0.5 arithmetic, NPE, and an eighth of the loop buffer's 0.9"

COSTS: Final = CALIBRATED | {
    "npe.ADD": Constant(value=1.4, unit="pJ", source=_ARITHMETIC),
    "npe.SUB": Constant(value=1.4, unit="pJ", source=_ARITHMETIC),
    "npe.MUL": Constant(value=1.4, unit="pJ", source=_ARITHMETIC),
    "npe.GTH": Constant(value=1.2, unit="pJ", source=f"{_S}, table 3"),
    "npe.MAX": Constant(value=1.2, unit="pJ", source=f"{_S}, table 3"),
    "npe.SHL": Constant(value=1.2, unit="pJ", source=f"{_S}, table 3: shifts"),
    "npe.SHR": Constant(
        value=1.2,
        unit="pJ",
        source=f"{_S}, table 3: shifts",
        note="assumed to fill up with the sign: the table does not tell shifts apart",
    ),
    "npe.I2F": Constant(
        value=1.1, unit="pJ", source=f"{_S}, table 3", note="assumed to take a whole number of 16 bits"
    ),
    "npe.AND": Constant(value=1.1, unit="pJ", source=f"{_S}, table 3"),
    "npe.ORR": Constant(value=1.1, unit="pJ", source=f"{_S}, table 3"),
    "npe.EQL": Constant(value=1.1, unit="pJ", source=f"{_S}, table 3"),
    "npe.MLD": Constant(value=3.7, unit="pJ", source=f"{_S}, table 3", note="of it 2.9 memory"),
    "npe.MST": Constant(value=3.9, unit="pJ", source=f"{_S}, table 3", note="of it 3.5 memory"),
    "npe.EVC": Constant(value=0.5, unit="pJ", source=f"{_S}, table 3"),
    "evc.event": Constant(value=1.1, unit="pJ", source=f"{_S}, table 3", note="per event made"),
    "npe.cycles": Constant(
        value=1, unit="cycles", source="assumed: the elements issue one instruction per cycle"
    ),
    "riscv.operation": Constant(value=11.6, unit="pJ", source=f"{_S}, table 3: mean"),
    "riscv.memory": Constant(
        value=10, unit="pJ", source=f"{_S}, table 3", note="more, for an operation that touches data memory"
    ),
    "riscv.cycles": Constant(
        value=1,
        unit="cycles",
        source="assumed: the RISC-V issues one operation per cycle",
        note="energy and latency of 48-48-20 then give 13 to 15 pJ an operation, as the table does",
    ),
    "riscv.step": Constant(
        value=100,
        unit="operations",
        source="assumed: to wake at an end-of-step event and to start the kernels of a layer",
    ),
    "noc.event": Constant(value=2, unit="pJ", source=f"{_S}: one 32-bit event", note="per destination core"),
    "clock": Constant(value=500e6, unit="Hz", source=_S),
    "code.instruction": Constant(
        value=32, unit="bit", source="assumed: RISC-V and NPE instructions take 32 bits each"
    ),
    "code.shared": Constant(
        value=0.25e6 / 3,
        unit="bit",
        source=(
            "assumed: start-up, interrupts and drivers, which all layers of a core share, take half of "
            "the memory"
        ),
    ),
}
