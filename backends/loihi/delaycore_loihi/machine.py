"""Runs a program: the network decoded from the chip's memories, in the chip's time, through the core's
engine.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

import delaycore
from delaycore.activity import Activity, Spikes, input_spikes, recorded
from delaycore.graph import Graph
from delaycore.hardware import Finding, Program, Result, Slice, find_overflow
from delaycore_loihi.cost import joined, price
from delaycore_loihi.counts import counted, joined_counts
from delaycore_loihi.image import decoded, image_wires, whole
from delaycore_loihi.memory import memory
from delaycore_loihi.options import Options
from delaycore_loihi.routes import Routes
from delaycore_loihi.spec import LIMITS, SPEC

__all__ = ["run"]

_BLOCK_BYTES = 128 << 20
"""Potentials of all neurons are kept for so many samples at a time, since counts need them."""


def run(program: Program, spikes: Spikes, states: bool | Collection[str]) -> Result:
    """Simulate ``program`` on input ``spikes`` of the graph, every sample from rest."""
    program.require_target(SPEC.name)
    graph, placement = program.graph, program.placement
    wanted = recorded(graph, states)
    given = input_spikes(graph, spikes)
    chip = decoded(program.image, placement, graph.step)
    chosen = Options.of(program.mapping.facts.get("options", {}))
    routes, flat = (
        Routes.of(image_wires(program.image, placement), placement, chosen.cores_per_chip),
        whole(placement),
    )
    names = {s.population: s.name for s in flat.slices}
    samples, steps = next((a.shape[:2] for a in given.values()), (0, 0))
    size = 8 * max(1, (steps + placement.latest) * sum(p.size for p in chip.populations.values()))
    block = max(1, _BLOCK_BYTES // size)
    activities, costs, counts = [], [], []
    for start in range(0, max(samples, 1), block):
        part = {name: array[start : start + block] for name, array in given.items()}
        on_chip = delaycore.engine.simulate(chip, flat.chip_input(graph, part), states=True)
        fired = {name: on_chip.spikes[names[name]] for name in names}
        counts.append(counted(routes, fired, partial(_active, on_chip, names), placement.latest))
        costs.append(price(counts[-1], memory(program.mapping.facts), chosen.costs, chosen.timing))
        activities.append(flat.back(graph, on_chip, steps))
    activity = _joined(activities)
    findings = tuple(_findings(graph, activity))
    kept = {name: potentials for name, potentials in activity.potentials.items() if name in wanted}
    shown = Activity(
        activity.spikes, kept, activity.deliveries, activity.late, activity.overflow, graph.readout
    )
    return Result(program, shown, joined(costs), findings, {"per step and core": joined_counts(counts)})


def _active(on_chip: Activity, names: Mapping[str, str], s: Slice) -> NDArray[np.int64]:
    """Neurons of a slice whose potential is not 0, [samples, steps]."""
    return np.asarray(
        np.count_nonzero(on_chip.potentials[names[s.population]][:, :, s.start : s.stop], axis=2)
    )


def _joined(parts: list[Activity]) -> Activity:
    if len(parts) == 1:
        return parts[0]

    def end_to_end(tables: list[Mapping[str, NDArray[Any]]]) -> dict[str, NDArray[Any]]:
        return {key: np.concatenate([table[key] for table in tables]) for key in tables[0]}

    return Activity(
        end_to_end([p.spikes for p in parts]),
        end_to_end([p.potentials for p in parts]),
        end_to_end([p.deliveries for p in parts]),
        end_to_end([p.late for p in parts]),
        end_to_end([p.overflow for p in parts]),
        parts[0].readout,
    )


def _findings(graph: Graph, activity: Activity) -> Iterator[Finding]:
    yield from find_overflow(
        activity,
        LIMITS["accumulator"],
        "wrapped, or were clipped if potentials",
        "prune, or train with smaller weights",
    )
    largest = LIMITS["threshold"]
    for name, population in graph.populations.items():
        if population.spikes:
            continue
        over = activity.potentials[name] > largest.value
        if over.any():
            yield Finding(
                code="readout.fired",
                place=f"populations[{name!r}]",
                message=f"{np.count_nonzero(over)} potentials crossed the largest threshold; on the chip "
                "these neurons would have fired "
                "and been reset, here they went on",
                needed=float(activity.potentials[name].max()),
                available=largest.value,
                unit=largest.unit,
                source=largest.source,
                remedy="prune, or let the read-out leak more",
            )
