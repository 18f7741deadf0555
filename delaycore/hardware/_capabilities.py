"""What of a network a chip cannot do or hold, as its spec declares it: findings that no backend writes by
hand.

Codes, the same for every chip:

    arithmetic.foreign         the graph's numbers are those of another chip
    population.kind            a kind of neuron that the chip has not
    population.reset           a reset that the chip has not
    population.start           a population that starts late on a chip where all start together
    population.bias, population.leak, population.refractory, projection.zero_delay,
    projection.several_synapses, population.synaptic_delays, projection.loops
                               a feature that the spec names as unsupported
    refractory.range           a refractory period beyond the limit ``refractory.range``
    delay.range                a delay that no offset in time brings into the chip's range
    delay.loop                 a loop that is shorter than its hops
    delay.offset               a population that would run very many steps behind the graph
    chip.cores                 more cores than there are, or than may be used
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from delaycore._wording import pluralize
from delaycore.graph import Arithmetic, Graph, Population, Projection
from delaycore.hardware._findings import Finding
from delaycore.hardware._retiming import LATEST, Retiming, list_looping, retime
from delaycore.hardware._spec import Constant, Feature, HardwareSpec, Reason

__all__ = [
    "find_core_violations",
    "find_delay_violations",
    "find_overuse",
    "find_unsupported",
    "is_foreign",
    "retime_for",
]


def find_unsupported(graph: Graph, spec: HardwareSpec) -> Iterator[Finding]:
    """What keeps the chip from computing ``graph`` at all: its arithmetic, kinds, resets, late starts,
    features that the chip lacks, refractory periods.

    None of it depends on options or on where neurons lie, and numbers of such a graph mean nothing to the
    chip: a backend refuses to quantize it.
    """
    if is_foreign(graph.arithmetic, spec):
        yield _refuse(
            spec,
            "arithmetic.foreign",
            "graph.arithmetic",
            f"the numbers are in the arithmetic {graph.arithmetic.name!r}, those of something else already",
            "losses would be counted against numbers that have losses already",
            "quantize the float graph that this one was made from",
        )
    for name, population in graph.populations.items():
        yield from _find_in_population(f"populations[{name!r}]", population, spec)
    for p in graph.projections:
        yield from _find_in_projection(graph, p, spec)
    if "loops" in spec.unsupported:
        looping = list_looping(graph)
        for p in graph.projections:
            if len(p) and p.name in looping:
                yield _lack(spec, "loops", p.place)
    if "synaptic_delays" in spec.unsupported:
        yield from _find_synaptic_delays(graph, spec)


def is_foreign(given: Arithmetic, spec: HardwareSpec) -> bool:
    """Whether numbers under ``given`` can neither be taken as they are nor be quantized.

    A graph is quantized from float64 or float32, from a floating-point family of the chip's own arithmetics,
    or from one of these arithmetics but for when a neuron fires: quantizing converts thresholds.  A spec
    without arithmetics takes all.
    """
    if not spec.arithmetics or any(given.has_numbers_of(own) for own in spec.arithmetics):
        return False
    floats = {"float64", "float32"}.union(*map(_families, spec.arithmetics)) - {"fixed"}
    return type(given) is not Arithmetic or not _families(given) <= floats


def _families(a: Arithmetic) -> set[str]:
    return {f.family for f in (a.weight, a.decay, a.total, a.current, a.potential)}


def _find_in_population(place: str, population: Population, spec: HardwareSpec) -> Iterator[Finding]:
    if population.kind not in spec.populations:
        taken = ", ".join(sorted(spec.populations))
        yield _refuse(
            spec,
            "population.kind",
            place,
            f"neurons of kind {population.kind!r} cannot be computed",
            f"{spec.title} takes {taken}",
            f"train with one of {taken}",
        )
        return
    reset = getattr(population, "reset", None)
    if reset is not None and reset not in spec.resets:
        resets = " and ".join(sorted(spec.resets))
        yield _refuse(
            spec,
            "population.reset",
            f"{place}.reset",
            f"a reset by {reset!r} does not exist",
            f"{spec.title} has the resets {resets}",
            f"train with reset {resets}",
        )
    if population.start and not spec.late_start:
        yield _refuse(
            spec,
            "population.start",
            f"{place}.start",
            f"starts in step {population.start}, but all neurons of the chip start together",
            f"{spec.title} has no late start",
            "use start 0: map the graph as it was trained",
        )
    for feature, is_used in _OF_POPULATIONS.items():
        if feature in spec.unsupported and is_used(population):
            yield _lack(spec, feature, f"{place}.{'retain' if feature == 'leak' else feature}")
    limit, steps = spec.limits.get("refractory.range"), getattr(population, "refractory", 0)
    if limit is not None and "refractory" not in spec.unsupported and steps > limit.value:
        words = spec.reason(
            "refractory.range",
            message="the refractory period is too long",
            remedy=f"use at most {pluralize(int(limit.value), 'step')}",
        )
        yield _exceed("refractory.range", f"{place}.refractory", steps, limit, words)


_OF_POPULATIONS: dict[Feature, Callable[[Any], bool]] = {
    "bias": lambda p: bool(np.any(getattr(p, "bias", 0.0))),
    "leak": lambda p: bool(np.any(getattr(p, "retain", 1.0) != 1.0)),
    "refractory": lambda p: getattr(p, "refractory", 0) > 0,
}

_LACKS: dict[Feature, tuple[str, str, str]] = {
    "bias": ("population.bias", "a bias is added in every step", "train without bias"),
    "leak": ("population.leak", "the potential decays by a fraction in every step", "train with retain 1"),
    "refractory": ("population.refractory", "a neuron rests after a spike", "train with refractory 0"),
    "zero_delay": ("projection.zero_delay", "a spike acts in its own step", "train with delays from 1 step"),
    "several_synapses": (
        "projection.several_synapses",
        "two neurons are joined by more than one synapse",
        "keep one synapse for each pair of neurons",
    ),
    "synaptic_delays": (
        "population.synaptic_delays",
        "synapses of one source neuron have different delays",
        "train one delay for each source neuron, or split it into neurons with a delay each",
    ),
    "loops": ("projection.loops", "the projection leads back to its source", "train without recurrence"),
}


def _find_in_projection(graph: Graph, p: Projection, spec: HardwareSpec) -> Iterator[Finding]:
    if not len(p):
        return
    if "zero_delay" in spec.unsupported and p.smallest_delay == 0:
        yield _lack(spec, "zero_delay", f"{p.place}.delay")
    if "several_synapses" in spec.unsupported:
        pairs = p.pre * int(graph.populations[p.target].size) + p.post
        if len(np.unique(pairs)) < len(p):
            yield _lack(spec, "several_synapses", p.place)


def _find_synaptic_delays(graph: Graph, spec: HardwareSpec) -> Iterator[Finding]:
    """Populations with neurons whose synapses differ in the delay that the chip would store of them."""
    offsets = retime_for(graph, spec).offsets  # none where delays do not fit, which is a finding of its own
    for name, population in graph.populations.items():
        least = np.full(int(population.size), np.iinfo(np.int64).max)
        most = np.full(int(population.size), -1)
        for p in graph.out_of(name):
            stored = p.delay + offsets.get(p.target, 0)
            np.minimum.at(least, p.pre, stored)
            np.maximum.at(most, p.pre, stored)
        if (least < most).any():
            yield _lack(spec, "synaptic_delays", f"populations[{name!r}]")


def _lack(spec: HardwareSpec, feature: Feature, place: str) -> Finding:
    code, message, remedy = _LACKS[feature]
    return _refuse(
        spec, code, place, f"{message}, which the chip cannot do", f"{spec.title} lacks it", remedy
    )


def _refuse(spec: HardwareSpec, code: str, place: str, message: str, source: str, remedy: str) -> Finding:
    words = spec.reason(code, message=message, source=source, remedy=remedy)
    return Finding(code=code, place=place, message=words.message, source=words.source, remedy=words.remedy)


def _exceed(code: str, place: str, needed: float, limit: Constant, words: Reason) -> Finding:
    return Finding.over(code, place, words.message, needed, limit, words.remedy)


def find_delay_violations(
    graph: Graph, spec: HardwareSpec, timing: Retiming | None = None
) -> Iterator[Finding]:
    """The loops that are too short for their hops, and every projection with delays that the chip cannot
    hold, whatever the offsets of its populations.

    timing: that of `retime_for`, if it is known already.
    Numbers are delays as a user counts them where the limit ``delay.range`` counts them so, and delay fields
    where it counts fields: the limit's value is that of the spec's ``max_delay``, a hop more or not.
    """
    timing = retime_for(graph, spec) if timing is None else timing
    if timing.ok:
        return
    limit, hop = spec.delay_range, spec.hop_delay
    if timing.too_late:
        yield _find_late_population(timing)
        return
    if timing.too_short:
        yield _find_short_loop(graph, spec, timing.conflict)
        fields = {p.name: p.largest_delay - p.smallest_delay for p in graph.projections if len(p)}
    else:
        offsets = retime(graph, hop, None).offsets if hop else dict.fromkeys(graph.populations, 0)
        fields = {
            p.name: p.largest_delay + offsets[p.target] - offsets[p.source] - hop
            for p in graph.projections
            if len(p)
        }
    remedy = f"train with shorter delays, up to {spec.max_delay + hop} steps, or with longer steps"
    for p in graph.projections:
        if len(p) and fields[p.name] > spec.max_delay:
            one = p.smallest_delay == p.largest_delay
            delays = f"a delay of {pluralize(p.largest_delay, 'step')} does"
            if not one:
                delays = f"delays of {p.smallest_delay} to {p.largest_delay} steps do"
            message = f"{delays} not fit the chip" + (
                ", whatever the offsets of its populations" if hop else ""
            )
            words = spec.reason("delay.range", message=message, remedy=remedy)
            needed = fields[p.name] + limit.value - spec.max_delay
            yield _exceed("delay.range", f"{p.place}.delay", needed, limit, words)


def _find_late_population(timing: Retiming) -> Finding:
    return Finding.over(
        "delay.offset",
        f"populations[{timing.conflict[0]!r}]",
        "would run so many steps behind the graph that its delays fit the chip",
        timing.too_late,
        LATEST,
        "train with shorter delays, or with longer steps",
    )


def retime_for(graph: Graph, spec: HardwareSpec) -> Retiming:
    """The offsets of populations under which every delay fits the chip.

    A chip whose hops take no time stores every delay as it is, and moves nothing.
    """
    if spec.hop_delay:
        return retime(graph, spec.hop_delay, spec.max_delay)
    far = tuple(p.target for p in graph.projections if len(p) and p.largest_delay > spec.max_delay)
    return Retiming(dict.fromkeys(graph.populations, 0), far)


def _find_short_loop(graph: Graph, spec: HardwareSpec, loop: tuple[str, ...]) -> Finding:
    shortest: dict[tuple[str, str], int] = {}
    inside = set(loop)
    for p in graph.projections:
        if len(p) and p.source in inside and p.target in inside:
            ends = p.source, p.target
            shortest[ends] = min(p.smallest_delay, shortest.get(ends, p.smallest_delay))
    forward = set(zip(loop, (*loop[1:], loop[0]), strict=True))
    edges = forward if forward <= shortest.keys() else {(b, a) for a, b in forward}
    hop = pluralize(spec.hop_delay, "step")
    words = spec.reason(
        "delay.loop",
        message=(
            f"the loop {' -> '.join((*loop, loop[0]))} is shorter than its hops: on the chip every "
            f"projection takes at least {hop}"
        ),
        source=spec.delay_range.source,
        remedy=f"give the loop's synapses delays of at least {hop} each",
    )
    return Finding(
        code="delay.loop",
        place=" -> ".join(f"populations[{name!r}]" for name in loop),
        message=words.message,
        needed=spec.hop_delay * len(loop),
        available=sum(shortest[ends] for ends in edges & shortest.keys()),
        unit="steps",
        source=words.source,
        remedy=words.remedy,
    )


def find_overuse(used: Mapping[str, Mapping[str, float]], spec: HardwareSpec) -> Iterator[Finding]:
    """Every place, such as ``core 3``, that needs more of something than a limit of the spec allows.

    used: what each place needs, by the code of the limit.  The chip's own words for it are the spec's
          ``reasons[code]``.
    Raises `HardwareError` for a code that is no limit of the spec.
    """
    for place, needs in used.items():
        for code, needed in needs.items():
            limit = spec.limit(code)
            if needed > limit.value:
                words = spec.reason(
                    code,
                    message=f"exceeds the limit {code}",
                    remedy="prune, or spread the network over more cores",
                )
                yield _exceed(code, place, needed, limit, words)


def find_core_violations(used: int, spec: HardwareSpec, allowed: int | None = None) -> Iterator[Finding]:
    """The finding that ``used`` cores are more than the chip has (limit ``chip.cores``), or than ``allowed``
    by an option ``cores``.
    """
    limit = spec.limit("chip.cores")
    remedy = "allow more cores, use fewer neurons, or prune synapses"
    message = "the network needs more cores than there are"
    if allowed is not None and allowed < limit.value:
        limit = Constant(allowed, "cores", f"the option cores={allowed}")
        message = "the network needs more cores than may be used"
    if used > limit.value:
        words = spec.reason("chip.cores", message=message, remedy=remedy)
        yield _exceed("chip.cores", "chip", used, limit, words)
