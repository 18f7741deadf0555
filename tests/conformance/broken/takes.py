"""Backends that mistreat files, and take nonsense for input."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np

import delaycore as dc
from delaycore.hardware import FitReport, Losses
from tests.conformance.broken.breaking import Backend, caught_by, runs, writes


@caught_by("programs", "loaded")
def runs_only_what_it_has_just_mapped(base: Backend) -> Backend:
    class Broken(base):  # type: ignore[misc, valid-type]
        api_version = 1
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
    encoded = import_module("delaycore_sound.image").encoded

    def simulate(
        self: Any, inner: Callable[..., dc.Result], program: dc.Program, spikes: Any, states: Any
    ) -> dc.Result:
        return inner(replace(program, image=encoded(program.graph, program.placement)), spikes, states)

    return writes(runs(base, simulate), lambda old, program, options: {})


@caught_by("bad_input", "with an unknown option: taken without a word")
def swallows_options(base: Backend) -> Backend:
    class Broken(base):  # type: ignore[misc, valid-type]
        api_version = 1

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
        api_version = 1

        def quantize(self, graph: dc.Graph, **options: Any) -> tuple[dc.Graph, Losses]:
            for p in graph.populations.values():
                {"input": 0, "lif": 1, "integrator": 2}[p.kind]
            return super().quantize(graph, **options)

    return Broken
