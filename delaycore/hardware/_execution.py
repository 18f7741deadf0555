"""The frame of a simulated run: what every backend does before and after its chip computes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaycore._counting import count_deliveries, count_late
from delaycore._shown import show_line
from delaycore.activity import Activity, Spikes, check_input_spikes, select_recorded
from delaycore.errors import DataError, DelaycoreError, FileError
from delaycore.graph import Graph
from delaycore.hardware._placement import Placement
from delaycore.hardware._program import Program
from delaycore.hardware._workload import Workload
from delaycore.memory import require_memory_of

__all__ = ["Execution", "estimate_memory", "execute", "execute_placed", "replay"]

_NUMBER = 8
"""Bytes of a count or a potential; a spike is one byte."""

_COUNTS = 12
"""Counts of a population in a step, of which a chip's costs are made."""

_FEWER = "run fewer steps, or record the potentials of fewer populations"


@dataclass(frozen=True, eq=False)
class Execution:
    """What a placed network did.

    chip:     the placed network that ran, a population for each slice.
    on_chip:  slice by slice, in the chip's time: a sample has the steps that offsets add.
    activity: in the graph's own populations and steps.
    samples, steps: of the input.    chip_steps: that the chip ran for each sample.
    """

    chip: Graph
    on_chip: Activity
    activity: Activity
    samples: int
    steps: int
    chip_steps: int

    __repr__ = show_line

    def fired(self, placement: Placement) -> dict[str, NDArray[np.bool_]]:
        """Spikes of whole populations in the chip's time, bool [samples, chip_steps, neurons]."""
        names = dict.fromkeys(s.population for s in placement.slices)
        sizes = {name: sum(s.size for s in placement.of(name)) for name in names}
        self._require({f"spikes of {name!r}": size for name, size in sizes.items()})
        return {
            name: np.concatenate([self.on_chip.spikes[s.name] for s in placement.of(name)], axis=2)
            for name in names
        }

    def count_deliveries(self, placement: Placement) -> NDArray[np.int64]:
        """Count the synaptic events that arrive at each core in each step, [cores, samples, chip_steps], in
        the order of ``placement.cores``.
        """
        rank = {core: i for i, core in enumerate(placement.cores)}
        self._require({"synaptic events by core": _NUMBER * len(rank)})
        core_of = {s.name: rank[s.core] for s in placement.slices if s.core is not None}
        arrived = np.zeros((len(rank), self.samples, self.chip_steps), dtype=np.int64)
        for p in self.chip.projections:
            arrived[core_of[p.target]] += self.on_chip.deliveries[p.name]
        return arrived

    def _require(self, each: Mapping[str, int]) -> None:
        """Raise `OutOfMemory` where there are not ``each`` so many bytes for every step."""
        require_memory_of(
            self.samples,
            self.chip_steps,
            "counts",
            lambda some: {name: some * self.chip_steps * size for name, size in each.items()},
            _FEWER,
        )


def estimate_memory(
    chip: Graph, placement: Placement, samples: int, steps: int, states: bool | Collection[str] = False
) -> dict[str, int]:
    """Estimate the bytes that a run of `execute_placed` takes at most, by what they hold, with what a chip
    counts of its spikes; input spikes are not among them.

    states: names of populations whose potentials are kept, or all of them.
    """
    from delaycore import engine

    if isinstance(states, bool):
        kept = [name for name in chip.populations if states and name not in chip.inputs]
    else:
        kept = [s.name for name in states for s in placement.of(name)]
    chip_steps = steps + placement.latest
    sizes = {name: int(p.size) for name, p in chip.populations.items()}
    need = engine.estimate_memory(chip, samples, chip_steps, kept)
    each = {
        "input spikes in the chip's time": sum(sizes[name] for name in chip.inputs),
        "spikes and counts in the graph's own terms": sum(sizes.values())
        + _NUMBER * (len(sizes) + len(chip.projections)),
        "potentials in the graph's own terms": _NUMBER * sum(sizes[name] for name in kept),
        "what the chip counts of them": sum(sizes.values()) + _NUMBER * _COUNTS * len(sizes),
    }
    return need | {name: samples * chip_steps * size for name, size in each.items()}


def execute(
    program: Program[Any, Any],
    target: str,
    decode: Callable[[Program[Any, Any]], Graph],
    spikes: Spikes,
    states: bool | Collection[str] = False,
) -> Execution:
    """Run the network that ``decode`` reads from a program's image on input ``spikes`` of its graph, every
    sample from a state of 0.

    decode: gives a population for each slice, of the slice's name, in the chip's time, as
            `Placement.placed` does.
    states: record potentials of every population, or of those named; those of the read-out are always there.
    Raises `DataError` for a program of another target, for an image that ``decode`` cannot read, for wrong
    spikes and for unknown states.
    """
    program.require_target(target)
    try:
        chip = decode(program)
    except (DataError, FileError):
        raise
    except (KeyError, IndexError, TypeError, ValueError, DelaycoreError) as error:
        raise DataError.at("program.image", f"is damaged ({error})", "map the graph again") from error
    given = check_input_spikes(program.graph, spikes)
    wanted = select_recorded(program.graph, states)
    return execute_placed(chip, program.graph, program.placement, given, wanted)


def execute_placed(
    chip: Graph,
    graph: Graph,
    placement: Placement,
    given: Mapping[str, NDArray[np.bool_]],
    states: bool | Collection[str] = False,
) -> Execution:
    """Run ``chip``, which is ``graph`` as ``placement`` lays it out, on checked spikes of each input.

    states: names of populations of ``graph`` whose potentials are kept, or all of them.
    """
    from delaycore import engine  # compiles; checking and mapping have no use for it

    kept = states if isinstance(states, bool) else [s.name for name in states for s in placement.of(name)]
    samples, steps = next((a.shape[:2] for a in given.values()), (0, 0))
    require_memory_of(
        samples, steps, "run", lambda some: estimate_memory(chip, placement, some, steps, states), _FEWER
    )
    on_chip = engine.simulate(chip, placement.chip_input(graph, given), kept)
    activity = placement.back(graph, on_chip, steps)
    return Execution(chip, on_chip, activity, samples, steps, steps + placement.latest)


def replay(graph: Graph, placement: Placement, workload: Workload) -> Execution:
    """Return the execution of ``graph`` that the spikes of ``workload`` tell of, so that it can be priced;
    nothing is simulated.

    graph: on the chip's grid; its populations are those of the workload's graph.
    Potentials and overflow, which spikes do not tell, are left out.  In the steps that the offsets of
    ``placement`` add to a sample no population fires.
    """
    chip, samples, steps = placement.placed(graph), workload.samples, workload.steps
    each = sum(int(p.size) for p in graph.populations.values()) + _NUMBER * 2 * len(chip.projections)
    require_memory_of(
        samples,
        steps,
        "price",
        lambda some: {"spikes in the chip's time and their counts": some * (steps + placement.latest) * each},
        "price shorter samples",
    )
    given = {
        name: workload.spikes.get(name, np.zeros((samples, steps, p.size), dtype=np.bool_))
        for name, p in graph.populations.items()
    }
    on_chip = _count_activity(chip, placement.chip_input(graph, given))
    activity = _count_activity(graph, given)
    return Execution(chip, on_chip, activity, samples, steps, steps + placement.latest)


def _count_activity(graph: Graph, spikes: Mapping[str, NDArray[np.bool_]]) -> Activity:
    """Return the activity of ``graph`` as far as the spikes of all its populations tell it."""
    deliveries = {p.name: count_deliveries(p, spikes[p.source]) for p in graph.projections}
    late = {p.name: count_late(p, spikes[p.source], deliveries[p.name]) for p in graph.projections}
    return Activity(spikes, {}, deliveries, late, {}, graph.readout)
