"""Runs a program from its image, and reports saturation and missed ticks."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

import delaycore
from delaycore.activity import Spikes, input_spikes, recorded
from delaycore.hardware import Finding, Program, Result, find_overflow
from delaycore_spinnaker.cost import Work, cost, counted
from delaycore_spinnaker.image import decoded, stored
from delaycore_spinnaker.options import Options
from delaycore_spinnaker.spec import LIMITS, SPEC

__all__ = ["run"]


def run(program: Program, spikes: Spikes, states: bool | Collection[str]) -> Result:
    """Simulate ``program`` on input ``spikes`` of the graph, every sample from rest."""
    program.require_target(SPEC.name)
    graph, placement, options = program.graph, program.placement, Options.of(program.mapping.facts["options"])
    kept = [s.name for name in recorded(graph, states) for s in placement.of(name)]
    given = input_spikes(graph, spikes)
    samples, steps = next((a.shape[:2] for a in given.values()), (0, 0))
    chip = decoded(program.image, placement, graph.step, options)
    on_chip = delaycore.engine.simulate(chip, placement.chip_input(graph, given), kept)
    activity = placement.back(graph, on_chip, steps)
    fired = {name: _joined(placement.of(name), on_chip.spikes) for name in graph.populations}
    found = stored(program.image, placement, options)
    work = counted(found, placement, fired, samples, steps + placement.latest, options.slots)
    sources = {name: int(p.size) for name, p in graph.populations.items()}
    cycles = {core: work.cycles(core) for core in placement.cores}
    details = {"most cycles of a step": {core: float(c.max(initial=0.0)) for core, c in cycles.items()}}
    remedy = "map with a larger option rate, which takes coarser weights"
    saturated = find_overflow(
        activity, LIMITS["ring.sum"], "saturated a ring buffer or a potential", remedy, "ring.sum"
    )
    return Result(
        program,
        activity,
        cost(work, found, placement, sources, options),
        (*saturated, *missed_ticks(work)),
        details,
    )


def _joined(
    slices: list[delaycore.hardware.Slice], table: Mapping[str, NDArray[np.bool_]]
) -> NDArray[np.bool_]:
    return np.concatenate([table[s.name] for s in slices], axis=2)


def missed_ticks(work: Work) -> Iterator[Finding]:
    """The cores that had more to do in a step than a tick has cycles."""
    limit = LIMITS["tick.cycles"]
    for core in work.events:
        cycles = work.cycles(core)
        missed = int(np.count_nonzero(cycles > limit.value))
        if missed:
            message = f"{missed} of {cycles.size} ticks were missed; the chip would lag or drop spikes"
            yield Finding.over(
                "tick.cycles",
                f"core {core}",
                message,
                float(cycles.max()),
                limit,
                "use fewer neurons_per_core, or prune",
            )
