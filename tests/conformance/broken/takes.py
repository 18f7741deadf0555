"""Backends that mistreat files, and take nonsense for input."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

import numpy as np

import delaycore as dc
from delaycore.hardware import ChipMapping, FitReport, Losses
from tests.conformance.broken.breaking import Backend, caught_by, runs, writes


@caught_by("programs", "loaded")
def runs_only_what_it_has_just_mapped(base: Backend) -> Backend:
    class Broken(base):  # type: ignore[misc, valid-type]
        api_version = dc.API_VERSION
        mapped: tuple[int, ...] = ()

        def map(self, graph: dc.Graph, **options: Any) -> dc.Program:
            program = super().map(graph, **options)
            self.mapped = (*self.mapped, id(program))
            return program

        def simulate(self, program: dc.Program, spikes: Any, states: Any = False) -> dc.Result:
            known = id(program) in self.mapped
            return super().simulate(program, spikes if known else np.zeros_like(spikes), states)

    return Broken


@caught_by("programs", "has no image")
def simulates_the_graph_and_writes_no_image(base: Backend) -> Backend:
    encode = import_module("delaycore_sound.image").encode

    def simulate(
        self: Any, inner: Callable[..., dc.Result], program: dc.Program, spikes: Any, states: Any
    ) -> dc.Result:
        return inner(replace(program, image=encode(program.graph, program.placement)), spikes, states)

    return writes(runs(base, simulate), lambda old, program, options: {})


@caught_by("bad_input", "with an unknown option: taken without a word")
def swallows_options(base: Backend) -> Backend:
    class Broken(base):  # type: ignore[misc, valid-type]
        api_version = dc.API_VERSION

        def check(self, graph: dc.Graph, **options: Any) -> FitReport:
            return super().check(graph)

    return Broken


@caught_by("bad_input", "spikes of 0.5: taken without a word")
def takes_anything_for_spikes(base: Backend) -> Backend:
    def simulate(
        self: Any, inner: Callable[..., dc.Result], program: dc.Program, spikes: Any, states: Any
    ) -> dc.Result:
        return inner(program, np.asarray(spikes) != 0 if isinstance(spikes, np.ndarray) else spikes, states)

    return runs(base, simulate)


@caught_by("bad_input", "KeyError instead of a DoesNotFit")
def stumbles_over_an_unknown_kind(base: Backend) -> Backend:
    class Broken(base):  # type: ignore[misc, valid-type]
        api_version = dc.API_VERSION

        def quantize(self, graph: dc.Graph, **options: Any) -> tuple[dc.Graph, Losses]:
            for p in graph.populations.values():
                {"input": 0, "lif": 1, "integrator": 2}[p.kind]
            return super().quantize(graph, **options)

    return Broken


@caught_by("programs", "FileError")
def says_more_of_a_program_than_it_declares(base: Backend) -> Backend:
    """It maps with a mapping of another type than the one that a program file is read with."""

    @dataclass(frozen=True)
    class Undeclared(ChipMapping):
        busiest: int = 0

    class Broken(base):  # type: ignore[misc, valid-type]
        api_version = dc.API_VERSION

        def map(self, graph: dc.Graph, **options: Any) -> dc.Program:
            return replace(super().map(graph, **options), mapping=Undeclared(1))

    return Broken


@caught_by("programs", "costs something else")
def forgets_under_which_options_it_mapped(base: Backend) -> Backend:
    """Its simulator asks the mapper, and not the program, for the options."""

    class Broken(base):  # type: ignore[misc, valid-type]
        api_version = dc.API_VERSION
        last: Any = None

        def map(self, graph: dc.Graph, **options: Any) -> dc.Program:
            program = super().map(graph, **options)
            self.last = program.options
            return program

        def simulate(self, program: dc.Program, spikes: Any, states: Any = False) -> dc.Result:
            result = super().simulate(program, spikes, states)
            if program.options is self.last:
                return result
            return replace(result, cost=replace(result.cost, memory=dict.fromkeys(result.cost.memory, 1.0)))

    return Broken
