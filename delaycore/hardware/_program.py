"""A network made ready for a chip: where everything lies, and the bytes that would be written to it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaycore._descriptions import build_entry, get_entry, name_damaged_file
from delaycore._files import read_tensors, write_tensors
from delaycore._values import frozen_array
from delaycore._wording import counted
from delaycore.activity import Activity
from delaycore.errors import DataError
from delaycore.graph import Graph
from delaycore.hardware._cost import Cost
from delaycore.hardware._expectation import Expectation
from delaycore.hardware._findings import Finding, FitReport
from delaycore.hardware._losses import Losses
from delaycore.hardware._placement import Placement, Slice

__all__ = ["Program", "Result"]

VERSION = 1


@dataclass(frozen=True, eq=False)
class Program:
    """What a mapper makes.

    target:    name of the backend that made it and that can run it.
    graph:     the network on the chip's grid, with the chip's arithmetic, in the graph's own time.
    losses:    what `quantize` altered on the way.
    report:    what `check` found.
    placement: slices of populations on cores, and offsets in time.
    image:     the chip's memories as arrays, in the encodings of the chip; the backend simulates from these,
               not from the graph.
    facts:     what else the mapper chose, as plain JSON values (delay bits of each core and the like).
    """

    target: str
    graph: Graph
    losses: Losses
    report: FitReport
    placement: Placement
    image: Mapping[str, NDArray[Any]]
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(
            self,
            "image",
            MappingProxyType({k: frozen_array(v, np.asarray(v).dtype) for k, v in self.image.items()}),
        )
        object.__setattr__(self, "facts", MappingProxyType(json.loads(json.dumps(dict(self.facts)))))

    def require_target(self, name: str) -> None:
        """Raise `DataError` if the program was made for another target than ``name``."""
        if self.target != name:
            raise DataError.at(
                "program", f"was made for target {self.target!r}", f"map the graph for {name!r}"
            )

    def describe(self) -> str:
        """Cores, slices, offsets and facts in lines."""
        lines = [
            (
                f"program for {self.target}: {counted(len(self.placement.cores), 'core')}, results "
                f"{counted(self.placement.latest, 'step')} late"
            )
        ]
        for core in self.placement.cores:
            here = ", ".join(f"{s.name}" for s in self.placement.on(core))
            facts = self.facts.get("cores", {}).get(str(core), {})
            lines.append(f"  core {core}: {here}" + "".join(f"; {k} {v}" for k, v in facts.items()))
        lines += [
            f"  {name} runs {p} steps behind the graph" for name, p in self.placement.offsets.items() if p
        ]
        lines += [f"  loss: {loss}" for loss in self.losses]
        lines += [f"  {finding}" for finding in self.report.by_severity]
        return "\n".join(lines)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the program to one safetensors file, whole or not at all."""
        description, arrays = self.graph.describe("graph/")
        header = {
            "target": self.target,
            "graph": description,
            "losses": self.losses.model_dump(),
            "report": self.report.model_dump(),
            "slices": [asdict(s) for s in self.placement.slices],
            "offsets": dict(self.placement.offsets),
            "hop_delay": self.placement.hop_delay,
            "facts": dict(self.facts),
        }
        write_tensors(
            path, "program", VERSION, header, arrays | {f"image/{k}": v for k, v in self.image.items()}
        )

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Program:
        """Read a program.  Raises `FileError` for a file that holds none."""
        header, arrays = read_tensors(path, "program", VERSION)
        place = "its description"
        with name_damaged_file(path, "map the graph again"):
            placement = Placement(
                tuple(
                    build_entry(f"slice {i}", Slice, s)
                    for i, s in enumerate(get_entry(place, header, "slices", list))
                ),
                get_entry(place, header, "offsets", dict),
                get_entry(place, header, "hop_delay", int),
            )
            return cls(
                get_entry(place, header, "target", str),
                Graph.from_description(get_entry(place, header, "graph", dict), arrays, "graph/"),
                Losses.model_validate(get_entry(place, header, "losses", dict)),
                FitReport.model_validate(get_entry(place, header, "report", dict)),
                placement,
                {k.removeprefix("image/"): v for k, v in arrays.items() if k.startswith("image/")},
                get_entry(place, header, "facts", dict),
            )


@dataclass(frozen=True, eq=False)
class Result:
    """What a simulated chip did, in the graph's own populations and steps, and what it cost.

    findings: what only the run could show, such as accumulators that wrapped or a queue that was full.
    details:  what else the backend measured, by name (peak occupancy of its queues and the like).
    expectations: what the mapper predicted, beside what the run came to.
    """

    program: Program
    activity: Activity
    cost: Cost
    findings: tuple[Finding, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    expectations: tuple[Expectation, ...] = ()

    @property
    def spikes(self) -> Mapping[str, NDArray[np.bool_]]:
        """Spikes per population, bool [samples, steps, neurons]."""
        return self.activity.spikes

    @property
    def states(self) -> Mapping[str, NDArray[np.float64]]:
        """Recorded potentials per population, [samples, steps, neurons], in the chip's units."""
        return self.activity.potentials

    @property
    def predictions(self) -> NDArray[np.int64]:
        """The class with the largest score of each sample, [samples]."""
        return self.activity.predictions
