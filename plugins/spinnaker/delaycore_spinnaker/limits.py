"""Everything about a network that SpiNNaker cannot hold, at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

import numpy as np

from delaycore.graph import Arithmetic, Graph, Input
from delaycore.hardware import (
    Constant,
    Finding,
    FitReport,
    Placement,
    Slice,
    find_vanished_thresholds,
    retime,
)
from delaycore_spinnaker.layout import Rows, chip_of, keys, place, rows, used, whole
from delaycore_spinnaker.options import EXTENSIONS, Options
from delaycore_spinnaker.quantize import ARITHMETIC, quantized
from delaycore_spinnaker.spec import LIMITS, SPEC

__all__ = ["check", "chosen", "computable", "facts", "placed", "timed"]


def check(graph: Graph, options: Options) -> FitReport:
    """The report of `map` with these options."""
    report = timed(graph, options)
    if not report.ok:
        return report
    exact, _ = quantized(graph, options)
    return placed(exact, chosen(exact, options), options).joined(find_vanished_thresholds(graph, exact))


def computable(graph: Graph) -> FitReport:
    """The report of kinds, resets, biases and arithmetic alone."""
    return FitReport(target=SPEC.name, findings=tuple(_kinds(graph)))


def timed(graph: Graph, options: Options, slices: tuple[Slice, ...] | None = None) -> FitReport:
    """The report of what no placement mends: kinds and delays; and of ``slices`` that a core cannot run."""
    found = [*_kinds(graph)] or [*_delays(graph, options)]
    return FitReport(target=SPEC.name, findings=(*found, *_cut(slices or (), options)))


def placed(exact: Graph, placement: Placement, options: Options) -> FitReport:
    """The report of a quantized graph, placed."""
    return FitReport(target=SPEC.name, findings=tuple(_placed(exact, placement, options)))


def chosen(exact: Graph, options: Options, slices: tuple[Slice, ...] | None = None) -> Placement:
    """The placement of a quantized graph: in ``slices`` if they are given."""
    offsets = retime(exact, SPEC.hop_delay, options.reach - SPEC.hop_delay).offsets
    return place(exact, offsets, options) if slices is None else Placement(whole(exact, slices), offsets, 1)


def facts(placement: Placement, found: Iterable[Rows], options: Options) -> dict[str, Any]:
    """The options, bytes of each core, and entries of each chip's routing table."""
    cores = {str(core): {"data bytes": held} for core, held in used(placement, options).items()}
    entries = {str(chip): len(held) for chip, held in sorted(keys(found, placement, options).items())}
    return {"options": asdict(options), "cores": cores, "slots": options.slots, "router entries": entries}


def _cut(slices: tuple[Slice, ...], options: Options) -> Iterator[Finding]:
    cores = [s.core for s in slices if s.core is not None]
    for core in sorted({c for c in cores if cores.count(c) > 1}):
        yield _finding(
            "core.slices",
            f"core {core}",
            "holds several slices; a core runs neurons of one",
            "give each a core of its own",
            "Y: vertices",
        )
    limit = Constant(
        value=options.neurons_per_core,
        unit="neurons",
        source="option neurons_per_core, from which index bits and slots follow",
    )
    for s in slices:
        if s.core is not None and (s.size > options.neurons_per_core or s.start % options.neurons_per_core):
            message = "a slice begins elsewhere than where neurons_per_core cuts, or has more neurons"
            yield Finding.over(
                "core.neurons",
                s.name,
                message,
                s.size,
                limit,
                "cut populations into slices of neurons_per_core",
            )


def _finding(
    code: str, place: str, message: str, remedy: str, source: str = "Y: the neuron models offered here"
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
            "16-bit weights, C",
        )
    for name, p in graph.populations.items():
        place = f"populations[{name!r}]"
        if p.kind not in SPEC.populations:
            yield _finding(
                "population.kind",
                place,
                f"kind {p.kind!r} is not offered; {', '.join(sorted(SPEC.populations))} are",
                "train LIF neurons",
            )
            continue
        if getattr(p, "reset", "zero") != "zero":
            yield _finding(
                "population.reset",
                place,
                "the potential is set to V_reset after a spike",
                "train with reset to zero",
            )
        if np.any(getattr(p, "bias", 0.0)):
            message = (
                "a constant current is rounded together with the potential, which the neutral arithmetic "
                "cannot say"
            )
            yield _finding(
                "population.bias",
                place,
                message,
                "train without bias",
                "C: V' = alpha - round(exp_TC * (alpha - V))",
            )
        if not isinstance(p, Input) and p.start:
            yield _finding(
                "population.start",
                place,
                f"starts in step {p.start}; cores start together",
                "use 0",
                "Y: one start signal",
            )
        if (refractory := getattr(p, "refractory", 0)) > 255:
            message = f"{refractory} steps do not fit the register"
            yield _finding("population.refractory", place, message, "use at most 255", "assumed: 8 bits")


def _delays(graph: Graph, options: Options) -> Iterator[Finding]:
    if options.neurons_per_core > int(LIMITS["core.neurons"]):
        message = "more neurons were asked for than a core takes"
        yield Finding.over(
            "core.neurons",
            "option neurons_per_core",
            message,
            options.neurons_per_core,
            LIMITS["core.neurons"],
            "ask for fewer",
        )
        return
    current = f"Y, current rule: {EXTENSIONS + 1} x {options.slots} slots"
    classic = "classic rule: 16 slots and 8 stages of delay extension, 144 steps"
    limit = Constant(
        value=options.reach, unit="steps", source=classic if options.rule == "classic" else current
    )
    for p in graph.projections:
        apart = p.largest_delay if p.smallest_delay >= 1 else p.largest_delay - p.smallest_delay + 1
        if len(p) and apart > options.reach:
            remedy = "train with shorter delays, or map with fewer neurons_per_core under the current rule"
            yield Finding.over(
                "delay.range",
                p.place,
                "delays are longer than rings and delay extension reach",
                apart,
                limit,
                remedy,
            )
    retimed = retime(graph, SPEC.hop_delay, options.reach - SPEC.hop_delay)
    if retimed.ok:
        return
    loop = " -> ".join(retimed.conflict)
    if retimed.too_short:
        message = (
            "a loop has fewer steps than projections; a spike acts a step after it was sent at the earliest"
        )
        yield _finding(
            "delay.loop",
            loop,
            message,
            "give its synapses at least one step each",
            "C: delay 0 is not offered",
        )
    else:
        spread = max(p.largest_delay - p.smallest_delay + 1 for p in graph.projections if len(p))
        need = max(spread, options.reach + 1)
        yield Finding.over(
            "delay.range",
            loop,
            "delays along these ways differ by too much for any offset in time",
            need,
            limit,
            "shorten the longest",
        )


def _placed(exact: Graph, placement: Placement, options: Options) -> Iterator[Finding]:
    cores = len(placement.cores)
    if cores > int(LIMITS["board.cores"]):
        yield Finding.over(
            "board.cores",
            "graph",
            "slices need more cores than a board has",
            cores,
            LIMITS["board.cores"],
            "use more neurons_per_core",
        )
    for core, held in used(placement, options).items():
        if held > int(LIMITS["core.dtcm"]):
            remedy = "use fewer neurons_per_core"
            yield Finding.over(
                "core.dtcm",
                f"core {core}",
                "rings, neurons and buffers overflow its memory",
                held,
                LIMITS["core.dtcm"],
                remedy,
            )
    per_chip: dict[int, int] = {}
    found = list(rows(exact, placement, options.slots))
    for r in found:
        longest = int(r.lengths().max(initial=0))
        if longest > int(LIMITS["row.synapses"]):
            place_, remedy = (
                f"projections[{r.projection!r}] onto {r.target.name}",
                "prune, or use fewer neurons_per_core",
            )
            yield Finding.over(
                "row.synapses",
                place_,
                "a source neuron has too many synapses in one row",
                longest,
                LIMITS["row.synapses"],
                remedy,
            )
        chip = chip_of(int(r.target.core or 0))
        per_chip[chip] = per_chip.get(chip, 0) + r.sdram(int(exact.populations[r.source].size))
    for chip, held in per_chip.items():
        if held > int(LIMITS["chip.sdram"]):
            remedy = "prune: rows are padded to the longest"
            yield Finding.over(
                "chip.sdram",
                f"chip {chip}",
                "synaptic rows overflow the memory",
                held,
                LIMITS["chip.sdram"],
                remedy,
            )
    for chip, entries in keys(found, placement, options).items():
        if len(entries) > int(LIMITS["router.entries"]):
            message = "slices and their delay stages need more entries than its routing table has"
            remedy = "use more neurons_per_core, or shorter delays, which need fewer stages"
            yield Finding.over(
                "router.entries", f"chip {chip}", message, len(entries), LIMITS["router.entries"], remedy
            )
    yield from _saturation(exact)


def _saturation(exact: Graph) -> Iterator[Finding]:
    """Warns where a ring could saturate if every synapse of a sign delivered at once."""
    limit = LIMITS["ring.sum"]
    for name, p in exact.populations.items():
        for sign, what in ((1, "excitatory"), (-1, "inhibitory")):
            sums = sum(
                (
                    np.bincount(q.post, np.maximum(sign * q.weight, 0), minlength=p.size)
                    for q in exact.into(name)
                ),
                start=np.zeros(int(p.size)),
            )
            worst = float(sums.max(initial=0.0))
            if worst > limit.value:
                yield Finding.over(
                    "ring.sum",
                    f"populations[{name!r}]",
                    (
                        f"the {what} ring saturates if all synapses deliver at once; a run counts how "
                        "often it does"
                    ),
                    worst,
                    limit,
                    "map with a larger option rate, which takes coarser weights",
                    severity="warning",
                )
