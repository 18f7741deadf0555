"""Backends in which something leaks: between samples, between programs, into the caller's values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

import delaycore as dc
from delaycore.hardware import Cost, Quantity
from tests.conformance.broken.breaking import Backend, blocks, caught_by, costs, runs, writes


@caught_by("samples", "state is kept between samples")
def keeps_state_between_samples(base: Backend) -> Backend:
    def simulate(
        self: Any, inner: Callable[..., dc.Result], program: dc.Program, spikes: Any, states: Any
    ) -> dc.Result:
        result = inner(program, spikes, states)
        samples, steps, inputs = spikes.shape
        end_to_end = inner(program, spikes.reshape(1, samples * steps, inputs), states).activity

        def cut(table: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
            return {name: a.reshape(samples, steps, *a.shape[2:]) for name, a in table.items()}

        e = end_to_end
        joined = replace(
            e,
            spikes=cut(e.spikes),
            potentials=cut(e.potentials),
            deliveries=cut(e.deliveries),
            overflow=cut(e.overflow),
        )
        return replace(result, activity=replace(joined, late=result.activity.late))

    return runs(base, simulate)


@caught_by("samples", "depends on the samples beside it")
def shares_energy_out_over_the_batch(base: Backend) -> Backend:
    def even(cost: Cost) -> Cost:
        parts = {name: np.full_like(v, v.mean()) if v.size else v for name, v in cost.energy.parts.items()}
        return replace(cost, energy=Quantity("J", parts))

    return costs(base, even)


@caught_by("placement", "placed with")
def breaks_what_lies_on_the_second_core(base: Backend) -> Backend:
    def image(old: dict[str, np.ndarray], program: dc.Program, options: Any) -> dict[str, np.ndarray]:
        for at in blocks(old):
            if program.placement.slices[old[f"{at}/ends"][1]].core == 1:
                old[f"{at}/post"] = old[f"{at}/post"][::-1].copy()
        return old

    return writes(base, image)


@caught_by("placement", "moves a single neuron")
def has_no_placement_but_one(base: Backend) -> Backend:
    class Broken(base):  # type: ignore[misc, valid-type]
        api_version = dc.API_VERSION

        def map(self, graph: dc.Graph, **options: Any) -> dc.Program:
            return super().map(graph)

    return Broken


@caught_by("determinism", "state is shared between programs")
def remembers_the_program_before(base: Backend) -> Backend:
    def simulate(
        self: Any, inner: Callable[..., dc.Result], program: dc.Program, spikes: Any, states: Any
    ) -> dc.Result:
        before = getattr(self, "before", program)
        self.before = program
        result = inner(program, spikes, states)
        if before is program:
            return result
        return replace(
            result,
            activity=replace(result.activity, spikes={name: ~fired for name, fired in result.spikes.items()}),
        )

    return runs(base, simulate)


@caught_by("determinism", "two images")
def draws_lots_when_mapping(base: Backend) -> Backend:
    rng = np.random.default_rng()
    return writes(base, lambda old, program, options: old | {"seed": rng.integers(0, 2**62, 2)})


@caught_by("untouched", "the caller's spikes were changed")
def clears_the_caller_s_spikes(base: Backend) -> Backend:
    def simulate(
        self: Any, inner: Callable[..., dc.Result], program: dc.Program, spikes: Any, states: Any
    ) -> dc.Result:
        result = inner(program, spikes.copy(), states)
        spikes[:] = False
        return result

    return runs(base, simulate)


@caught_by("untouched", "changed when something else was simulated")
def hands_out_its_own_buffer(base: Backend) -> Backend:
    def simulate(
        self: Any, inner: Callable[..., dc.Result], program: dc.Program, spikes: Any, states: Any
    ) -> dc.Result:
        result = inner(program, spikes, states)
        buffers = self.__dict__.setdefault("buffers", {})
        shared = {
            name: buffers.setdefault((name, fired.shape), np.zeros_like(fired))
            for name, fired in result.spikes.items()
        }
        for name, fired in result.spikes.items():
            shared[name][:] = fired
        return replace(result, activity=replace(result.activity, spikes=shared))

    return runs(base, simulate)
