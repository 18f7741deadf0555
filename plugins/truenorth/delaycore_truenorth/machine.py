"""Runs a program from its image, and prices what happened."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

import delaycore
from delaycore import Activity, DataError
from delaycore.activity import Spikes, input_spikes, recorded
from delaycore.hardware import Cost, Finding, Placement, Program, Quantity, Result
from delaycore_truenorth.image import decoded, events_of_sources
from delaycore_truenorth.spec import COSTS, LIMITS, NOT_MODELLED, SPEC

__all__ = ["run"]


def run(program: Program, spikes: Spikes, states: bool | Collection[str]) -> Result:
    """Simulate ``program`` on input ``spikes`` of the graph, every sample from rest."""
    if program.target != SPEC.name:
        raise DataError.at("program", f"was made for target {program.target!r}", f"map the graph for {SPEC.name!r}")
    graph, placement = program.graph, program.placement
    kept = [s.name for name in recorded(graph, states) for s in placement.of(name)]
    given = input_spikes(graph, spikes)
    samples, steps = next((a.shape[:2] for a in given.values()), (0, 0))
    chip = decoded(program.image, placement, graph.step)
    on_chip = delaycore.engine.simulate(chip, placement.chip_input(graph, given), kept)
    activity = placement.back(graph, on_chip, steps)
    events = _events(events_of_sources(program.image, placement), on_chip.spikes, samples, steps + placement.latest)
    return Result(program, activity, _cost(events, placement, steps + placement.latest), tuple(_clipped(activity)))


def _events(points: Mapping[str, NDArray[np.int64]], spikes: Mapping[str, NDArray[np.bool_]], samples: int, steps: int) -> NDArray[np.float64]:
    """Crossbar points read in each sample; what is due after the last step is not."""
    total = np.zeros(samples)
    for name, table in points.items():
        for delay in np.flatnonzero(table.any(axis=0)):
            total += (spikes[name][:, : max(0, steps - delay)].astype(np.float64) @ table[:, delay]).sum(axis=1)
    return total


def _cost(events: NDArray[np.float64], placement: Placement, steps: int) -> Cost:
    cores = len(placement.cores)
    seconds = np.full(len(events), steps * float(COSTS["tick"]))
    return Cost(
        energy=Quantity(
            "J", {"synaptic events": events * float(COSTS["event"]), "static: cores in use": cores * float(COSTS["core.static"]) * seconds}
        ),
        latency=Quantity("s", {"ticks": seconds}),
        memory={"core rows": cores * 256 * float(COSTS["core.row"]), "schedulers": cores * float(COSTS["scheduler"])},
        delay_memory=("schedulers",),
        counts={"synaptic events": events},
        model="fit to published powers at 0.8 V: static per core, energy per synaptic event; ticks of 1 ms",
        not_modelled=NOT_MODELLED,
    )


def _clipped(activity: Activity) -> Iterator[Finding]:
    for name, count in activity.beyond.items():
        if count.any():
            yield Finding(
                code="potential",
                severity="warning",
                place=f"populations[{name!r}]",
                message=f"{int(count.sum())} additions left the 20 bits of the potential and were clipped",
                needed=float(count.sum()),
                available=0,
                unit="additions",
                source=LIMITS["potential"].source,
                remedy="train with smaller weights",
            )
