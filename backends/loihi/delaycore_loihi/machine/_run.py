"""Runs a program: the network decoded from the chip's memories, in the chip's time, on the core's engine."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

import delaycore
from delaycore.activity import Activity, Spikes, check_input_spikes, select_recorded
from delaycore.errors import DataError
from delaycore.graph import Graph
from delaycore.hardware import Finding, Placement, Program, Result, Slice, estimate_memory, find_overflow
from delaycore.memory import require_memory_of
from delaycore_loihi.cost import (
    compute_cost,
    concatenate_costs,
    concatenate_counts,
    count_events,
    find_routes,
    measure_memory,
    read_synapse_groups,
)
from delaycore_loihi.limits import LIMITS
from delaycore_loihi.machine._decode import decode_network, merge_slices
from delaycore_loihi.mapping import LoihiMapping
from delaycore_loihi.options import Options
from delaycore_loihi.spec import SPEC

__all__ = ["run_program"]

_COUNTS, _PRICED = 7, 8
"""Numbers of a core in a step: counts that are kept, and what they are made of and priced with."""

_BLOCK_BYTES = 128 << 20
"""Potentials of all neurons are held for so many samples at a time, since counts need them."""


def run_program(
    program: Program[Options, LoihiMapping], spikes: Spikes, states: bool | Collection[str]
) -> Result:
    """Simulate ``program`` on input ``spikes`` of the graph, every sample from rest."""
    program.require_target(SPEC.name)
    _require_known_cores(program)
    graph, placement = program.graph, program.placement
    wanted = select_recorded(graph, states)
    given = check_input_spikes(graph, spikes)
    chip = decode_network(program.image, placement, graph.step)
    options, memory = program.options, measure_memory(program.mapping)
    groups = read_synapse_groups(program.image, placement)
    routes, merged = find_routes(groups, placement, options.cores_per_chip), merge_slices(placement)
    names = {s.population: s.name for s in merged.slices}
    samples, steps = next((a.shape[:2] for a in given.values()), (0, 0))
    sample_bytes = 8 * max(1, (steps + placement.latest) * sum(p.size for p in chip.populations.values()))
    block = max(1, _BLOCK_BYTES // sample_bytes)
    shown_or_looked_at = {name for name, p in graph.populations.items() if name in wanted or not p.spikes}
    kept = {names[name] for name in shown_or_looked_at}
    require_memory_of(
        samples,
        steps,
        "run",
        lambda some: _estimate_memory(chip, merged, (some, block, steps), kept, len(placement.cores)),
        "run fewer steps, or record the potentials of fewer populations",
    )
    activities, costs, counts = [], [], []
    for start in range(0, max(samples, 1), block):
        part = {name: array[start : start + block] for name, array in given.items()}
        on_chip = delaycore.engine.simulate(chip, merged.chip_input(graph, part), states=True)
        fired = {name: on_chip.spikes[names[name]] for name in names}
        counts.append(count_events(routes, fired, partial(_count_active, on_chip, names), placement.latest))
        costs.append(compute_cost(counts[-1], memory, options.costs, options.timing))
        activities.append(_keep(merged.back(graph, on_chip, steps), shown_or_looked_at))
    activity = _concatenate(activities)
    findings = tuple(_find_run_problems(graph, activity))
    shown = _keep(activity, wanted)
    details = {"per step and core": concatenate_counts(counts)}
    return Result(program, shown, concatenate_costs(costs), findings, details)


def _estimate_memory(
    chip: Graph, placement: Placement, amounts: tuple[int, int, int], kept: Collection[str], cores: int
) -> dict[str, int]:
    """Estimate the bytes of a run, by what they hold; those of all samples are joined of those of blocks.

    amounts: samples in all, samples of a block, and steps.
    kept:    populations of ``chip`` whose potentials outlast their block.
    """
    samples, block, steps = amounts
    at_once, chip_steps = min(samples, block), steps + placement.latest
    neurons = {name: int(p.size) for name, p in chip.populations.items()}
    need = estimate_memory(chip, placement, at_once, steps, True)
    counts = 8 * chip_steps * cores
    need["counts by step and core"] = counts * (_COUNTS * 2 * samples + _PRICED * at_once)
    if samples > block:
        need["spikes of all blocks"] = 2 * samples * chip_steps * sum(neurons.values())
        need["potentials of all blocks"] = 2 * 8 * samples * chip_steps * sum(neurons[name] for name in kept)
    return need


def _keep(activity: Activity, names: Collection[str]) -> Activity:
    """Return ``activity`` with the potentials of these populations alone."""
    kept = {name: values for name, values in activity.potentials.items() if name in names}
    return replace(activity, potentials=kept)


def _require_known_cores(program: Program[Options, LoihiMapping]) -> None:
    """Raise `DataError` for a placement on cores of which the mapping says nothing: a file was changed."""
    if strange := sorted(set(program.placement.cores) - program.mapping.cores.keys()):
        message = f"lies on core {strange[0]}, of which its mapping says nothing"
        raise DataError.at("program.placement", message, "map the graph again")


def _count_active(on_chip: Activity, names: Mapping[str, str], s: Slice) -> NDArray[np.int64]:
    """Return the neurons of a slice whose potential is not 0, [samples, steps]."""
    potentials = on_chip.potentials[names[s.population]][:, :, s.start : s.stop]
    return np.asarray(np.count_nonzero(potentials, axis=2))


def _concatenate(parts: list[Activity]) -> Activity:
    """Return the activities of successive samples as that of all."""
    if len(parts) == 1:
        return parts[0]

    def concatenate(tables: list[Mapping[str, NDArray[Any]]]) -> dict[str, NDArray[Any]]:
        return {key: np.concatenate([table[key] for table in tables]) for key in tables[0]}

    return Activity(
        concatenate([p.spikes for p in parts]),
        concatenate([p.potentials for p in parts]),
        concatenate([p.deliveries for p in parts]),
        concatenate([p.late for p in parts]),
        concatenate([p.overflow for p in parts]),
        parts[0].readout,
    )


def _find_run_problems(graph: Graph, activity: Activity) -> Iterator[Finding]:
    """Yield what only a run can show: numbers that left their range, and read-outs that would have fired."""
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
                "these neurons would have fired and been reset, here they went on",
                needed=float(activity.potentials[name].max()),
                available=largest.value,
                unit=largest.unit,
                source=largest.source,
                remedy="prune, or let the read-out leak more",
            )
