"""A simulator runs the program's image: the memories of the chip, and not the graph beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from delaycore import reference
from delaycore.activity import Activity
from delaycore.conformance._checks.bad_input import require_error
from delaycore.conformance._checks.untried import Skipped
from delaycore.conformance._subject import Case, Subject
from delaycore.errors import DelaycoreError
from delaycore.graph import Graph
from delaycore.hardware import DoesNotFit, Program

__all__ = ["image"]


def image(subject: Subject) -> Iterator[str]:
    """A program with another graph beside its image does what the image says, and one whose image is empty or
    lacks a part is refused.
    """
    untried = []
    axonal = "synaptic_delays" in subject.spec.unsupported
    turn = _turn_weights if axonal else _turn_synapses
    for what, change in (("weights and delays", turn), ("parameters of neurons", _turn_neurons)):
        for line in _exchange(subject, what, change):
            if not isinstance(line, Skipped):
                yield line
                return  # whatever else an image lacks, nobody looks at it
            untried.append(line)
    yield from untried
    yield from _erase(subject, subject.case(0))
    yield from _take_apart(subject, subject.case(0))


def _exchange(subject: Subject, what: str, change: Callable[[Graph], Graph]) -> Iterator[str]:
    """Set the graph of one network beside the image of another of the same shape."""
    for seed in range(subject.few):
        case = subject.case(seed)
        try:
            other = subject.backend.map(change(case.graph))
        except DoesNotFit:
            continue
        truth = reference.simulate(other.graph, case.spikes)
        if _fire_alike(truth, case.truth):
            continue
        mixed = replace(other, graph=case.exact)
        ran = subject.backend.simulate(mixed, case.spikes).activity
        if _fire_alike(ran, truth):
            return
        fires = "the graph's spikes" if _fire_alike(ran, case.truth) else "spikes of neither"
        yield (
            f"network {seed}: with the image of a network of other {what} beside its graph, simulate gives "
            f"{fires}: it has to compute from program.image (and program.mapping), not from program.graph"
        )
        return
    yield Skipped(f"other {what}: no drawn network fires otherwise with its {what} in another order")


def _turn_synapses(graph: Graph) -> Graph:
    turned = [replace(p, weight=p.weight[::-1], delay=p.delay[::-1]) for p in graph.projections]
    return graph.with_(projections=turned)


def _turn_weights(graph: Graph) -> Graph:
    return graph.with_(projections=[p.with_weight(p.weight[::-1]) for p in graph.projections])


def _turn_neurons(graph: Graph) -> Graph:
    turned = {
        name: replace(p, **{q: getattr(p, q)[::-1] for q in p.parameters()})
        for name, p in graph.populations.items()
    }
    return graph.with_(populations=turned)


def _fire_alike(a: Activity, b: Activity) -> bool:
    return all(np.array_equal(a.spikes[name], b.spikes[name]) for name in b.spikes)


def _erase(subject: Subject, case: Case) -> Iterator[str]:
    """Run a program whose image holds nothing but zeros."""
    empty: Program = replace(case.program, image={k: np.zeros_like(a) for k, a in case.program.image.items()})
    try:
        ran = subject.backend.simulate(empty, case.spikes).activity
    except Exception:
        return  # such an image cannot even be read
    if _fire_alike(ran, case.truth):
        yield "an image of zeros runs as the right one does: simulate does not read program.image"


def _take_apart(subject: Subject, case: Case) -> Iterator[str]:
    """Run programs that lack all of their image, or one array of it."""
    simulate, program = subject.backend.simulate, case.program
    lacking = {"a program without its image": replace(program, image={})}
    for key in program.image:
        if program.image[key].size:
            rest = {k: a for k, a in program.image.items() if k != key}
            lacking[f"a program without {key!r} in its image"] = replace(program, image=rest)
    for what, broken in lacking.items():
        yield from require_error(what, partial(simulate, broken, case.spikes), DelaycoreError)
