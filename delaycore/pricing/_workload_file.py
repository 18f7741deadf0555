"""A workload in a TOML file: layers with their sizes, delays and spikes per sample, or a model with recorded
spikes.

steps = 64

[[layers]]
name = "in"
size = 700
spikes = 6000                                   # per sample, spread evenly

[[layers]]
name = "h"
size = 48
spikes = 500
delays = { levels = 30, stride = 2, keep = 15 } # of the synapses from the layer before

[[layers]]
name = "out"                                    # without spikes: a read-out that never fires
size = 20

[placement]                                     # may be left out
h = 0                                           # a core, or slices: [[first, end, core], ...]
out = 1

[options.mychip]                                # of the backend, for this target
cores = 2
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from delaycore._files import as_path
from delaycore._part import Count, Part
from delaycore._toml import read_toml
from delaycore._wrong_entries import wrong_entries
from delaycore.errors import Problem, SettingsError
from delaycore.graph import Graph
from delaycore.graph import load as load_graph
from delaycore.hardware import Slice, Workload
from delaycore.memory import require_memory_of
from delaycore.pricing._activity import load_spikes, spread_spikes
from delaycore.pricing._assumed import Layer, Projection, build_assumed_graph

__all__ = ["WorkloadFile", "load"]

_SPIKE = 3
"""Bytes of an assumed spike: it is made, looked at, and kept."""

Core = Annotated[int, Field(ge=0)]


class WorkloadFile(Part):
    """The entries of the file.

    layers, projections: the network; layers follow one another, projections are those that skip layers or go
                         back.
    steps, step, samples, seed: of the assumed spikes: steps of a sample, seconds of a step, how many samples
                                are drawn, and from what.
    model:     a model file instead of layers, relative to this file; spikes then gives those per sample of
               each population.
    recorded:  a file of recorded spikes instead of assumed ones, as `delaycore simulate --record` writes it.
    placement: per population a core, or slices (first neuron, end, core).
    options:   of each backend, by target.
    """

    layers: tuple[Layer, ...] = ()
    projections: tuple[Projection, ...] = ()
    model: str | None = None
    recorded: str | None = None
    spikes: Mapping[str, Annotated[int, Field(ge=0)]] = {}
    steps: Count | None = None
    step: Annotated[float, Field(gt=0)] = 1e-3
    samples: Count = 1
    seed: Annotated[int, Field(ge=0)] = 0
    placement: Mapping[str, Core | tuple[tuple[Core, Count, Core], ...]] = {}
    options: Mapping[str, Mapping[str, Any]] = {}

    def contradictions(self) -> Iterator[str]:
        """Yield a sentence for all that does not go together."""
        names = [layer.name for layer in self.layers]
        if (self.model is None) == (not self.layers):
            yield "give either layers or a model"
        if self.recorded is None and self.steps is None:
            yield "steps is missing: of how many steps is a sample?"
        if len(set(names)) < len(names):
            yield f"two layers have the same name: {', '.join(sorted(names))}"
        if self.model is not None and self.projections:
            yield "a model has its own projections"
            return
        for i, p in enumerate(self.projections):
            for end in (p.source, p.target):
                if end not in names:
                    yield f"projections.{i}: there is no layer {end!r}, only {', '.join(names)}"
        for i, layer in enumerate(self.layers if self.steps is not None else ()):
            if (layer.spikes or 0) > layer.size * (self.steps or 0):
                yield (
                    f"layers.{i}.spikes: {layer.spikes} do not fit {layer.size} neurons in {self.steps} steps"
                )

    @classmethod
    def parse(cls, values: Mapping[str, object], place: str = "workload") -> WorkloadFile:
        """Make a workload file of plain values.  Raises `SettingsError` with every entry that is wrong."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise SettingsError(*wrong_entries(error, cls, values, place)) from None

    def to_workload(self, folder: Path = Path()) -> Workload:
        """Build the network and its spikes; paths of files are relative to ``folder``.

        Raises `SettingsError` for populations whose spikes are not given, `FileError` for files that cannot
        be read.
        """
        graph = self._make_graph(folder)
        if self.recorded is not None:
            spikes = load_spikes(folder / self.recorded)
        else:
            counts = {layer.name: layer.spikes or 0 for layer in self.layers} | dict(self.spikes)
            SettingsError.collect(_find_count_problems(graph, counts))
            fires = {name: p for name, p in graph.populations.items() if p.spikes}
            steps = self.steps or 1
            sizes = {name: int(p.size) for name, p in fires.items()}
            require_memory_of(
                self.samples,
                steps,
                "workload",
                lambda some: {f"spikes of {n!r}": _SPIKE * some * steps * size for n, size in sizes.items()},
                "assume fewer steps",
            )
            spikes = {
                name: spread_spikes(counts[name], size, steps, self.samples, self.seed + i)
                for i, (name, size) in enumerate(sizes.items())
            }
        return Workload(graph, spikes, self._make_slices(graph))

    def _make_graph(self, folder: Path) -> Graph:
        if self.model is not None:
            return load_graph(folder / self.model)
        return build_assumed_graph(self.layers, self.projections, self.step, self.seed)

    def _make_slices(self, graph: Graph) -> tuple[Slice, ...] | None:
        if not self.placement:
            return None
        slices = [
            Slice(name, 0, int(p.size), None)
            for name, p in graph.inputs.items()
            if name not in self.placement
        ]
        for name, where in self.placement.items():
            size = int(graph.populations[name].size) if name in graph.populations else 1
            slices += (
                [Slice(name, 0, size, where)]
                if isinstance(where, int)
                else [Slice(name, *cut) for cut in where]
            )
        return tuple(slices)


def load(path: str | os.PathLike[str], target: str | None = None) -> tuple[Workload, dict[str, Any]]:
    """Read the workload that a TOML file describes; return it and the file's options for ``target``.

    Raises `SettingsError` with every entry that is wrong.
    """
    path = as_path(path)
    described = WorkloadFile.parse(read_toml(path, "docs/pricing.md"), str(path))
    return described.to_workload(path.parent), dict(described.options.get(target or "", {}))


def _find_count_problems(graph: Graph, counts: Mapping[str, int]) -> list[Problem]:
    """Find populations that fire and have no count, and counts of what does not fire."""
    fires = [name for name, p in graph.populations.items() if p.spikes]
    missing = [
        Problem(f"spikes.{name}", "is missing", "say how often it fires in a sample")
        for name in fires
        if name not in counts
    ]
    unknown = [n for n in counts if n not in graph.populations or (counts[n] and n not in fires)]
    return missing + [
        Problem(f"spikes.{name}", "is no population that fires", f"those are {', '.join(fires)}")
        for name in unknown
    ]
