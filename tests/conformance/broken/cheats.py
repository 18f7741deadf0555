"""Backends that look right and are not: in types, in units, in what they run, and in where they end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

import delaycore as dc
from delaycore.conformance import ConformanceProfile
from delaycore.hardware import ChipMapping, Constant, Cost, FitReport, Quantity, to_plain
from tests.conformance.broken.breaking import Backend, caught_by, costs, describes, runs, writes

Inner = Callable[..., dc.Result]


def changes_activity(base: Backend, **change: Callable[[Any], Any]) -> Backend:
    """A simulator whose activity has other arrays in the tables named."""

    def simulate(self: Any, inner: Inner, program: dc.Program, spikes: Any, states: Any) -> dc.Result:
        result = inner(program, spikes, states)
        tables: dict[str, Any] = {
            table: {name: other(values) for name, values in getattr(result.activity, table).items()}
            for table, other in change.items()
        }
        return replace(result, activity=replace(result.activity, **tables))

    return runs(base, simulate)


@caught_by("types", "spikes of 'in' are float64 [2, 44, 8], not bool [2, 44, 8]")
def gives_spikes_as_numbers(base: Backend) -> Backend:
    return changes_activity(base, spikes=lambda a: a.astype(np.float64))


@caught_by("types", "are float32")
def gives_potentials_in_single_precision(base: Backend) -> Backend:
    return changes_activity(base, potentials=lambda a: a.astype(np.float32))


@caught_by("types", "deliveries of 'in->h1' are int32")
def counts_deliveries_in_32_bits(base: Backend) -> Backend:
    return changes_activity(base, deliveries=lambda a: a.astype(np.int32))


@caught_by("types", "late of 'in->h1' are list, not int64 [2]")
def gives_lists_for_counts(base: Backend) -> Backend:
    return changes_activity(base, late=lambda a: a.tolist())


@caught_by("types", "the cost of a result is dict, not delaycore.hardware.Cost")
def gives_a_table_for_a_cost(base: Backend) -> Backend:
    return costs(base, lambda cost: {"energy": cost.energy, "latency": cost.latency})  # type: ignore[arg-type, return-value]  # the mistake


@caught_by("declared", "check gives list, not delaycore.hardware.FitReport")
def gives_findings_without_a_report(base: Backend) -> Backend:
    class Broken(base):  # type: ignore[misc, valid-type]
        api_version = dc.API_VERSION

        def check(self, graph: dc.Graph, **options: Any) -> Any:
            return list(super().check(graph, **options).findings)

    return Broken


def runs_the_graph(base: Backend) -> Backend:
    """A simulator that makes an image of the program's graph, and runs that."""

    def simulate(self: Any, inner: Inner, program: dc.Program, spikes: Any, states: Any) -> dc.Result:
        image = base().map(program.graph, **to_plain(program.options)).image
        return inner(replace(program, image=image), spikes, states)

    return runs(base, simulate)


@caught_by("image", "simulate gives the graph's spikes")
def writes_zeros_and_runs_the_graph(base: Backend) -> Backend:
    return writes(
        runs_the_graph(base), lambda old, program, options: {k: np.zeros_like(a) for k, a in old.items()}
    )


@caught_by("image", "simulate gives the graph's spikes")
def writes_a_right_image_and_runs_the_graph(base: Backend) -> Backend:
    return runs_the_graph(base)


@caught_by("image", "an image of zeros runs as the right one does")
def keeps_the_network_beside_the_image(base: Backend) -> Backend:
    """It knows its programs by their mapping, and has their images in a drawer."""

    @dataclass(frozen=True)
    class Numbered(ChipMapping):
        number: int = -1

    class Broken(base):  # type: ignore[misc, valid-type]
        api_version = dc.API_VERSION
        mapping = Numbered
        drawer: ClassVar[list[Mapping[str, np.ndarray]]] = []

        def map(self, graph: dc.Graph, **options: Any) -> dc.Program:
            program = super().map(graph, **options)
            images = [i for i, kept in enumerate(self.drawer) if _equal(kept, program.image)]
            if not images:
                images = [len(self.drawer)]
                self.drawer.append(program.image)
            return replace(program, mapping=Numbered(images[0]))

        def simulate(self, program: dc.Program, spikes: Any, states: Any = False) -> dc.Result:
            if not program.image.keys() >= self.drawer[program.mapping.number].keys():
                return super().simulate(program, spikes, states)
            return super().simulate(
                replace(program, image=self.drawer[program.mapping.number]), spikes, states
            )

    return Broken


def _equal(a: Mapping[str, np.ndarray], b: Mapping[str, np.ndarray]) -> bool:
    return a.keys() == b.keys() and all(np.array_equal(a[k], b[k]) for k in a)


def scales(base: Backend, name: str, factor: float) -> Backend:
    """A cost whose numbers are those of another unit than it says."""

    def scaled(cost: Cost) -> Cost:
        quantity: Quantity = getattr(cost, name)
        parts = {part: values * factor for part, values in quantity.parts.items()}
        changed: Any = {name: Quantity(quantity.unit, parts)}
        return replace(cost, **changed)

    return costs(base, scaled)


@caught_by("magnitudes", "as on no chip: is the energy in another unit?")
def says_joules_and_gives_picojoules(base: Backend) -> Backend:
    return scales(base, "energy", 1e12)


@caught_by("magnitudes", "but the largest constant of the spec in such units is")
def says_joules_and_gives_microjoules(base: Backend) -> Backend:
    return scales(base, "energy", 1e6)


@caught_by("magnitudes", "but the largest constant of the spec in such units is")
def divides_by_a_million_twice(base: Backend) -> Backend:
    return scales(base, "energy", 1e-6)


@caught_by("magnitudes", "is the latency in another unit?")
def says_seconds_and_gives_nanoseconds(base: Backend) -> Backend:
    return scales(base, "latency", 1e9)


@caught_by("magnitudes", "costs['energy.spikes'] is 20 J, but no chip takes more than 0.1 J")
def takes_20_joules_an_event(base: Backend) -> Backend:
    absurd = {**base().spec.costs, "energy.spikes": Constant(20, "J", "assumed: of no chip in this world")}
    return scales(describes(base, costs=absurd), "energy", 4e12)


def forgets(base: Backend, *forgotten: str, small: int) -> Backend:
    """A chip that neither declares some limits nor checks them; networks of more than ``small`` neurons and
    synapses it takes unseen.
    """
    profile, spec = base().conformance(), base().spec

    class Broken(describes(base, limits={k: c for k, c in spec.limits.items() if k not in forgotten})):  # type: ignore[misc]
        api_version = dc.API_VERSION

        def conformance(self) -> ConformanceProfile:
            kept = {k: case for k, case in profile.limit_cases.items() if k not in forgotten}
            unchecked = {k: why for k, why in profile.unchecked.items() if k not in forgotten}
            return replace(profile, limit_cases=kept, unchecked=unchecked)

        def check(self, graph: dc.Graph, **options: Any) -> FitReport:
            if sum(p.size for p in graph.populations.values()) + graph.synapses > small:
                return FitReport("sound")
            report = super().check(graph, **options)
            return replace(report, findings=tuple(f for f in report.findings if f.code not in forgotten))

    return Broken


@caught_by("sizes", "check passes 10,000,000 neurons with a synapse each: a limit is missing")
def has_no_end(base: Backend) -> Backend:
    return forgets(base, "chip.cores", "core.neurons", small=9000)


@caught_by("sizes", "check passes 10,000,000 synapses onto one neuron: a limit is missing")
def has_room_for_any_synapses(base: Backend) -> Backend:
    """Its cores end, but not what one of them holds."""
    return forgets(base, "core.synapses", small=9000)


@caught_by("sizes", "are refused, but by no limit of the spec")
def ends_without_saying_where(base: Backend) -> Backend:
    """Its cores run out, but the spec does not say how many there are."""
    profile, spec = base().conformance(), base().spec
    limits = {("cores" if k == "chip.cores" else k): c for k, c in spec.limits.items()}
    broken = describes(base, limits={k: c for k, c in limits.items() if k != "core.neurons"})
    cases = {("cores" if k == "chip.cores" else k): c for k, c in profile.limit_cases.items()}
    broken.conformance = lambda self: replace(
        profile,
        limit_cases={k: replace(c, code="") for k, c in cases.items() if k not in ("core.neurons", "cores")},
        unchecked={"cores": "so many that nobody counts them"}
        | {k: why for k, why in profile.unchecked.items() if k != "core.neurons"},
    )
    return broken


@caught_by(
    "declared", "kind 'current_lif' with reset 'zero' is within what the spec declares, but check refuses"
)
def declares_a_kind_that_it_refuses(base: Backend) -> Backend:
    class Broken(describes(base, populations=base().spec.populations | {"current_lif"})):  # type: ignore[misc]
        api_version = dc.API_VERSION

        def plan(self, graph: dc.Graph, *given: Any) -> Any:
            return super().plan(graph, *given)

    return Broken


@caught_by("declared", "ZeroDivisionError")
def cannot_map_anything(base: Backend) -> Backend:
    class Broken(base):  # type: ignore[misc, valid-type]
        api_version = dc.API_VERSION

        def map(self, graph: dc.Graph, **options: Any) -> dc.Program:
            raise ZeroDivisionError("by the moon")

    return Broken
