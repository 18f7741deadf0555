"""Time, energy and memory from counts: cycles of every core and step, packets, and what idle chips take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from delaycore.hardware import Constant, Cost, Placement, Quantity
from delaycore_spinnaker.layout import Rows, core_bytes
from delaycore_spinnaker.options import Options
from delaycore_spinnaker.spec import COSTS, NOT_MODELLED

__all__ = ["Work", "cost", "counted"]

Spikes = Mapping[str, NDArray[np.bool_]]


class Work:
    """What happened: synaptic events per core and step [samples, steps], packets [samples], steps that the
    chip ran.
    """

    def __init__(self, placement: Placement, samples: int, steps: int) -> None:
        self.events = {core: np.zeros((samples, steps)) for core in placement.cores}
        self.packets = np.zeros(samples)
        self.neurons = {core: sum(s.size for s in placement.on(core)) for core in placement.cores}
        self.steps = steps

    def cycles(self, core: int, costs: Mapping[str, Constant] = COSTS) -> NDArray[np.float64]:
        """Busy cycles of a core in each step, [samples, steps]."""
        return np.asarray(
            self.neurons[core] * float(costs["neuron.cycles"])
            + self.events[core] * float(costs["synapse.cycles"])
        )


def counted(
    found: Sequence[Rows], placement: Placement, spikes: Spikes, samples: int, steps: int, slots: int
) -> Work:
    """The work of ``spikes`` of each population, bool [samples, steps, neurons], in the chip's time.

    A core handles a row when the packet of its delay stage comes, ``stage * slots`` steps after the spike and
    one for the way.
    """
    work = Work(placement, samples, steps)
    sent: dict[str, set[int]] = {}
    for r in found:
        fired = spikes[r.source].astype(np.float64)
        for stage in np.unique(r.stage):
            wait = int(stage) * slots + 1
            synapses = np.bincount(r.pre[r.stage == stage], minlength=fired.shape[2])
            if wait < steps:
                work.events[int(r.target.core or 0)][:, wait:] += fired[:, : steps - wait] @ synapses
            sent.setdefault(r.source, set()).add(int(stage))
    for source, stages in sent.items():
        work.packets += len(stages) * spikes[source].sum(axis=(1, 2))
    return work


def cost(
    work: Work,
    found: Sequence[Rows],
    placement: Placement,
    sources: Mapping[str, int],
    options: Options,
    assumed: tuple[str, ...] = (),
) -> Cost:
    """The cost of counted work; ``assumed`` are lines for what is not modelled."""
    per_cycle, samples = float(COSTS["core.cycle"]), len(work.packets)
    events = sum((e.sum(axis=1) for e in work.events.values()), start=np.zeros(samples))
    updates = float(sum(work.neurons.values()) * work.steps)
    chips = -(-len(placement.cores) // int(COSTS["chip.cores"]))
    seconds = np.full(samples, work.steps * float(COSTS["tick"]))
    energy = {
        "neurons": np.full(samples, updates * float(COSTS["neuron.cycles"]) * per_cycle),
        "synaptic events": events * float(COSTS["synapse.cycles"]) * per_cycle,
        "router": work.packets * float(COSTS["router.packet"]),
        "static: idle chips": chips * float(COSTS["chip.idle"]) * seconds,
    }
    memory = {"ring buffers": 0.0, "neurons": 0.0, "row buffers": 0.0}
    for core in placement.cores:
        for s in placement.on(core):
            for part, size in core_bytes(s, options).items():
                memory[part] += 8.0 * size
    memory["synaptic rows"] = 8.0 * sum(r.sdram(sources[r.source]) for r in found)
    counts = {"synaptic events": events, "neuron updates": np.full(samples, updates), "packets": work.packets}
    return Cost(
        energy=Quantity("J", energy),
        latency=Quantity("s", {"ticks": seconds}),
        memory=memory,
        delay_memory=("ring buffers",),
        counts=counts,
        model=(
            "marginal energies of SpiNNMachine 7.4.1 and Knight and Furber 2016; static power apart; "
            "real-time ticks of 1 ms"
        ),
        not_modelled=(*NOT_MODELLED, *assumed),
    )
