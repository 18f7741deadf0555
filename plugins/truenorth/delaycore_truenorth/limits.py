"""Everything about a network that TrueNorth cannot hold, at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from delaycore.graph import Arithmetic, Graph, Input
from delaycore.hardware import Finding, FitReport, Placement, Slice, find_vanished_thresholds, retime
from delaycore_truenorth.crossbars import Layout, layout, place, whole
from delaycore_truenorth.options import Options
from delaycore_truenorth.quantize import ARITHMETIC, quantized
from delaycore_truenorth.spec import LIMITS, SPEC

__all__ = ["check", "chosen", "computable", "facts", "placed", "timed"]


def check(graph: Graph, options: Options) -> FitReport:
    """The report of `map` with these options."""
    report = timed(graph)
    if not report.ok:
        return report
    exact, _ = quantized(graph, options.values)
    return placed(exact, *chosen(exact, options)).joined(find_vanished_thresholds(graph, exact))


def computable(graph: Graph) -> FitReport:
    """The report of kinds, leaks, resets and arithmetic alone."""
    return FitReport(target=SPEC.name, findings=tuple(_kinds(graph)))


def timed(graph: Graph, slices: tuple[Slice, ...] | None = None) -> FitReport:
    """The report of what no choice of options mends: kinds and delays; and of ``slices`` that share a
    core.
    """
    found = [*_kinds(graph)] or [*_delays(graph)]
    return FitReport(target=SPEC.name, findings=(*found, *_sharing(slices or ())))


def placed(exact: Graph, placement: Placement, made: Layout) -> FitReport:
    """The report of a quantized graph, placed."""
    return FitReport(target=SPEC.name, findings=tuple(_overfull(exact, placement, made)))


def chosen(
    exact: Graph, options: Options, slices: tuple[Slice, ...] | None = None
) -> tuple[Placement, Layout]:
    """The placement of a quantized graph in ``slices``; without them in the largest that fit, in the smallest
    if none do.
    """
    offsets = retime(exact, SPEC.hop_delay, SPEC.max_delay).offsets
    if slices is not None:
        given = Placement(whole(exact, slices), offsets, 1)
        return given, layout(exact, given)
    sizes = sorted(
        {
            min(size, max((int(p.size) for p in exact.populations.values()), default=1))
            for size in options.sizes
        },
        reverse=True,
    )
    for size in sizes:
        placement = place(exact, offsets, size)
        made = layout(exact, placement)
        if not any(_overfull(exact, placement, made)):
            break
    return placement, made


def facts(placement: Placement, made: Layout) -> dict[str, Any]:
    """Axons and neurons of each core, copies included."""
    return {
        "cores": {
            str(s.core): {"axons": len(made.axons[s.core]), "neurons": made.neurons(s)}
            for s in placement.slices
            if s.core is not None
        }
    }


def _sharing(slices: tuple[Slice, ...]) -> Iterator[Finding]:
    cores = [s.core for s in slices if s.core is not None]
    for core in sorted({c for c in cores if cores.count(c) > 1}):
        yield _finding(
            "core.slices",
            f"core {core}",
            "holds several slices; this mapper lays out one for each core",
            "give each a core of its own",
        )


def _finding(
    code: str,
    place: str,
    message: str,
    remedy: str,
    source: str = "Merolla et al. 2014, Akopyan et al. 2015 (second-hand)",
) -> Finding:
    return Finding(code=code, place=place, message=message, source=source, remedy=remedy)


def _kinds(graph: Graph) -> Iterator[Finding]:
    a = graph.arithmetic
    if a != ARITHMETIC and (type(a) is not Arithmetic or "fixed" in (a.weight.family, a.potential.family)):
        yield _finding(
            "arithmetic",
            "graph.arithmetic",
            f"is {a.name}, that of another chip",
            "give the graph as it was trained",
        )
    for name, p in graph.populations.items():
        place = f"populations[{name!r}]"
        if p.kind not in SPEC.populations:
            read, train = (
                "read spike counts of neurons that fire (network.readout = 'spikes')",
                "train kind 'linear_leak', or 'lif' with retain 1",
            )
            message = f"kind {p.kind!r} is not offered; {', '.join(sorted(SPEC.populations))} are"
            yield _finding("population.kind", place, message, read if p.kind == "integrator" else train)
            continue
        if np.any(getattr(p, "retain", 1.0) != 1.0):
            remedy = (
                "train without leak (network.leak = 'none', retain 1), or with kind 'linear_leak' "
                "(delaycore_truenorth.LinearLeak)"
            )
            yield _finding(
                "population.leak",
                place,
                "the potential decays by a fraction per step; the chip takes off a constant",
                remedy,
            )
        if np.any(getattr(p, "bias", 0.0)):
            yield _finding(
                "population.bias",
                place,
                "a bias would act before a retimed population starts",
                "train without bias",
            )
        if getattr(p, "refractory", 0):
            yield _finding(
                "population.refractory", place, "the chip has no refractory period", "train with refractory 0"
            )
        if not isinstance(p, Input) and p.start:
            yield _finding(
                "population.start", place, f"starts in step {p.start}; cores start together", "use 0"
            )


def _delays(graph: Graph) -> Iterator[Finding]:
    limit = LIMITS["delay.range"]
    remedy = "train with delays up to 15 steps; relays are not made"
    for p in graph.projections:
        apart = p.largest_delay if p.smallest_delay >= 1 else p.largest_delay - p.smallest_delay + 1
        if len(p) and apart > int(limit):
            yield Finding.over(
                "delay.range",
                p.place,
                "delays are longer than a neuron's target can say",
                apart,
                limit,
                remedy,
            )
    retimed = retime(graph, SPEC.hop_delay, SPEC.max_delay)
    if retimed.ok:
        return
    loop = " -> ".join(retimed.conflict)
    if retimed.too_short:
        message = (
            "a loop has fewer steps than projections; a spike acts a step after it was sent at the earliest"
        )
        yield _finding("delay.loop", loop, message, "give its synapses at least one step each")
    else:
        need = max(
            max(p.largest_delay - p.smallest_delay + 1 for p in graph.projections if len(p)), int(limit) + 1
        )
        yield Finding.over(
            "delay.range",
            loop,
            "delays along these ways differ by too much for any offset in time",
            need,
            limit,
            remedy,
        )


def _overfull(graph: Graph, placement: Placement, made: Layout) -> Iterator[Finding]:
    if len(placement.cores) > int(LIMITS["chip.cores"]):
        needed, limit = len(placement.cores), LIMITS["chip.cores"]
        yield Finding.over(
            "chip.cores",
            "graph",
            "slices need more cores than the chip has",
            needed,
            limit,
            "use more neurons_per_core, or prune",
        )
    for s in placement.slices:
        if s.core is None:
            continue
        place_ = f"core {s.core} ({s.name})"
        axons, neurons = len(made.axons[s.core]), made.neurons(s)
        if axons > int(LIMITS["core.axons"]):
            message = "each (source neuron, delay, weight) into a core takes an axon of its own"
            yield Finding.over(
                "core.axons",
                place_,
                message,
                axons,
                LIMITS["core.axons"],
                "prune whole (source, delay) pairs, or use fewer neurons_per_core",
            )
        if neurons > int(LIMITS["core.neurons"]):
            message = "a neuron has one target, so it is copied for every axon that it feeds"
            yield Finding.over(
                "core.neurons",
                place_,
                message,
                neurons,
                LIMITS["core.neurons"],
                "prune (source, delay) pairs, or use fewer neurons_per_core",
            )
