"""Time, energy and memory from counts of instructions.

Time: `timing` lays out what the units of all cores do in a step; a sample takes the sum of its steps.

Energy: every instruction of every NPE, idle ones of the lock-step included, by the table of Tang et al. 2023;
RISC-V operations; the network on chip; and the power of the delay queues over the time that the sample takes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from delaycore.hardware import Constant, Cost, Quantity
from delaycore_seneca.cost._timing import estimate_busy_times, schedule_layers
from delaycore_seneca.machine import Traffic
from delaycore_seneca.mapping import LANES, STATE, average_per_synapse, build_end_of_step, sum_energy
from delaycore_seneca.spec import NOT_MODELLED
from delaycore_seneca.tables import COSTS, LIMITS

__all__ = ["NetworkEvents", "count_memory", "estimate_cost"]

Costs = Mapping[str, Constant]
Floats = NDArray[np.float64]


class NetworkEvents(NamedTuple):
    """Events on the network on chip, [samples]: counted once for each core that they go to, and once for each
    link that they cross.
    """

    events: NDArray[np.int64]
    hops: NDArray[np.int64]


def estimate_cost(
    work: Sequence[Traffic], sent: NetworkEvents, costs: Costs = COSTS, list_words: int | None = None
) -> Cost:
    """Estimate the cost of the counted ``work`` of all layers.

    sent:       events on the network on chip.
    list_words: words of all cores' data memory for lists of events, where the RISC-V keeps the delayed ones;
                None where a queue in hardware does.
    """
    software = list_words is not None
    samples = len(sent.events)
    steps = schedule_layers(
        work, {w.layer.place: estimate_busy_times(w, costs, software) for w in work}
    ).parts
    seconds = {part: each.sum(axis=1) for part, each in steps.items()}
    took = sum(seconds.values(), start=np.zeros(samples))
    riscv = {
        "reception": _sum_by_sample([w.queue.exits for w in work]) * float(costs["riscv.event"]),
        "transmission": _sum_by_sample([w.made for w in work]) * float(costs["riscv.event"]),
        "end of step": np.full(samples, sum(w.made.shape[1] for w in work) * float(costs["riscv.step"])),
    }
    joules = (
        float(costs["riscv.operation"]) + float(costs["riscv.touching"]) * float(costs["riscv.memory"])
    ) * 1e-12
    due = _sum_by_sample([w.due for w in work])
    delays = (
        {"RISC-V delays": due * float(costs["software.due"]) * joules}
        if software
        else {"delay queue": float(costs["queue.power"]) * took}
    )
    queues = len({w.layer.slice.core for w in work if w.layer.pruning is not None})
    energy: dict[str, Floats] = {
        "neural processing": _sum_neural_energy(work, costs),
        **{f"RISC-V {part}": operations * joules for part, operations in riscv.items()},
        "network on chip": np.asarray(sent.events * float(costs["noc.event"]) * 1e-12, dtype=np.float64),
        **{part: amount * (queues if part == "delay queue" else 1) for part, amount in delays.items()},
    }
    counts = {
        "queue exits": due,
        "queue visits": _sum_by_sample([w.visits for w in work]),
        "events received": _sum_by_sample([w.queue.exits for w in work]),
        "synaptic operations": _sum_by_sample([w.operations for w in work]),
        "spikes": _sum_by_sample([w.made for w in work]),
        "events on the network": sent.events.astype(np.float64),
        "hops on the network": sent.hops.astype(np.float64),
        "queue stall cycles": np.zeros(samples)
        if software
        else _sum_by_sample([np.maximum(w.stalls, 0) for w in work]),
    }
    return Cost(
        energy=Quantity("J", energy),
        latency=Quantity("s", seconds),
        memory=count_memory(work, costs, list_words),
        delay_memory=("delay queue", "pruning filter"),
        counts=counts,
        model=(
            "instruction counts, Tang et al. 2023; RISC-V, queue and buffers calibrated on 48-48-20 of "
            "arXiv 2404.10597"
        ),
        not_modelled=NOT_MODELLED,
    )


def _sum_by_sample(counts: Sequence[NDArray[np.int64]]) -> Floats:
    """Counts [samples, steps] of all layers, summed to [samples]."""
    return np.asarray(sum(c.sum(axis=1) for c in counts), dtype=np.float64)


def _sum_neural_energy(work: Sequence[Traffic], costs: Costs) -> Floats:
    joules = np.zeros(len(work[0].made))
    for w in work:
        for layout, groups in w.groups.items():
            joules += (
                groups.sum(axis=1)
                * LANES
                * average_per_synapse(sum_energy, layout, w.layer.width, w.lanes // LANES, costs)
            )
            joules += w.state_groups[layout].sum(axis=1) * LANES * sum_energy(STATE[layout], costs)
        joules += w.made.shape[1] * w.lanes * sum_energy(build_end_of_step(w.layer.population), costs)
        joules += w.made.sum(axis=1) * float(costs["evc.event"]) * 1e-12
    return joules


def count_memory(
    work: Sequence[Traffic], costs: Costs = COSTS, list_words: int | None = None
) -> dict[str, float]:
    """Bits of memory by part, over all cores in use."""
    cores = {w.layer.slice.core for w in work}
    queued = [w.layer for w in work if w.layer.pruning is not None]
    parts = {
        name: float(sum(w.layer.bits[name] for w in work)) for name in ("weights", "parameters", "states")
    }
    return parts | {
        "instructions": len(cores) * float(LIMITS["memory.instructions"]),
        "buffers": len(cores) * float(costs["memory.buffers"]),
        "delay queue": list_words * float(LIMITS["event.bits"])
        if list_words is not None
        else len({layer.slice.core for layer in queued})
        * float(LIMITS["queue.words"])
        * float(LIMITS["event.bits"]),
        "pruning filter": float(sum(layer.gate.bits.size for layer in queued)),
    }
