"""Time, energy and memory from counts: cycles of every core and step, packets, and what idle chips take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from delaycore import Cost, Finding, Graph
from delaycore.delay_memory import count_due_events
from delaycore.hardware import Placement, Quantity
from delaycore_spinnaker.layout import Rows, core_bytes
from delaycore_spinnaker.options import Options
from delaycore_spinnaker.spec import COSTS, SPEC

__all__ = ["Work", "cost", "count_work", "find_missed_ticks"]

Spikes = Mapping[str, NDArray[np.bool_]]


_MODEL = "marginal energies of SpiNNMachine 7.4.1 and Knight and Furber 2016; static power apart; 1 ms ticks"


class Work:
    """What happened: synaptic events per core and step [samples, steps], packets [samples], steps that the
    chip ran.
    """

    def __init__(self, placement: Placement, samples: int, steps: int) -> None:
        self.events = {core: np.zeros((samples, steps)) for core in placement.cores}
        self.packets = np.zeros(samples)
        self.neurons = placement.neurons
        self.steps = steps

    def cycles(self, core: int) -> NDArray[np.float64]:
        """Busy cycles of a core in each step, [samples, steps]."""
        neurons = self.neurons[core] * float(COSTS["neuron.cycles"])
        return np.asarray(neurons + self.events[core] * float(COSTS["synapse.cycles"]))


def count_work(
    rows: Sequence[Rows], placement: Placement, spikes: Spikes, samples: int, steps: int, slots: int
) -> Work:
    """The work of ``spikes`` of each population, bool [samples, steps, neurons], in the chip's time.

    A core handles a row when the packet of its delay stage comes, ``stage * slots`` steps after the spike and
    one for the way.
    """
    work = Work(placement, samples, steps)
    sent: dict[str, set[int]] = {}
    for r in rows:
        fired, wait = spikes[r.source], r.stage * slots + 1
        per_wait = np.zeros((fired.shape[2], int(wait.max(initial=0)) + 1), dtype=np.int64)
        np.add.at(per_wait, (r.pre, wait), 1)
        work.events[int(r.target.core or 0)] += count_due_events(fired, per_wait)
        sent.setdefault(r.source, set()).update(r.stage.tolist())
    for source, stages in sent.items():
        work.packets += len(stages) * spikes[source].sum(axis=(1, 2))
    return work


def find_missed_ticks(work: Work) -> Iterator[Finding]:
    """The cores that had more to do in a step than a tick has cycles."""
    limit = SPEC.limits["tick.cycles"]
    for core in work.events:
        cycles = work.cycles(core)
        if missed := int(np.count_nonzero(cycles > limit.value)):
            message = f"{missed} of {cycles.size} ticks were missed; the chip would lag or drop spikes"
            remedy = SPEC.reasons["tick.cycles"].remedy
            yield Finding.over("tick.cycles", f"core {core}", message, float(cycles.max()), limit, remedy)


def cost(
    work: Work,
    rows: Sequence[Rows],
    graph: Graph,
    placement: Placement,
    options: Options,
    assumed: tuple[str, ...] = (),
) -> Cost:
    """The cost of counted work; ``assumed`` are lines for what is not modelled."""
    per_cycle, samples = float(COSTS["core.cycle"]), len(work.packets)
    events = sum((e.sum(axis=1) for e in work.events.values()), start=np.zeros(samples))
    updates = float(sum(work.neurons.values()) * work.steps)
    chips = -(-len(placement.cores) // int(COSTS["cores.of_chip"]))
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
    memory["synaptic rows"] = 8.0 * sum(r.sdram(int(graph.populations[r.source].size)) for r in rows)
    counts = {"synaptic events": events, "neuron updates": np.full(samples, updates), "packets": work.packets}
    return Cost(
        energy=Quantity("J", energy),
        latency=Quantity("s", {"ticks": seconds}),
        memory=memory,
        delay_memory=("ring buffers",),
        counts=counts,
        model=_MODEL,
        not_modelled=(*SPEC.not_modelled, *assumed),
    )
