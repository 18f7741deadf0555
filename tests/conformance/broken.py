"""Backends that break one promise each: the sound one with a single thing wrong, as a slip of the pen or of thought would make it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

import delaycore as dc
from delaycore.conformance import Profile
from delaycore.graph import Readout
from delaycore.hardware import Cost, FitReport, Losses, Placement, Priced, Quantity

Backend = type[dc.Backend]
BROKEN: dict[str, tuple[str, str, Callable[[Backend], Backend]]] = {}
"""By name: the check that has to catch it, a word of what it has to say, and the maker of the broken class."""


def caught_by(check: str, says: str) -> Callable[[Callable[[Backend], Backend]], Callable[[Backend], Backend]]:
    def note(make: Callable[[Backend], Backend]) -> Callable[[Backend], Backend]:
        BROKEN[make.__name__] = (check, says, make)
        return make

    return note


def writes(base: Backend, other_image: Callable[[dict[str, np.ndarray], dc.Program, Mapping[str, Any]], Mapping[str, np.ndarray]]) -> Backend:
    """A mapper that writes another image."""

    class Broken(base):  # type: ignore[misc, valid-type]
        api_version = 1

        def map(self, graph: dc.Graph, **options: Any) -> dc.Program:
            program = super().map(graph, **options)
            return replace(program, image=other_image({k: v.copy() for k, v in program.image.items()}, program, options))

    return Broken


def runs(base: Backend, other: Callable[[Any, Callable[..., dc.Result], dc.Program, Any, Any], dc.Result]) -> Backend:
    """A simulator that does something else."""

    class Broken(base):  # type: ignore[misc, valid-type]
        api_version = 1

        def simulate(self, program: dc.Program, spikes: Any, states: Any = False) -> dc.Result:
            return other(self, super().simulate, program, spikes, states)

    return Broken


def costs(base: Backend, other: Callable[[Cost], Cost]) -> Backend:
    def simulate(self: Any, inner: Callable[..., dc.Result], program: dc.Program, spikes: Any, states: Any) -> dc.Result:
        result = inner(program, spikes, states)
        return replace(result, cost=other(result.cost))

    return runs(base, simulate)


def finds(base: Backend, other: Callable[[FitReport], FitReport]) -> Backend:
    class Broken(base):  # type: ignore[misc, valid-type]
        api_version = 1

        def check(self, graph: dc.Graph, **options: Any) -> FitReport:
            return other(super().check(graph, **options))

    return Broken


def quantises(base: Backend, other: Callable[[dc.Graph, Losses], tuple[dc.Graph, Losses]]) -> Backend:
    class Broken(base):  # type: ignore[misc, valid-type]
        api_version = 1

        def quantize(self, graph: dc.Graph, **options: Any) -> tuple[dc.Graph, Losses]:
            return other(*super().quantize(graph, **options))

        def map(self, graph: dc.Graph, **options: Any) -> dc.Program:
            exact, losses = self.quantize(graph)
            return replace(super().map(exact, **options), losses=losses)

    return Broken


def describes(base: Backend, **changes: Any) -> Backend:
    class Broken(base):  # type: ignore[misc, valid-type]
        api_version = 1

        @property
        def spec(self) -> dc.HardwareSpec:
            return super().spec.model_copy(update=changes)

    return Broken


def blocks(image: Mapping[str, np.ndarray]) -> list[str]:
    return [name.removesuffix("/pre") for name in image if name.endswith("/pre")]


# What the chip does


@caught_by("same_spikes", "unlike in the reference")
def loses_an_event(base: Backend) -> Backend:
    def image(old: dict[str, np.ndarray], program: dc.Program, options: Any) -> dict[str, np.ndarray]:
        largest = max(blocks(old), key=lambda at: np.abs(old[f"{at}/weight"].astype(int)).max(initial=0))
        old[f"{largest}/weight"][np.abs(old[f"{largest}/weight"].astype(int)).argmax()] = 0
        return old

    return writes(base, image)


@caught_by("same_spikes", "potentials of 'out' differ")
def rounds_the_read_out_s_decay_up(base: Backend) -> Backend:
    def image(old: dict[str, np.ndarray], program: dc.Program, options: Any) -> dict[str, np.ndarray]:
        for name in old:
            if name.endswith("/rules") and old[name][0]:
                at = name.replace("rules", "retain")
                old[at] = np.minimum(old[at] + 1, 256).astype(np.uint16)
        return old

    return writes(base, image)


@caught_by("delays", "makes its target fire in steps")
def delays_are_off_by_one(base: Backend) -> Backend:
    def image(old: dict[str, np.ndarray], program: dc.Program, options: Any) -> dict[str, np.ndarray]:
        return old | {f"{at}/delay": old[f"{at}/delay"] + np.uint8(1) for at in blocks(old)}

    return writes(base, image)


@caught_by("delays", "delay 15")
def the_longest_delay_is_clipped(base: Backend) -> Backend:
    def image(old: dict[str, np.ndarray], program: dc.Program, options: Any) -> dict[str, np.ndarray]:
        return old | {f"{at}/delay": np.minimum(old[f"{at}/delay"], 14).astype(np.uint8) for at in blocks(old)}

    return writes(base, image)


@caught_by("several_synapses", "synapses of delays (0, 15)")
def keeps_one_synapse_per_pair(base: Backend) -> Backend:
    def image(old: dict[str, np.ndarray], program: dc.Program, options: Any) -> dict[str, np.ndarray]:
        for at in blocks(old):
            pairs = np.stack([old[f"{at}/pre"], old[f"{at}/post"]])
            _, first = np.unique(pairs, axis=1, return_index=True)
            old |= {f"{at}/{c}": old[f"{at}/{c}"][np.sort(first)] for c in ("pre", "post", "weight", "delay")}
        return old

    return writes(base, image)


@caught_by("loops", "a loop of delays (1,)")
def forgets_what_a_population_sends_itself(base: Backend) -> Backend:
    def image(old: dict[str, np.ndarray], program: dc.Program, options: Any) -> dict[str, np.ndarray]:
        for at in blocks(old):
            if old[f"{at}/ends"][0] == old[f"{at}/ends"][1]:
                old[f"{at}/weight"][:] = 0
        return old

    return writes(base, image)


@caught_by("loops", "though each hop takes 1")
def takes_a_loop_shorter_than_its_hops(base: Backend) -> Backend:
    return describes(base, hop=1, delays=14)


@caught_by("biases", "biased neurons")
def forgets_biases(base: Backend) -> Backend:
    return writes(base, lambda old, program, options: old | {name: np.zeros_like(a) for name, a in old.items() if name.endswith("/bias")})


@caught_by("empty_and_full", "silent and full input")
def drops_spikes_where_too_many_come_at_once(base: Backend) -> Backend:
    def simulate(self: Any, inner: Callable[..., dc.Result], program: dc.Program, spikes: Any, states: Any) -> dc.Result:
        if isinstance(spikes, np.ndarray) and spikes.ndim == 3 and spikes.dtype == bool:
            spikes = spikes & (np.cumsum(spikes, axis=2) <= 2)
        return inner(program, spikes, states)

    return runs(base, simulate)


@caught_by("empty_and_full", "IndexError")
def wants_at_least_one_sample(base: Backend) -> Backend:
    def simulate(self: Any, inner: Callable[..., dc.Result], program: dc.Program, spikes: Any, states: Any) -> dc.Result:
        assert spikes[0] is not None
        return inner(program, spikes, states)

    return runs(base, simulate)


@caught_by("same_spikes", "0 of 12 networks fire")
def silences_everything(base: Backend) -> Backend:
    def deaf(graph: dc.Graph, losses: Losses) -> tuple[dc.Graph, Losses]:
        return graph.with_(
            populations={n: replace(p, threshold=2.0**22) if isinstance(p, dc.LIF) else p for n, p in graph.populations.items()}
        ), losses

    return quantises(base, deaf)


# What leaks


@caught_by("samples", "state is kept between samples")
def keeps_state_between_samples(base: Backend) -> Backend:
    def simulate(self: Any, inner: Callable[..., dc.Result], program: dc.Program, spikes: Any, states: Any) -> dc.Result:
        result = inner(program, spikes, states)
        samples, steps, inputs = spikes.shape
        end_to_end = inner(program, spikes.reshape(1, samples * steps, inputs), states).activity

        def cut(table: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
            return {name: a.reshape(samples, steps, *a.shape[2:]) for name, a in table.items()}

        e = end_to_end
        joined = replace(e, spikes=cut(e.spikes), potentials=cut(e.potentials), deliveries=cut(e.deliveries), beyond=cut(e.beyond))
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
        api_version = 1

        def map(self, graph: dc.Graph, **options: Any) -> dc.Program:
            return super().map(graph)

    return Broken


@caught_by("determinism", "state is shared between programs")
def remembers_the_program_before(base: Backend) -> Backend:
    def simulate(self: Any, inner: Callable[..., dc.Result], program: dc.Program, spikes: Any, states: Any) -> dc.Result:
        before = getattr(self, "before", program)
        self.before = program
        result = inner(program, spikes, states)
        if before is program:
            return result
        return replace(result, activity=replace(result.activity, spikes={name: ~fired for name, fired in result.spikes.items()}))

    return runs(base, simulate)


@caught_by("determinism", "two images")
def draws_lots_when_mapping(base: Backend) -> Backend:
    rng = np.random.default_rng()
    return writes(base, lambda old, program, options: old | {"seed": rng.integers(0, 2**62, 2)})


@caught_by("untouched", "the caller's spikes were changed")
def clears_the_caller_s_spikes(base: Backend) -> Backend:
    def simulate(self: Any, inner: Callable[..., dc.Result], program: dc.Program, spikes: Any, states: Any) -> dc.Result:
        result = inner(program, spikes.copy(), states)
        spikes[:] = False
        return result

    return runs(base, simulate)


@caught_by("untouched", "changed when something else was simulated")
def hands_out_its_own_buffer(base: Backend) -> Backend:
    def simulate(self: Any, inner: Callable[..., dc.Result], program: dc.Program, spikes: Any, states: Any) -> dc.Result:
        result = inner(program, spikes, states)
        buffers = self.__dict__.setdefault("buffers", {})
        shared = {name: buffers.setdefault((name, fired.shape), np.zeros_like(fired)) for name, fired in result.spikes.items()}
        for name, fired in result.spikes.items():
            shared[name][:] = fired
        return replace(result, activity=replace(result.activity, spikes=shared))

    return runs(base, simulate)


# What it says


@caught_by("spec", "has no source")
def gives_no_source(base: Backend) -> Backend:
    limits = dict(base().spec.limits)
    limits["chip.cores"] = limits["chip.cores"].model_copy(update={"source": "TODO"})
    return describes(base, limits=limits)


@caught_by("spec", "does not state the API version")
def does_not_say_what_it_was_written_for(base: Backend) -> Backend:
    unsaid = {name: value for name, value in vars(base).items() if name not in ("api_version", "__dict__", "__weakref__", "_abc_impl")}
    return type("Broken", (dc.Backend,), unsaid)


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
    edges = base().conformance().edges | {"delay.range": replace(base().conformance().edges["delay.range"], at=dc.Graph.from_arrays([[[1.0]]], [16]))}
    broken = describes(base, limits=limits)
    broken.conformance = lambda self: Profile(edges=edges, unchecked=base().conformance().unchecked)  # type: ignore[method-assign]
    return broken


@caught_by("limits", "map takes it")
def maps_what_it_refuses(base: Backend) -> Backend:
    class Broken(base):  # type: ignore[misc, valid-type]
        api_version = 1

        def map(self, graph: dc.Graph, **options: Any) -> dc.Program:
            try:
                return super().map(graph, **options)
            except dc.DoesNotFit as error:
                return dc.Program("sound", graph, Losses(), error.report, Placement(()), {})

    return Broken


@caught_by("lacks", "take it out of the spec, or refuse it")
def can_what_it_says_it_cannot(base: Backend) -> Backend:
    return describes(base, lacks=frozenset({"bias"}))


@caught_by("lacks", "check passes reset 'subtract'")
def takes_a_reset_that_it_does_not_declare(base: Backend) -> Backend:
    return describes(base, resets=frozenset({"zero"}))


@caught_by("all_at_once", "gets 1 errors")
def stops_at_the_first_violation(base: Backend) -> Backend:
    return finds(base, lambda report: report.model_copy(update={"findings": report.findings[:1]}))


def without(report: FitReport, code: str) -> FitReport:
    return report.model_copy(update={"findings": tuple(f for f in report.findings if f.code != code)})


def changed(report: FitReport, **values: Any) -> FitReport:
    return report.model_copy(update={"findings": tuple(f.model_copy(update=values) for f in report.findings)})


# What it loses


@caught_by("losses", "values changed, but the losses list")
def clips_in_silence(base: Backend) -> Backend:
    return quantises(base, lambda graph, losses: (graph, Losses(entries=tuple(e for e in losses if e.what != "weight"))))


@caught_by("losses", "the largest error is")
def makes_its_errors_small(base: Backend) -> Backend:
    return quantises(base, lambda graph, losses: (graph, Losses(entries=tuple(e.model_copy(update={"largest": e.largest / 2}) for e in losses))))


@caught_by("losses", "synapses are gone")
def prunes_in_silence(base: Backend) -> Backend:
    def half(graph: dc.Graph, losses: Losses) -> tuple[dc.Graph, Losses]:
        p = graph.projections[0]
        kept = np.arange(len(p)) > 0
        fewer = replace(p, pre=p.pre[kept], post=p.post[kept], weight=p.weight[kept], delay=p.delay[kept])
        entries = tuple(e for e in losses if e.place != f"{p.place}.weight")
        return graph.with_(projections=[fewer, *graph.projections[1:]]), Losses(entries=entries)

    return quantises(base, half)


@caught_by("losses", "in silence")
def changes_refractory_periods_in_silence(base: Backend) -> Backend:
    def longer(graph: dc.Graph, losses: Losses) -> tuple[dc.Graph, Losses]:
        changed = {n: replace(p, refractory=max(p.refractory, 1)) if isinstance(p, dc.LIF) else p for n, p in graph.populations.items()}
        return graph.with_(populations=changed), losses

    return quantises(base, longer)


@caught_by("losses", "changes it again")
def rounds_again_what_is_rounded(base: Backend) -> Backend:
    def smaller(graph: dc.Graph, losses: Losses) -> tuple[dc.Graph, Losses]:
        return graph.with_(projections=[p.with_weight(np.trunc(p.weight / 2)) for p in graph.projections]), losses

    return quantises(base, smaller)


@caught_by("losses", "which no loss can say")
def reads_another_answer(base: Backend) -> Backend:
    def last(graph: dc.Graph, losses: Losses) -> tuple[dc.Graph, Losses]:
        return graph.with_(readout=graph.readout and Readout(graph.readout.population, "last", scale=graph.readout.scale)), losses

    return quantises(base, last)


# What it costs


@caught_by("costs", "is negative")
def gives_a_discount(base: Backend) -> Backend:
    return costs(base, lambda cost: replace(cost, energy=Quantity("J", dict(cost.energy.parts) | {"discount": -cost.energy.total / 2})))


@caught_by("costs", "is in 'pJ'")
def counts_in_picojoules(base: Backend) -> Backend:
    return costs(base, lambda cost: replace(cost, energy=Quantity("pJ", cost.energy.parts)))


@caught_by("costs", "is not that of its samples one by one")
def charges_for_the_batch(base: Backend) -> Backend:
    def batch(cost: Cost) -> Cost:
        return replace(cost, latency=Quantity("s", {name: v + 1e-3 * len(v) for name, v in cost.latency.parts.items()}))

    return costs(base, batch)


@caught_by("costs", "the cost does not")
def hides_what_it_leaves_out(base: Backend) -> Backend:
    return costs(base, lambda cost: replace(cost, not_modelled=()))


@caught_by("energy_grows", "energy falls with activity")
def energy_falls_with_activity(base: Backend) -> Backend:
    def inverse(cost: Cost) -> Cost:
        return replace(cost, energy=Quantity("J", {"all": 1 / (1e-12 + cost.energy.total)}))

    return costs(base, inverse)


@caught_by("energy_grows", "not more than")
def energy_is_always_the_same(base: Backend) -> Backend:
    return costs(base, lambda cost: replace(cost, energy=Quantity("J", {"all": np.full_like(cost.energy.total, 1e-6)})))


@caught_by("pricing", "not_modelled does not say why")
def prices_twice_the_run(base: Backend) -> Backend:
    class Broken(base):  # type: ignore[misc, valid-type]
        api_version = 1

        def price(self, workload: Any, **options: Any) -> Priced:
            program = self.map(workload.graph)
            result = self.simulate(program, workload.spikes["in"])
            double = Quantity("J", {name: 2 * v for name, v in result.cost.energy.parts.items()})
            return Priced(replace(result.cost, energy=double), program.report, program.placement)

    return Broken


# What it does with files and with nonsense


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
    from delaycore_sound.image import encoded

    def simulate(self: Any, inner: Callable[..., dc.Result], program: dc.Program, spikes: Any, states: Any) -> dc.Result:
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
    def simulate(self: Any, inner: Callable[..., dc.Result], program: dc.Program, spikes: Any, states: Any) -> dc.Result:
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
