"""What the units of each core do when, while one sample runs: the counts of the cost model laid out in time,
and the queue cycle by cycle.

RISC-V, NPEs and network begin and last as `estimate_busy_times` and `schedule_layers` say.  The delay queue
is stepped by `QueueMachine`; what it takes lies within the reception of its events.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from delaycore.delay_memory import list_arrivals
from delaycore.hardware import Level, Span, Trace
from delaycore_seneca.cost._timing import BusyTimes, estimate_busy_times, schedule_layers
from delaycore_seneca.machine import EventFormat, MachineStep, QueueMachine, Traffic
from delaycore_seneca.options import Overflow
from delaycore_seneca.tables import COSTS, LIMITS

__all__ = ["draw_trace", "step_queues"]

LANES = ("RISC-V", "NPE", "queue", "NoC")
"""From top to bottom."""


def step_queues(
    work: Sequence[Traffic], arriving: Sequence[NDArray[np.bool_]], address_bits: int, overflow: Overflow
) -> dict[str, list[MachineStep]]:
    """Step the queues of a core's layers, by place, cycle by cycle over one sample; the core takes an event
    at once.

    work: the layers, which take turns and share the words of one memory; arriving: spikes at each, bool
          [steps, sources].
    """
    event_format = EventFormat(address_bits, int(LIMITS["event.bits"]) - address_bits)
    words = int(LIMITS["queue.words"])
    machines = [QueueMachine(w.layer.gate, event_format, words, overflow) for w in work]
    steps: dict[str, list[MachineStep]] = {w.layer.place: [] for w in work}
    for t in range(len(arriving[0]) if work else 0):
        for w, machine, spikes in zip(work, machines, arriving, strict=True):
            beside = sum(other.occupied for other in machines if other is not machine)
            steps[w.layer.place].append(machine.step(list_arrivals(spikes, w.layer.ages, t), beside=beside))
    return steps


def draw_trace(
    work: Sequence[Traffic], queues: Mapping[str, list[MachineStep]], sample: int, software: bool = False
) -> Trace:
    """Draw the trace of ``sample``.  queues: the machine's steps of each layer that has a queue in hardware,
    by its place.
    """
    times = {w.layer.place: estimate_busy_times(w, software=software) for w in work}
    order = schedule_layers(work, times)
    steps = order.step[sample] if work else np.zeros(0)
    made = [
        thing
        for t, began in enumerate(np.r_[0.0, steps.cumsum()][:-1])
        for w in work
        for thing in _draw_layer(
            w,
            times[w.layer.place],
            queues.get(w.layer.place),
            sample,
            t,
            began + float(order.begins[w.layer.place][sample, t]),
        )
    ]
    spans = sorted(
        (x for x in made if isinstance(x, Span) and x.duration > 0),
        key=lambda s: (s.core, LANES.index(s.lane), s.start),
    )
    return Trace("seneca", tuple(spans), tuple(x for x in made if isinstance(x, Level)))


def _draw_layer(
    w: Traffic, b: BusyTimes, queue: list[MachineStep] | None, sample: int, t: int, at: float
) -> Iterator[Span | Level]:
    """One layer's step: its lanes begin together, NPEs work beside reception; the end of the step follows,
    sending beside it.
    """
    core, cycle = w.layer.slice.core or 0, 1 / float(COSTS["clock"])
    name = f"{w.layer.slice.name} step {t}"
    reception, integration, stalls, closing, transmission = (
        float(x[sample, t]) for x in (b.reception, b.integration, b.stalls, b.closing, b.transmission)
    )
    yield Span(core, "RISC-V", f"receive {name}", at, reception, {"events": int(w.queue.exits[sample, t])})
    yield Span(
        core,
        "NPE",
        f"integrate {name}",
        at,
        integration,
        {"groups": sum(int(g[sample, t]) for g in w.groups.values())},
    )
    over = at + max(reception, integration) + stalls
    yield Span(core, "NPE", f"end {name}", over, closing, {"neurons": w.layer.slice.size})
    spikes = int(w.made[sample, t])
    yield Span(core, "RISC-V", f"send {name}", over, transmission, {"spikes": spikes})
    yield Span(core, "NoC", f"packets {name}", over, transmission, {"events": spikes})
    if queue is not None:
        step = queue[t]
        first = step.moves[0].cycle
        yield Span(
            core,
            "queue",
            name,
            at,
            step.cycles * cycle,
            {"exits": len(step.exits), "peak words": step.peak, "stalled cycles": step.stalled},
        )
        held = int(w.queue.held[sample, t])
        yield Level(core, f"queue words {w.layer.slice.name}", at, held)
        for number, moves in groupby(step.moves, lambda move: move.cycle):
            change = sum({"write": 1, "again": 1, "read": -1}.get(move.kind, 0) for move in moves)
            held += change
            if change:
                yield Level(
                    core, f"queue words {w.layer.slice.name}", at + (number - first + 1) * cycle, held
                )
