"""Every alteration appears in the losses: the suite compares the graphs itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from delaycore.conformance._subject import Subject
from delaycore.graph import Graph, Population, Projection
from delaycore.hardware import DoesNotFit, Loss, Losses

__all__ = ["losses", "find_unlisted"]


def losses(subject: Subject) -> Iterator[str]:
    """What `quantize` changed is what its losses say, place by place, in count and in size; a graph on the
    grid comes back as it is.
    """
    for seed in range(subject.few):
        case = subject.case(seed)
        yield from _require_grid_kept(subject, f"network {seed}", case.exact)
        if case.program.losses != case.losses:
            yield f"network {seed}: the program's losses are not those of quantize"
        for what, graph in (
            ("", case.graph),
            (" with outliers", _add_outliers(case.graph)),
            (" with tiny numbers", _shrink(case.graph)),
            (" that fires otherwise than the chip", _fire_otherwise(case.graph, case.exact)),
        ):
            try:
                exact, listed = subject.backend.quantize(graph)
            except DoesNotFit:
                continue  # refused aloud
            scale = subject.backend.quantization_scheme(graph).scale
            for line in find_unlisted(graph, exact, scale, listed):
                yield f"network {seed}{what}: {line}"


def _require_grid_kept(subject: Subject, what: str, exact: Graph) -> Iterator[str]:
    again, more = subject.backend.quantize(exact)
    if more or again != exact:
        yield f"{what}: quantizing a graph that is on the grid already changes it again ({more})"


def _add_outliers(graph: Graph) -> Graph:
    """One weight in each projection a thousand times the others, so that a grid cannot hold both."""
    return graph.with_(projections=[_scale_first(p, 1000.0) for p in graph.projections])


def _fire_otherwise(graph: Graph, exact: Graph) -> Graph:
    """The network firing at its thresholds where the chip's neurons fire above theirs, or the reverse."""
    fires: Literal[">=", ">"] = ">" if exact.arithmetic.fires == ">=" else ">="
    return graph.with_(arithmetic=replace(graph.arithmetic, name=f"fires {fires}", fires=fires))


def _scale_first(p: Projection, factor: float) -> Projection:
    return p.with_weight(np.concatenate([p.weight[:1] * factor, p.weight[1:]])) if len(p) else p


def _slow_down(population: Any) -> Population:
    retain = np.where(population.retain < 1, np.minimum(population.retain * 1.000123, 1.0), 1.0)
    return cast(Population, replace(population, retain=retain))


def _shrink(graph: Graph) -> Graph:
    """Weights that nearly all round to nothing, and neurons that forget slower than a grid can say."""
    slow = {name: _slow_down(p) if "retain" in p.parameters() else p for name, p in graph.populations.items()}
    weights = [p.with_weight(np.r_[p.weight[:1], p.weight[1:] * 1e-4]) for p in graph.projections]
    return graph.with_(populations=slow, projections=weights)


def find_unlisted(before: Graph, after: Graph, scale: Mapping[str, float], listed: Losses) -> Iterator[str]:
    """In what the difference between two graphs is not what ``listed`` says; ``scale`` takes the second's
    units back to the first's.
    """
    for name in ("step", "framing"):
        if getattr(before, name) != getattr(after, name):
            yield f"{name} became {getattr(after, name)}, which no loss can say"
    old, new = before.readout, after.readout
    if old is not None and (new is None or replace(old, scale=1.0) != replace(new, scale=1.0)):
        yield f"the read-out {old} became {new}, which no loss can say"
    if list(before.populations) != list(after.populations):
        yield (
            f"populations {list(before.populations)} became {list(after.populations)}, which no loss can say"
        )
        return
    for name, population in before.populations.items():
        yield from _compare_populations(
            name, population, after.populations[name], scale.get(name, 1.0), listed
        )
    kept = {p.name: p for p in after.projections}
    for p in before.projections:
        yield from _compare_projections(p, kept.get(p.name), scale.get(p.target, 1.0), listed)
    for name in sorted(kept.keys() - {p.name for p in before.projections}):
        yield f"projection {name!r} was added in silence"


def _compare_populations(
    name: str, old: Population, new: Population, scale: float, listed: Losses
) -> Iterator[str]:
    place = f"populations[{name!r}]"
    for field in fields(old):
        a, b = getattr(old, field.name), getattr(new, field.name, None)
        if field.name in old.parameters() and b is not None and np.shape(b) == np.shape(a):
            factor = scale if field.name in old.in_potential else 1.0
            yield from _compare_numbers(
                f"{place}.{field.name}",
                a,
                b / factor,
                [e for e in listed if e.place == f"{place}.{field.name}"],
            )
        elif (
            field.name not in old.parameters()
            and a != b
            and not any(e.place in (place, f"{place}.{field.name}") for e in listed)
        ):
            yield f"{place}.{field.name} went from {a!r} to {b!r} in silence"
    if type(old) is not type(new) and not any(e.place == place for e in listed):
        yield f"{place} became a {new.kind} in silence"


def _compare_numbers(
    place: str, a: NDArray[np.float64], b: NDArray[np.float64], entries: list[Loss]
) -> Iterator[str]:
    error = np.abs(a - b)
    changed, said = int(np.count_nonzero(error)), sum(e.count for e in entries)
    if changed != said:
        yield f"{place}: {changed} of {a.size} values changed, but the losses list {said}"
    largest = max((e.largest for e in entries), default=0.0)
    if changed and not np.isclose(largest, error.max(), rtol=1e-6, atol=0):
        yield f"{place}: the largest error is {error.max():g}, but the losses say {largest:g}"


def _compare_projections(
    old: Projection, new: Projection | None, scale: float, listed: Losses
) -> Iterator[str]:
    here = [e for e in listed if e.place.startswith(old.place)]
    weights, synapses = (
        [e for e in here if e.what == "weight"],
        [e for e in here if e.what in ("synapse", "delay")],
    )
    if new is not None and all(
        np.array_equal(getattr(old, c), getattr(new, c)) for c in ("pre", "post", "delay")
    ):
        yield from _compare_numbers(f"{old.place}.weight", old.weight, new.weight / scale, weights)
        if synapses:
            yield f"{old.place}: the losses list synapses or delays, but none changed"
        return
    gone, come = _count_differing(old, new)
    said = sum(e.count for e in synapses)
    if said < max(gone, come) or said > gone + come:
        yield (
            f"{old.place}: {gone} of {len(old)} synapses are gone and {come} are new, but the losses "
            f"list {said}"
        )


def _count_differing(old: Projection, new: Projection | None) -> tuple[int, int]:
    """How many synapses (pre, post, delay) only one of the two has."""
    ours, theirs = (
        Counter(zip(p.pre.tolist(), p.post.tolist(), p.delay.tolist(), strict=True)) if p else Counter()
        for p in (old, new)
    )
    return (ours - theirs).total(), (theirs - ours).total()
