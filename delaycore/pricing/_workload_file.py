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
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from pydantic import ValidationError

from delaycore import registry
from delaycore._contradictions import relation, relation_of_each
from delaycore._files import as_path
from delaycore._part import Count, CountOrNone, Part, Positive, Seed, SpikeCount
from delaycore._toml import read_toml
from delaycore._wording import guess_meant
from delaycore._wrong_entries import wrong_entries
from delaycore.deploy import Chip, require_chips
from delaycore.errors import Problem, SettingsError
from delaycore.graph import Graph
from delaycore.graph import load as load_graph
from delaycore.hardware import Slice, Workload
from delaycore.memory import require_memory_of
from delaycore.pricing._activity import load_spikes, spread_spikes
from delaycore.pricing._assumed import Layer, Projection, build_assumed_graph

__all__ = ["WorkloadFile", "load"]

_SPIKE = 2
"""Bytes of an assumed spike: it is made, and kept."""

Core = CountOrNone


class WorkloadFile(Part):
    """A network of which only the shape is known, or a model, and its spikes.

    layers:    that follow one another, the input first.
    projections: those that skip layers or go back.
    steps:     of a sample.
    step:      duration of a step.
    samples:   number of samples of assumed spikes that are drawn.
    seed:      of what is drawn.
    spikes:    of each population of a model in a sample.
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
    spikes: Mapping[str, SpikeCount] = {}
    steps: Count | None = None
    step: Positive = 1e-3
    samples: Count = 1
    seed: Seed = 0
    placement: Mapping[str, Core | tuple[tuple[Core, Count, Core], ...]] = {}
    options: Mapping[str, Mapping[str, Any]] = {}
    units: ClassVar[Mapping[str, str]] = {
        "spikes": "per sample",
        "steps": "steps",
        "step": "s",
        "samples": "samples",
    }

    @relation
    def _require_layers_or_a_model(self) -> Iterator[str]:
        """Yield a sentence for both or neither."""
        if (self.model is None) == (not self.layers):
            yield "give either layers or a model"

    @relation
    def _require_steps_or_recorded_spikes(self) -> Iterator[str]:
        """Yield a sentence for assumed spikes in a sample of unknown length."""
        if self.recorded is None and self.steps is None:
            yield "steps is missing: of how many steps is a sample?"

    @relation
    def _require_different_names(self) -> Iterator[str]:
        """Yield a sentence for layers of the same name."""
        names = [layer.name for layer in self.layers]
        if len(set(names)) < len(names):
            yield f"two layers have the same name: {', '.join(sorted(names))}"

    @relation
    def _require_no_projections_beside_a_model(self) -> Iterator[str]:
        """Yield a sentence for projections between layers that nobody described."""
        if self.model is not None and self.projections:
            yield "a model has its own projections"

    @relation_of_each("projections")
    def _require_layers_at_both_ends(self, i: int, p: Projection) -> Iterator[str]:
        """Yield a sentence for each end that is no layer."""
        names = [layer.name for layer in self.layers if self.model is None]
        for end in (p.source, p.target):
            if self.model is None and end not in names:
                meant = f"; {guess_meant(end, names)}".rstrip("; ")
                yield f"projections.{i}: there is no layer {end!r}, only {', '.join(names)}{meant}"

    @relation_of_each("layers")
    def _require_room_for_spikes(self, i: int, layer: Layer) -> Iterator[str]:
        """Yield a sentence for more spikes than neurons in all steps."""
        if self.steps is not None and (layer.spikes or 0) > layer.size * self.steps:
            yield f"layers.{i}.spikes: {layer.spikes} do not fit {layer.size} neurons in {self.steps} steps"

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
    values, problems = read_toml(path, "docs/pricing.md"), list[Problem]()
    try:
        described = WorkloadFile.parse(values, str(path))
    except SettingsError as error:
        problems += error.problems
    problems += _find_option_problems(values, target, str(path))
    SettingsError.collect(problems)
    return described.to_workload(path.parent), dict(described.options.get(target or "", {}))


def _find_option_problems(values: Mapping[str, Any], target: str | None, place: str) -> Iterator[Problem]:
    """Find options of misspelt targets, and options that the backend of ``target`` refuses."""
    tables = values.get("options")
    if not isinstance(tables, Mapping):
        return
    known = [*registry.targets(), *registry.list_known()]
    for name in tables:
        if name not in known and (meant := guess_meant(name, known)):
            remedy = f"{meant}known targets: {', '.join(dict.fromkeys(known))}"
            yield Problem(f"{place}: options.{name}", "is no target that is known", remedy)
    if target is not None and isinstance(tables.get(target), Mapping):
        try:
            require_chips([Chip(target, tables[target])])
        except SettingsError as error:
            yield from (replace(p, place=f"{place}: options, {p.place}") for p in error.problems)


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
        Problem(
            f"spikes.{name}",
            "is no population that fires",
            f"{guess_meant(name, fires)}those are {', '.join(fires)}",
        )
        for name in unknown
    ]
