"""What the spec says that a chip cannot do is refused, for every kind of neuron that could ask for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from delaycore.conformance._checks.limits import require_refusal, require_words
from delaycore.conformance._subject import Subject
from delaycore.graph import Arithmetic, Format, Graph, Integrator, Population, Projection
from delaycore.hardware import Feature, is_foreign

__all__ = ["unsupported"]

_PARAMETERS: dict[Feature, tuple[str, Any]] = {
    "bias": ("bias", 0.25),
    "refractory": ("refractory", 2),
    "leak": ("retain", 0.5),
}
"""The parameter of a population in which it asks for a feature, and a value with which it does."""


def unsupported(subject: Subject) -> Iterator[str]:
    """A feature that the spec says is unsupported is refused with a finding, of every kind that has it; if it
    passes, it is no lack.
    """
    for lack in sorted(subject.spec.unsupported):
        for who, graph in _draw_needing(subject, lack):
            report = subject.backend.check(graph)
            if report.ok:
                yield (
                    f"the spec says that {lack!r} is unsupported, but check passes {who} that needs it: "
                    "take it out of the spec, or refuse it"
                )
            else:
                yield from require_words(lack, list(report.errors))
                yield from require_refusal(subject, f"lack {lack!r}", graph, report)
    for reset in sorted({"zero", "subtract"} - subject.spec.resets):
        for kind in subject.kinds:
            cell = subject.cell(kind=kind, reset=reset)
            if hasattr(cell, "reset") and subject.backend.check(_drive(subject, cell)).ok:
                yield f"check passes reset {reset!r} of kind {kind!r}, which the spec does not have"
    if is_foreign(_TENTHS, subject.spec) and subject.backend.check(_count_in_tenths(subject)).ok:
        yield "check passes a network in multiples of 0.1, an arithmetic that the spec does not have"


_TENTH = Format("fixed", 0.1, -64 * 0.1, 63 * 0.1)
_TENTHS = Arithmetic("tenths", _TENTH, _TENTH, _TENTH, _TENTH, _TENTH)
"""Numbers that no power of two brings onto those of a chip."""


def _count_in_tenths(subject: Subject) -> Graph:
    inputs = Projection("in", "h", [0], [0], [0.1], [max(1, subject.shortest)])
    return subject.chain(inputs).with_(arithmetic=_TENTHS)


def _draw_needing(subject: Subject, lack: Feature) -> Iterator[tuple[str, Graph]]:
    """Networks that do nothing out of the ordinary but need a feature, each with a word for it.

    A kind without the parameter in question cannot ask for the feature; where no kind can, the lack is true
    and there is nothing to refuse.
    """
    least = max(1, subject.shortest)
    one = Projection("in", "h", [0], [0], [1.0], [least])
    match lack:
        case "zero_delay":
            yield "a network", subject.chain(Projection("in", "h", [0], [0], [1.0], [0]))
        case "several_synapses":
            two = Projection("in", "h", [0, 0], [0, 0], [1.0, 1.0], [least, least])
            yield "a network", subject.chain(two)
        case "synaptic_delays":
            if subject.longest > least:
                two = Projection("in", "h", [0, 0], [0, 1], [1.0, 1.0], [least, least + 1])
                yield "a network", subject.chain(two, hidden=subject.cell(2))
        case "loops":
            yield "a network", subject.chain(one, Projection("h", "h", [0], [0], [1.0], [least]))
        case "bias" | "refractory" | "leak":
            name, value = _PARAMETERS[lack]
            for kind in subject.kinds:
                cell = subject.cell(kind=kind, **{name: value})
                if hasattr(cell, name):
                    yield f"kind {kind!r}", _drive(subject, cell)
            if "integrator" in subject.spec.populations and hasattr(Integrator, name):
                plain = {"retain": 1.0 if "leak" in subject.spec.unsupported else 0.5}
                graph = subject.chain(one)
                out = Integrator(1, **plain | {name: value})
                yield "kind 'integrator'", graph.with_(populations={**graph.populations, "out": out})


def _drive(subject: Subject, cell: Population) -> Graph:
    way = Projection("in", "h", [0], [0], [1.0], [max(1, subject.shortest)])
    return subject.chain(way, hidden=cell)
