"""Delays as the chip's fields: a spike of step t with field f acts at t + 1 + f."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from delaycore.graph import Graph, Projection
from delaycore.hardware import Finding, Retiming, retime
from delaycore_loihi.spec import LIMITS, SPEC

__all__ = ["compute_delay_fields", "find_timing_problems", "retime_network"]

_FIELD = LIMITS["delay.field"]


def retime_network(graph: Graph) -> Retiming:
    """Return the offsets under which every delay has a field; inputs have a hop like every source."""
    return retime(graph, SPEC.hop_delay, SPEC.max_delay)


def compute_delay_fields(projection: Projection, offsets: Mapping[str, int]) -> NDArray[np.int64]:
    """Return the delay field of every synapse under the ``offsets`` of its populations, [synapses]."""
    return np.asarray(
        projection.delay
        + (offsets.get(projection.target, 0) - offsets.get(projection.source, 0) - SPEC.hop_delay)
    )


def find_timing_problems(graph: Graph) -> Iterator[Finding]:
    """Yield loops that are too short for their hops, and every projection with delays beyond the field."""
    timing = retime_network(graph)
    if timing.ok:
        yield from _find_delayed_starts(graph, timing)
        return
    if timing.too_short:
        loop = " -> ".join((*timing.conflict, timing.conflict[0]))
        inside = [
            p
            for p in graph.projections
            if len(p) and p.source in timing.conflict and p.target in timing.conflict
        ]
        yield Finding(
            code="delay.loop",
            place=" -> ".join(f"populations[{name!r}]" for name in timing.conflict),
            message=(
                f"the loop {loop} is shorter than its hops: every projection takes a step on top of its "
                "delay field"
            ),
            needed=len(timing.conflict),
            available=sum(
                min(p.smallest_delay for p in inside if (p.source, p.target) == ends)
                for ends in _edges(timing.conflict, inside)
            ),
            unit="steps",
            source=_FIELD.source,
            remedy="give the loop's synapses delays of at least 1 step each",
        )
        spans = {p.name: p.largest_delay - p.smallest_delay for p in graph.projections}
    else:
        least = retime(graph, SPEC.hop_delay, None).offsets
        spans = {p.name: int(compute_delay_fields(p, least).max(initial=0)) for p in graph.projections}
    for p in graph.projections:
        if spans[p.name] > _FIELD.value:
            yield Finding.over(
                "delay.range",
                f"{p.place}.delay",
                (
                    f"delays of {p.smallest_delay} to {p.largest_delay} steps do not fit a delay field, "
                    "whatever the offsets of its populations"
                ),
                spans[p.name],
                _FIELD,
                (
                    "train with shorter delays: with the largest delay level below "
                    f"{int(_FIELD.value) + 2} steps"
                ),
            )


def _edges(loop: tuple[str, ...], inside: list[Projection]) -> set[tuple[str, str]]:
    """The edges of the conflict, in the direction that has projections."""
    forward = set(zip(loop, (*loop[1:], loop[0]), strict=True))
    have = {(p.source, p.target) for p in inside}
    return forward & have if forward <= have else {(b, a) for a, b in forward} & have


def _find_delayed_starts(graph: Graph, timing: Retiming) -> Iterator[Finding]:
    for name, population in graph.populations.items():
        late = timing.offsets[name]
        if late and np.any(getattr(population, "bias", 0.0)):
            yield Finding(
                code="start.delayed",
                severity="note",
                place=f"populations[{name!r}]",
                message=f"runs {late} steps behind the graph and has a bias, "
                f"which an x86 core must write at the end of step {late - 1} of every sample",
                source="retiming is exact only for neurons that stay at rest until their time begins",
                remedy="none needed; the x86 core's work is not modelled",
            )
