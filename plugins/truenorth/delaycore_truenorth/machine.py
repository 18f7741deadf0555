"""Runs a program from its image."""

from __future__ import annotations

from collections.abc import Collection

import delaycore
from delaycore.activity import Spikes, input_spikes, select_recorded
from delaycore.hardware import Program, Result, find_overflow
from delaycore_truenorth.cost import cost, events
from delaycore_truenorth.image import decoded, events_of_sources
from delaycore_truenorth.spec import LIMITS, SPEC

__all__ = ["run"]


def run(program: Program, spikes: Spikes, states: bool | Collection[str]) -> Result:
    """Simulate ``program`` on input ``spikes`` of the graph, every sample from rest."""
    program.require_target(SPEC.name)
    graph, placement = program.graph, program.placement
    kept = [s.name for name in select_recorded(graph, states) for s in placement.of(name)]
    given = input_spikes(graph, spikes)
    samples, steps = next((a.shape[:2] for a in given.values()), (0, 0))
    chip = decoded(program.image, placement, graph.step)
    on_chip = delaycore.engine.simulate(chip, placement.chip_input(graph, given), kept)
    activity = placement.back(graph, on_chip, steps)
    read = events(
        events_of_sources(program.image, placement), on_chip.spikes, samples, steps + placement.latest
    )
    clipped = find_overflow(
        activity,
        LIMITS["potential"],
        "were clipped to the 20 bits of the potential",
        "train with smaller weights",
        "potential",
    )
    return Result(program, activity, cost(read, placement, steps + placement.latest), tuple(clipped))
