"""Time, energy and memory from counts of instructions.

Time: on a core, the RISC-V receives events while the NPEs work on those received before, so the longer of both counts; then the
kernels that end the step run, and the events made are sent.  A step of the chip ends when its slowest core is done, and a sample takes the
sum of its steps.

Energy: every instruction of every NPE, idle ones of the lock-step included, by the table of Tang et al. 2023; RISC-V operations; the network on
chip; and the power of the delay queues over the time that the sample takes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from delaycore.hardware import Constant, Cost, Quantity
from delaycore_seneca import kernels
from delaycore_seneca.layout import LANES
from delaycore_seneca.spec import COSTS, LIMITS, NOT_MODELLED
from delaycore_seneca.traffic import Traffic

__all__ = ["Busy", "Software", "busy", "cost", "memory"]

Costs = Mapping[str, Constant]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Software:
    """Delays kept by the RISC-V: ``words`` of all cores' data memory that its lists of events have room for."""

    words: int


@dataclass(frozen=True)
class Busy:
    """Seconds that a layer keeps its core's units busy in each step, [samples, steps].

    reception:    of the RISC-V; integration: of the NPEs, side by side with it.
    closing:      of the NPEs at the end of a step, the same in every one.
    transmission: of the RISC-V.
    """

    reception: Floats
    integration: Floats
    closing: float
    transmission: Floats

    @property
    def neural(self) -> Floats:
        """What the NPEs take beyond reception, and at the end of the step."""
        return np.asarray(np.maximum(self.integration - self.reception, 0) + self.closing)

    @property
    def total(self) -> Floats:
        return self.reception + self.neural + self.transmission


def cost(work: Sequence[Traffic], sent: NDArray[np.int64], costs: Costs = COSTS, software: Software | None = None) -> Cost:
    """The cost of the counted ``work`` of all layers.

    sent:     events on the network on chip, once per destination core, [samples].
    software: given where the RISC-V keeps the delayed events, instead of a queue in hardware.
    """
    seconds = _latency(work, costs, software)
    took = sum(seconds.values(), start=np.zeros(len(sent)))
    riscv = {
        "reception": _summed([w.queue.exits for w in work]) * float(costs["riscv.event"]),
        "transmission": _summed([w.made for w in work]) * float(costs["riscv.event"]),
        "end of step": np.full(len(sent), sum(w.made.shape[1] for w in work) * float(costs["riscv.step"])),
    }
    joules = (float(costs["riscv.operation"]) + float(costs["riscv.touching"]) * float(costs["riscv.memory"])) * 1e-12
    listing = (float(costs["riscv.operation"]) + float(costs["software.touching"]) * float(costs["riscv.memory"])) * 1e-12
    visits = _summed([w.visits for w in work])
    delays = {"RISC-V delays": visits * float(costs["software.visit"]) * listing} if software else {"delay queue": float(costs["queue.power"]) * took}
    queues = len({w.layer.slice.core for w in work if w.layer.pruning is not None})
    energy: dict[str, Floats] = {
        "neural processing": _neural(work, costs),
        **{f"RISC-V {part}": operations * joules for part, operations in riscv.items()},
        "network on chip": np.asarray(sent * float(costs["noc.event"]) * 1e-12, dtype=np.float64),
        **{part: amount * (queues if part == "delay queue" else 1) for part, amount in delays.items()},
    }
    counts = {
        "queue exits": _summed([w.queue.exits * (w.layer.pruning is not None) for w in work]),
        "queue visits": visits,
        "events received": _summed([w.queue.exits for w in work]),
        "synaptic operations": _summed([w.operations for w in work]),
        "spikes": _summed([w.made for w in work]),
        "events on the network": sent.astype(np.float64),
    }
    return Cost(
        energy=Quantity("J", energy),
        latency=Quantity("s", seconds),
        memory=memory(work, costs, software),
        delay_memory=("delay queue", "pruning filter"),
        counts=counts,
        model="instruction counts, Tang et al. 2023; RISC-V, queue and buffers calibrated on 48-48-20 of arXiv 2404.10597",
        not_modelled=NOT_MODELLED,
    )


def _summed(counts: Sequence[NDArray[np.int64]]) -> Floats:
    """Counts [samples, steps] of all layers, summed to [samples]."""
    return np.asarray(sum(c.sum(axis=1) for c in counts), dtype=np.float64)


def _neural(work: Sequence[Traffic], costs: Costs) -> Floats:
    joules = np.zeros(len(work[0].made))
    for w in work:
        for layout, groups in w.groups.items():
            joules += groups.sum(axis=1) * LANES * kernels.energy(kernels.SYNAPSE[layout], costs)
        joules += w.made.shape[1] * w.lanes * kernels.energy(kernels.end_of_step(w.layer.population), costs)
        joules += w.made.sum(axis=1) * float(costs["evc.event"]) * 1e-12
    return joules


def _latency(work: Sequence[Traffic], costs: Costs, software: Software | None) -> dict[str, Floats]:
    """Seconds per sample by part, those of the slowest core in each step."""
    cores: dict[int | None, list[Busy]] = {}
    for w in work:
        cores.setdefault(w.layer.slice.core, []).append(busy(w, costs, software is not None))
    names = ("reception", "neural", "transmission")
    parts = np.array([[sum(getattr(b, name) for b in on) for name in names] for on in cores.values()])  # [cores, parts, samples, steps]
    slowest = parts.sum(axis=1).argmax(axis=0)
    taken = np.take_along_axis(parts, slowest[None, None], axis=0)[0].sum(axis=-1)
    return {"event reception": taken[0], "neural processing": taken[1], "event transmission": taken[2]}


def busy(w: Traffic, costs: Costs = COSTS, software: bool = False) -> Busy:
    """The seconds that the counted work of a layer keeps its core's units busy."""
    clock = float(costs["clock"])
    operation = float(costs["riscv.cycles"]) / clock
    per_event = float(costs["riscv.event"]) * operation
    reception = np.asarray(w.queue.exits * per_event + float(costs["riscv.step"]) * operation, dtype=np.float64)
    if software:
        reception = reception + w.visits * float(costs["software.visit"]) * operation
    integration = sum(groups * kernels.cycles(kernels.SYNAPSE[layout], costs) for layout, groups in w.groups.items()) / clock
    closing = w.lanes // LANES * kernels.cycles(kernels.end_of_step(w.layer.population), costs) / clock
    return Busy(reception, np.asarray(integration, dtype=np.float64), float(closing), np.asarray(w.made * per_event, dtype=np.float64))


def memory(work: Sequence[Traffic], costs: Costs = COSTS, software: Software | None = None) -> dict[str, float]:
    """Bits by part, over all cores in use."""
    cores = {w.layer.slice.core for w in work}
    queued = [w.layer for w in work if w.layer.pruning is not None]
    parts = {name: float(sum(w.layer.bits[name] for w in work)) for name in ("weights", "parameters", "states")}
    return parts | {
        "instructions": len(cores) * float(costs["memory.instructions"]),
        "buffers": len(cores) * float(costs["memory.buffers"]),
        "delay queue": software.words * float(LIMITS["event.bits"])
        if software
        else len({layer.slice.core for layer in queued}) * float(LIMITS["queue.words"]) * float(LIMITS["event.bits"]),
        "pruning filter": float(sum(layer.gate.bits.size for layer in queued)),
    }
