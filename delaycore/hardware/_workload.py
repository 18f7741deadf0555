"""A network together with what it does, so that a chip can price it without running it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from delaycore._names import by_name
from delaycore._shown import one_line
from delaycore._values import frozen_array
from delaycore._wording import guess_meant, pluralize
from delaycore.activity import holds_spikes
from delaycore.errors import DataError, Problem
from delaycore.graph import Graph
from delaycore.hardware._cost import Cost
from delaycore.hardware._findings import FitReport
from delaycore.hardware._placement import Placement
from delaycore.hardware._program import ChipMapping
from delaycore.hardware._slice import Slice

__all__ = ["CostEstimate", "Workload"]


@dataclass(frozen=True, eq=False)
class Workload:
    """What is to be priced.

    graph:  the network: its sizes, synapses and delays count, its weights only as far as a chip stores them
            differently.
    spikes: of every population that can fire, bool [samples, steps, neurons], in the graph's own time;
            recorded or assumed.
    slices: where the neurons lie; None leaves the placing to the chip.  Input populations need no slice.

    Raises `DataError` with every problem: spikes that are missing or of a wrong shape, neurons without a
        place or with two.
    """

    graph: Graph
    spikes: Mapping[str, NDArray[np.bool_]]
    slices: tuple[Slice, ...] | None = None

    def __post_init__(self) -> None:
        DataError.collect(self._type_problems())
        DataError.collect([*self._spike_problems(), *self._slice_problems()])
        fires = [name for name, p in self.graph.populations.items() if p.spikes]
        spikes = {name: frozen_array(self.spikes[name], np.bool_) for name in fires}
        object.__setattr__(self, "spikes", by_name("spikes", spikes))

    @one_line
    def __repr__(self) -> str:
        samples, steps = pluralize(self.samples, "sample"), pluralize(self.steps, "step")
        return f"<Workload of {self.graph!r}: {samples} of {steps}>"

    def _type_problems(self) -> Iterator[Problem]:
        if not isinstance(self.graph, Graph):
            yield Problem(
                "graph",
                f"must be a Graph, not {type(self.graph).__name__}",
                "delaycore.load reads one from a file",
            )
        if not isinstance(self.spikes, Mapping):
            yield Problem(
                "spikes",
                f"must be a mapping from population to array, not {type(self.spikes).__name__}",
                "give result.spikes of a run",
            )
        if self.slices is not None and not (
            isinstance(self.slices, tuple | list) and all(isinstance(s, Slice) for s in self.slices)
        ):
            yield Problem(
                "slices",
                "must be a tuple of delaycore.hardware.Slice",
                "give placement.slices of a program, or None",
            )

    def _spike_problems(self) -> list[Problem]:
        fires = {name: p for name, p in self.graph.populations.items() if p.spikes}
        found = [
            Problem(f"spikes[{n!r}]", "are missing", "give those of every population that can fire")
            for n in fires.keys() - self.spikes.keys()
        ]
        for name in sorted(self.spikes.keys() - fires.keys()):
            if name not in self.graph.populations or np.any(self.spikes[name]):
                found.append(
                    Problem(
                        f"spikes[{name!r}]",
                        "are of no population that fires",
                        f"{guess_meant(name, fires)}those are {', '.join(fires)}",
                    )
                )
        shapes = {name: np.shape(self.spikes[name]) for name in fires if name in self.spikes}
        for name, shape in shapes.items():
            if len(shape) != 3 or shape[2] != fires[name].size:
                found.append(
                    Problem(
                        f"spikes[{name!r}]",
                        f"have shape {shape}, not [samples, steps, {fires[name].size}]",
                        "record them so",
                    )
                )
        for name in shapes:
            if not holds_spikes(np.asarray(self.spikes[name])):
                found.append(
                    Problem(
                        f"spikes[{name!r}]",
                        "hold values other than 0 and 1",
                        "a neuron fires at most once per step",
                    )
                )
        if not found and len({shape[:2] for shape in shapes.values()}) > 1:
            found.append(
                Problem(
                    "spikes", f"samples and steps differ: {shapes}", "record all populations in the same run"
                )
            )
        return found

    def _slice_problems(self) -> list[Problem]:
        if self.slices is None:
            return []
        held = {name: np.zeros(int(p.size), dtype=np.int64) for name, p in self.graph.populations.items()}
        found = []
        for s in self.slices:
            if s.population not in held:
                remedy = f"{guess_meant(s.population, held)}it has {', '.join(held)}"
                found.append(Problem(f"slices[{s.name!r}]", "is of no population of the graph", remedy))
            elif not 0 <= s.start < s.stop <= len(held[s.population]) or (s.core is not None and s.core < 0):
                found.append(
                    Problem(
                        f"slices[{s.name!r}]",
                        f"does not lie within the {len(held[s.population])} neurons of {s.population!r}, on "
                        "a core from 0",
                    )
                )
            else:
                held[s.population][s.start : s.stop] += 1
        for name, times in held.items():
            wrong = np.flatnonzero(times != 1)
            if wrong.size and name not in self.graph.inputs:
                found.append(
                    Problem(
                        f"slices of {name!r}",
                        f"neuron {wrong[0]} has {times[wrong[0]]} places",
                        "give every neuron one core",
                    )
                )
        return found

    @property
    def samples(self) -> int:
        """Number of samples."""
        return int(next(iter(self.spikes.values())).shape[0]) if self.spikes else 0

    @property
    def steps(self) -> int:
        """Steps of a sample."""
        return int(next(iter(self.spikes.values())).shape[1]) if self.spikes else 0


@dataclass(frozen=True, eq=False)
class CostEstimate:
    """What a workload would take on a chip.

    cost:      as of a run.
    report:    what `check` says about this placement; a workload is priced even where it is refused.
    placement: that was priced.
    mapping:   what else the backend chose, as in `Program.mapping`.
    """

    cost: Cost
    report: FitReport
    placement: Placement
    mapping: ChipMapping = field(default_factory=ChipMapping)

    @property
    def feasible(self) -> bool:
        """Whether the chip could hold it so."""
        return self.report.ok

    @one_line
    def __repr__(self) -> str:
        return f"<CostEstimate: {self.cost!r}, {self.report.verdict}>"

    def __str__(self) -> str:
        return "\n".join([str(self.report), str(self.placement), str(self.cost)])
