"""What the units of each core do when, while one sample runs: the counts of the cost model laid out in time, and the queue cycle by cycle.

Every core's step begins when the slowest core has done the step before.  The delay queue is stepped by `queue_machine`; what it
takes lies within the reception of its events.  RISC-V, NPEs and network last as long as the cost model says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from delaycore.delay_memory import arrivals
from delaycore.hardware import Level, Span, Trace
from delaycore_seneca.cost import Busy, busy
from delaycore_seneca.queue_machine import EventFormat, MachineStep, Overflow, QueueMachine
from delaycore_seneca.spec import COSTS, LIMITS
from delaycore_seneca.traffic import Traffic

__all__ = ["machine_steps", "traced"]


def machine_steps(w: Traffic, arriving: NDArray[np.bool_], address_bits: int, overflow: Overflow) -> list[MachineStep]:
    """The queue of a layer, cycle by cycle, over one sample of ``arriving`` spikes, bool [steps, sources]; the core takes an event at once."""
    assert w.layer.pruning is not None
    form = EventFormat(address_bits, int(LIMITS["event.bits"]) - address_bits)
    machine = QueueMachine(w.layer.pruning, form, int(LIMITS["queue.words"]), overflow)
    return [machine.step(arrivals(arriving, w.layer.ages, t)) for t in range(len(arriving))]


def traced(work: Sequence[Traffic], queues: dict[str, list[MachineStep]], sample: int, software: bool = False) -> Trace:
    """The trace of ``sample``.  queues: the machine's steps of each layer that has a queue in hardware, by its place."""
    times = {w.layer.place: busy(w, software=software) for w in work}
    cores = sorted({w.layer.slice.core or 0 for w in work})
    spans: list[Span] = []
    levels: list[Level] = []
    began = 0.0
    for t in range(work[0].made.shape[1] if work else 0):
        ends = []
        for core in cores:
            at = began
            for w in work:
                if w.layer.slice.core == core:
                    made = list(_layer(w, times[w.layer.place], queues.get(w.layer.place), core, sample, t, at))
                    spans += [x for x in made if isinstance(x, Span)]
                    levels += [x for x in made if isinstance(x, Level)]
                    at += float(times[w.layer.place].total[sample, t])
            ends.append(at)
        began = max(ends)
    return Trace("seneca", tuple(s for s in spans if s.duration > 0), tuple(levels))


def _layer(w: Traffic, b: Busy, queue: list[MachineStep] | None, core: int, sample: int, t: int, at: float) -> Iterator[Span | Level]:
    """One layer's step: its lanes begin together, NPEs work beside reception, the end of the step and sending follow."""
    name, cycle = f"{w.layer.slice.name} step {t}", 1 / float(COSTS["clock"])
    reception, transmission = float(b.reception[sample, t]), float(b.transmission[sample, t])
    integration, closing = float(b.integration[sample, t]), float(b.closing)
    exits = int(w.queue.exits[sample, t])
    yield Span(core, "RISC-V", f"receive {name}", at, reception, {"events": exits})
    yield Span(core, "NPE", f"integrate {name}", at, integration, {"groups": sum(int(g[sample, t]) for g in w.groups.values())})
    over = at + max(reception, integration)
    yield Span(core, "NPE", f"end {name}", over, closing, {"neurons": w.layer.slice.size})
    sending = over + closing
    spikes = int(w.made[sample, t])
    yield Span(core, "RISC-V", f"send {name}", sending, transmission, {"spikes": spikes})
    yield Span(core, "NoC", f"packets {name}", sending, transmission, {"events": spikes})
    if queue is not None:
        step = queue[t]
        first = step.moves[0].cycle
        yield Span(core, "queue", name, at, step.cycles * cycle, {"exits": len(step.exits), "peak words": step.peak, "stalled cycles": step.stalled})
        held = int(w.queue.held[sample, t])
        yield Level(core, f"queue words {w.layer.slice.name}", at, held)
        for move in step.moves:
            held += {"write": 1, "again": 1, "read": -1}.get(move.kind, 0)
            if move.kind in ("write", "read", "again"):
                yield Level(core, f"queue words {w.layer.slice.name}", at + (move.cycle - first + 1) * cycle, held)
