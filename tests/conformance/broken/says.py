"""Backends whose specs, findings and refusals are not what they should be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import delaycore as dc
from delaycore.conformance import ConformanceProfile
from delaycore.hardware import FitReport, Losses, Placement
from tests.conformance.broken.breaking import Backend, caught_by, describes, finds


@caught_by("spec", "has no source")
def gives_no_source(base: Backend) -> Backend:
    limits = dict(base().spec.limits)
    limits["chip.cores"] = replace(limits["chip.cores"], source="TODO")
    return describes(base, limits=limits)


@caught_by("spec", "does not state the API version")
def does_not_say_what_it_was_written_for(base: Backend) -> Backend:
    unsaid = {
        name: value
        for name, value in vars(base).items()
        if name not in ("api_version", "__dict__", "__weakref__", "_abc_impl")
    }
    return type("Broken", (dc.Backend,), unsaid)


@caught_by("spec", "limits['delay.range'] is 31, but max_delay is 15: the limit has to be 15")
def declares_two_ranges_of_delays(base: Backend) -> Backend:
    limits = dict(base().spec.limits)
    limits["delay.range"] = replace(limits["delay.range"], value=31)
    return describes(base, limits=limits)


@caught_by("spec", "option 'unexplained' has no description")
def says_nothing_of_an_option(base: Backend) -> Backend:
    class Unexplained(base.options):  # type: ignore[name-defined]
        unexplained: int = 1

    return type("Broken", (base,), {"options": Unexplained, "api_version": dc.API_VERSION})


@caught_by("placement", "placements[0]: option 'neuron_per_core': is no option that exists")
def misspells_the_options_of_its_placements(base: Backend) -> Backend:
    profile = replace(base().conformance(), placements=({"neuron_per_core": 2}, {"neurons_per_core": 2}))
    return type("Broken", (base,), {"conformance": lambda self: profile, "api_version": dc.API_VERSION})


@caught_by("largest_delay", "passes check, but the spec declares no more")
def lets_a_delay_through_that_is_too_long(base: Backend) -> Backend:
    return finds(base, lambda report: without(report, "delay.range"))


@caught_by("limits", "gets no error 'core.synapses'")
def overlooks_a_limit(base: Backend) -> Backend:
    return finds(base, lambda report: without(report, "core.synapses"))


@caught_by("limits", "does not say what is needed")
def finds_without_numbers(base: Backend) -> Backend:
    return finds(base, lambda report: changed(report, needed=None, available=None))


@caught_by("limits", "has no source")
def finds_without_a_source(base: Backend) -> Backend:
    return finds(base, lambda report: changed(report, source=""))


@caught_by("limits", "the network at it does not fit")
def refuses_what_lies_at_the_limit(base: Backend) -> Backend:
    limits = dict(base().spec.limits)
    cases = dict(base().conformance().limit_cases) | {
        "delay.range": replace(
            base().conformance().limit_cases["delay.range"], at=dc.Graph.from_arrays([[[1.0]]], [16])
        )
    }
    broken = describes(base, limits=limits)
    broken.conformance = lambda self: ConformanceProfile(
        limit_cases=cases, unchecked=base().conformance().unchecked
    )
    return broken


@caught_by("limits", "map takes it")
def maps_what_it_refuses(base: Backend) -> Backend:
    class Broken(base):  # type: ignore[misc, valid-type]
        api_version = dc.API_VERSION

        def map(self, graph: dc.Graph, **options: Any) -> dc.Program:
            try:
                return super().map(graph, **options)
            except dc.DoesNotFit as error:
                return dc.Program("sound", graph, Losses(), error.report, Placement(()), {})

    return Broken


@caught_by("unsupported", "take it out of the spec, or refuse it")
def can_what_it_says_it_cannot(base: Backend) -> Backend:
    return describes(base, unsupported=frozenset({"bias"}))


@caught_by("unsupported", "check passes reset 'subtract'")
def takes_a_reset_that_it_does_not_declare(base: Backend) -> Backend:
    return describes(base, resets=frozenset({"zero"}))


@caught_by("all_at_once", "gets 1 errors")
def stops_at_the_first_violation(base: Backend) -> Backend:
    return finds(base, lambda report: replace(report, findings=report.findings[:1]))


def without(report: FitReport, code: str) -> FitReport:
    return replace(report, findings=tuple(f for f in report.findings if f.code != code))


def changed(report: FitReport, **values: Any) -> FitReport:
    return replace(report, findings=tuple(replace(f, **values) for f in report.findings))
