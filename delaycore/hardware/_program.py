"""A network made ready for a chip: where everything lies, and the bytes that would be written to it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, ClassVar, Generic

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict
from typing_extensions import TypeVar

from delaycore._descriptions import build_entry, get_entry, name_damaged_file
from delaycore._files import read_tensors, write_tensors
from delaycore._names import by_name
from delaycore._shown import one_line, show_line
from delaycore._values import frozen_array
from delaycore._wording import pluralize
from delaycore.activity import Activity
from delaycore.errors import DataError, FileError, GraphError
from delaycore.graph import Graph
from delaycore.hardware._cost import Cost
from delaycore.hardware._expectation import Expectation
from delaycore.hardware._findings import Finding, FitReport
from delaycore.hardware._losses import Losses
from delaycore.hardware._options import Options
from delaycore.hardware._placement import Placement
from delaycore.hardware._plain import NoOtherFields, from_plain, to_plain
from delaycore.hardware._slice import Slice

__all__ = ["ChipMapping", "Image", "MappingT", "OptionsT", "Program", "ProgramTypes", "Result"]

VERSION = 2

Image = Mapping[str, NDArray[Any]]
"""A chip's memories as arrays, by names of the chip's own."""


@dataclass(frozen=True)
class ChipMapping:
    """What a mapper chose beside the placement, and a simulator computes from; by itself, nothing.

    A backend derives a frozen dataclass of fields that are numbers, text, tuples, mappings and dataclasses of
    such; it is saved and loaded with a program.  A field ``cores``, a mapping from core to a dataclass, is
    shown beside each core by `Program.describe`; the others follow in lines of their own.
    """

    __pydantic_config__: ClassVar[ConfigDict] = NoOtherFields

    __repr__ = show_line

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        if "__repr__" not in vars(cls):
            cls.__repr__ = show_line  # type: ignore[method-assign, assignment]  # else a dataclass shows all that it holds


OptionsT = TypeVar("OptionsT", bound=Options, default=Any)
MappingT = TypeVar("MappingT", bound=ChipMapping, default=Any)

_Kind = TypeVar("_Kind")

ProgramTypes = Callable[[str], tuple[type[Options], type[ChipMapping]]]
"""Gives the types of the options and of the mapping of a target's programs."""


@dataclass(frozen=True, eq=False)
class Program(Generic[OptionsT, MappingT]):
    """What a mapper makes.

    target:    name of the backend that made it and that can run it.
    graph:     the network on the chip's grid, with the chip's arithmetic, in the graph's own time.
    losses:    what `quantize` altered on the way.
    report:    what `check` found.
    placement: slices of populations on cores, and offsets in time.
    image:     the chip's memories as arrays, in the encodings of the chip; the backend simulates from these,
               not from the graph.
    options:   under which it was mapped.
    mapping:   what else the mapper chose (delay bits of each core and the like).
    """

    target: str
    graph: Graph
    losses: Losses
    report: FitReport
    placement: Placement
    image: Image
    options: OptionsT = field(default_factory=Options)  # type: ignore[assignment]  # those of a backend without any
    mapping: MappingT = field(default_factory=ChipMapping)  # type: ignore[assignment]  # that of a backend without one

    def __post_init__(self) -> None:
        image = {k: frozen_array(v, np.asarray(v).dtype) for k, v in self.image.items()}
        object.__setattr__(self, "image", by_name("image", image))

    def require_target(self, name: str) -> None:
        """Raise `DataError` if the program was made for another target than ``name``."""
        if self.target != name:
            raise DataError.at(
                "program", f"was made for target {self.target!r}", f"map the graph for {name!r}"
            )

    def describe(self) -> str:
        """Cores, slices, offsets, options, mapping, losses and findings in lines."""
        cores, late = len(self.placement.cores), self.placement.latest
        lines = [
            f"program for {self.target}: {pluralize(cores, 'core')}, results {pluralize(late, 'step')} late",
            *self._core_lines(),
        ]
        lines += [
            f"  {name} runs {pluralize(p, 'step')} behind the graph"
            for name, p in self.placement.offsets.items()
            if p
        ]
        chosen = to_plain(self.options)
        lines += [f"  options: {', '.join(f'{k} {v}' for k, v in chosen.items())}"] if chosen else []
        rest = {f.name: getattr(self.mapping, f.name) for f in fields(self.mapping) if f.name != "cores"}
        lines += [f"  {name.replace('_', ' ')}: {_describe(value)}" for name, value in rest.items()]
        lines += [f"  loss: {loss}" for loss in self.losses]
        lines += [f"  {finding}" for finding in self.report.by_severity]
        return "\n".join(lines)

    def _core_lines(self) -> Iterator[str]:
        of_cores = getattr(self.mapping, "cores", {})
        for core in self.placement.cores:
            here = ", ".join(s.name for s in self.placement.on(core))
            more = f"; {_describe(of_cores[core])}" if core in of_cores else ""
            yield f"  core {core}: {here}{more}"

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the program to one safetensors file, whole or not at all."""
        description, arrays = self.graph.describe("graph/")
        header = {
            "target": self.target,
            "graph": description,
            "losses": self.losses.to_dict(),
            "report": self.report.to_dict(),
            "slices": [asdict(s) for s in self.placement.slices],
            "offsets": dict(self.placement.offsets),
            "hop_delay": self.placement.hop_delay,
            "options": to_plain(self.options),
            "mapping": to_plain(self.mapping),
        }
        write_tensors(
            path, "program", VERSION, header, arrays | {f"image/{k}": v for k, v in self.image.items()}
        )

    @classmethod
    def load(cls, path: str | os.PathLike[str], types: ProgramTypes) -> Program[Any, Any]:
        """Read a program; `delaycore.load_program` is this with the types of the installed backends.

        types: gives the types of options and mapping by target.  Raises `FileError` for a file that holds no
        program, or one of another form than the backend's.
        """
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
            target = get_entry(place, header, "target", str)
            options, mapping = types(target)
            graph = Graph.from_description(get_entry(place, header, "graph", dict), arrays, "graph/")
            GraphError.collect(placement.find_problems(graph))
            return Program(
                target,
                graph,
                Losses.from_dict(get_entry(place, header, "losses", dict)),
                FitReport.from_dict(get_entry(place, header, "report", dict)),
                placement,
                {k.removeprefix("image/"): v for k, v in arrays.items() if k.startswith("image/")},
                _rebuild(path, target, options, get_entry(place, header, "options", dict)),
                _rebuild(path, target, mapping, get_entry(place, header, "mapping", dict)),
            )

    @one_line
    def __repr__(self) -> str:
        size = sum(v.nbytes for v in self.image.values())
        return (
            f"<Program for {self.target}: {pluralize(len(self.graph.populations), 'population')}, "
            f"{pluralize(self.graph.synapses, 'synapse')} on {pluralize(len(self.placement.cores), 'core')}, "
            f"image of {pluralize(size, 'byte')}>"
        )

    def __str__(self) -> str:
        return self.describe()


def _rebuild(path: str | os.PathLike[str], target: str, kind: type[_Kind], plain: Mapping[str, Any]) -> _Kind:
    """Options or a mapping of a file whose checksum is right: they fit the backend's types or were written by
    another version of it.
    """
    try:
        return from_plain(kind, plain)
    except ValueError as error:
        message = f"was mapped by another version of the backend of {target!r} than is installed ({error})"
        raise FileError.at(path, message, "map the graph again, or install that version") from error


def _describe(value: Any) -> str:
    """A part of a mapping in a line: names with spaces, and their values where there are any."""
    plain = to_plain(value)
    if not isinstance(plain, dict):
        return str(plain)
    known = {name: entry for name, entry in plain.items() if entry is not None}
    return "; ".join(f"{name.replace('_', ' ')} {entry}" for name, entry in known.items())


@dataclass(frozen=True, eq=False)
class Result:
    """What a simulated chip did, in the graph's own populations and steps, and what it cost.

    findings: what only the run could show, such as accumulators that wrapped or a queue that was full.
    details:  what else the backend measured, by name (peak occupancy of its queues and the like).
    expectations: what the mapper predicted, beside what the run came to.
    """

    program: Program[Any, Any]
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
    def scores(self) -> NDArray[np.float64]:
        """The read-out's statistic of every class, [samples, classes], in the chip's units.

        Raises `DataError` for a graph without a read-out.
        """
        return self.activity.scores

    @property
    def predictions(self) -> NDArray[np.int64]:
        """The class with the largest score of each sample, [samples]."""
        return self.activity.predictions

    @property
    def predicted_classes(self) -> list[str]:
        """The name of each sample's predicted class.  Raises `DataError` if the classes have no names."""
        return self.activity.predicted_classes

    @one_line
    def __repr__(self) -> str:
        return (
            f"<Result on {self.program.target}: {pluralize(self.activity.samples, 'sample')}, "
            f"{self.cost.energy.mean:.3g} J and {self.cost.latency.mean:.3g} s each, "
            f"{pluralize(len(self.findings), 'finding')}>"
        )

    def __str__(self) -> str:
        return "\n".join(
            [
                f"{pluralize(self.activity.samples, 'sample')} on {self.program.target}, "
                f"{pluralize(len(self.program.placement.cores), 'core')}",
                *self.cost.summarize(),
                *(f"  {line}" for line in (*self.findings, *self.expectations)),
                *(f"  not modelled: {line}" for line in self.cost.not_modelled),
            ]
        )
