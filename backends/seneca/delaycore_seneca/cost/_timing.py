"""When each layer works: what keeps its core's units busy in a step, and how the layers of a step follow one
another.

Within a layer, the RISC-V receives events while the NPEs integrate those received before; the kernel that
ends the step runs over the neurons while the RISC-V sends the events that were captured.  The end of a step
goes from layer to layer: a layer takes up a step when all layers whose events may act in that same step have
ended it, and the next step begins when every layer has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from delaycore.hardware import Constant
from delaycore_seneca.machine import Traffic
from delaycore_seneca.mapping import LANES, STATE, average_per_synapse, build_end_of_step, count_cycles
from delaycore_seneca.tables import COSTS

__all__ = ["BusyTimes", "Schedule", "estimate_busy_times", "schedule_layers"]

Costs = Mapping[str, Constant]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class BusyTimes:
    """Seconds that a layer keeps its core's units busy in each step, [samples, steps].

    reception:    of the RISC-V; integration: of the NPEs, side by side with it.
    stalls:       that a full queue keeps senders waiting, before the last event is in.
    closing:      of the NPEs at the end of a step; transmission: of the RISC-V, side by side with it.
    """

    reception: Floats
    integration: Floats
    stalls: Floats
    closing: Floats
    transmission: Floats

    @property
    def parts(self) -> dict[str, Floats]:
        """Seconds that each activity adds to the time of the layer, [samples, steps]."""
        return {
            "event reception": self.reception,
            "queue stalls": self.stalls,
            "neural processing": np.maximum(self.integration - self.reception, 0)
            + np.maximum(self.closing - self.transmission, 0),
            "event transmission": self.transmission,
        }

    @property
    def total(self) -> Floats:
        """Seconds from taking up a step to having ended it."""
        return sum(self.parts.values(), start=np.zeros(1))


def estimate_busy_times(w: Traffic, costs: Costs = COSTS, software: bool = False) -> BusyTimes:
    """Estimate how long the counted work of a layer keeps its core's units busy.

    software: whether the RISC-V keeps the delayed events, instead of a queue in hardware.
    """
    cycle = 1 / float(costs["clock"])
    operation = float(costs["riscv.cycles"]) * cycle
    reception = w.queue.exits * float(costs["riscv.event"]) + float(costs["riscv.step"])
    if software:
        reception = reception + w.due * float(costs["software.due"])
    sums = sum(
        groups * average_per_synapse(count_cycles, layout, w.layer.width, w.lanes // LANES, costs)
        for layout, groups in w.groups.items()
    )
    states = sum(groups * count_cycles(STATE[layout], costs) for layout, groups in w.state_groups.items())
    closing = w.lanes // LANES * count_cycles(build_end_of_step(w.layer.population), costs)
    stalls = np.zeros_like(w.stalls) if software else np.maximum(w.stalls, 0)
    return BusyTimes(
        reception=np.asarray(reception * operation, dtype=np.float64),
        integration=np.asarray((sums + states) * cycle, dtype=np.float64),
        stalls=np.asarray(stalls * cycle, dtype=np.float64),
        closing=np.full(w.made.shape, closing * cycle),
        transmission=np.asarray(w.made * float(costs["riscv.event"]) * operation, dtype=np.float64),
    )


@dataclass(frozen=True)
class Schedule:
    """Seconds within each step, [samples, steps]: when each layer, by its place, takes it up; and the parts
    of what the whole step takes.
    """

    begins: Mapping[str, Floats]
    parts: Mapping[str, Floats]

    @property
    def step(self) -> Floats:
        """Seconds of each step, [samples, steps]."""
        return sum(self.parts.values(), start=np.zeros(1))


def schedule_layers(work: Sequence[Traffic], times: Mapping[str, BusyTimes]) -> Schedule:
    """Lay out how the layers of ``work`` follow one another, given what keeps each, by its place, busy."""
    began: dict[str, Floats] = {}
    # what made the way to a layer's end as long as it is, [parts, samples, steps]
    paths: dict[str, Floats] = {}
    on_core: dict[int | None, str] = {}
    of = _group_by_population(work)
    longest = np.zeros((4, *(work[0].made.shape if work else (0, 0))))
    for w in _order_by_need(work):
        place, core = w.layer.place, w.layer.slice.core
        before = [v.layer.place for name in _list_needed(w) for v in of.get(name, ())]
        before += [on_core[core]] if core in on_core else []
        way = _take_longest([paths[p] for p in dict.fromkeys(before)], np.zeros_like(longest))
        began[place] = way.sum(axis=0)
        paths[place] = way + np.stack([*times[place].parts.values()])
        longest = _take_longest([paths[place]], longest)
        on_core[core] = place
    names = next(iter(times.values())).parts if times else ()
    return Schedule(began, dict(zip(names, longest, strict=False)))


def _take_longest(paths: Sequence[Floats], shortest: Floats) -> Floats:
    """In each step of each sample the longest of ``paths``."""
    for path in paths:
        shortest = np.where(path.sum(axis=0) > shortest.sum(axis=0), path, shortest)
    return shortest


def _order_by_need(work: Sequence[Traffic]) -> list[Traffic]:
    """Layers in the order in which a step computes them: each after all whose events may act in the same
    step.
    """
    of = _group_by_population(work)
    left = {name: len(layers) for name, layers in of.items()}
    needed = [{name for name in _list_needed(w) if name in of} for w in work]
    waiting: dict[str, list[int]] = {}
    for i, names in enumerate(needed):
        for name in names:
            waiting.setdefault(name, []).append(i)
    made: list[int] = []
    free = [i for i, names in enumerate(needed) if not names]
    while free:
        made += free
        done = []
        for i in free:
            name = work[i].layer.slice.population
            left[name] -= 1
            done += [name] if left[name] == 0 else []
        free = []
        for name in done:
            for i in waiting.get(name, ()):
                needed[i].discard(name)
                free += [] if needed[i] else [i]
        free.sort()
    return [work[i] for i in made]


def _list_needed(w: Traffic) -> list[str]:
    """The populations whose events may act on a layer in the step in which they are made."""
    return [name for name, age in w.layer.entry.items() if age == 0]


def _group_by_population(work: Sequence[Traffic]) -> dict[str, list[Traffic]]:
    found: dict[str, list[Traffic]] = {}
    for w in work:
        found.setdefault(w.layer.slice.population, []).append(w)
    return found
