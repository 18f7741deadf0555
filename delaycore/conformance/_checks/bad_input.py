"""Bad input is refused with an error that delaycore raises on purpose, and unsuitable networks with
findings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar

from delaycore.conformance._subject import Case, Subject
from delaycore.errors import DelaycoreError
from delaycore.graph import Arithmetic, Graph, Input, Population, Projection, fixed_point
from delaycore.hardware import DoesNotFit, FitReport

__all__ = ["bad_input", "require_error"]


@dataclass(frozen=True, eq=False)
class UnknownKind(Population):
    """A kind that no chip has."""

    kind: ClassVar[str] = "unknown, made for conformance"


def bad_input(subject: Subject) -> Iterator[str]:
    """Wrong spikes, options and programs are typed errors; networks that make no sense to the chip
    are findings.
    """
    backend, case = subject.backend, subject.case(0)
    for what, call in _list_wrong_calls(subject, case):
        yield from require_error(what, call, DelaycoreError)
    strange = Graph(
        1e-3, {"in": Input(1), "h": UnknownKind(2)}, [Projection("in", "h", [0], [0], [1.0], [1])]
    )
    yield from _require_finding("a population of an unknown kind", lambda: backend.check(strange))
    for name in ("map", "quantize", "quantization_scheme"):
        yield from require_error(
            f"{name} of a population of an unknown kind", partial(getattr(backend, name), strange), DoesNotFit
        )
    for what, graph in _draw_odd_graphs(subject, case):
        try:
            ok = backend.check(graph).ok
        except Exception as error:
            yield f"check raises {type(error).__name__} for {what}: {error}"
            continue
        try:
            backend.map(graph)
        except DoesNotFit:
            if ok:
                yield f"check passes {what}, but map refuses it"
        except Exception as error:
            yield f"map raises {type(error).__name__} for {what}: {error}"
        else:
            if not ok:
                yield f"check refuses {what}, but map takes it"


def _list_wrong_calls(subject: Subject, case: Case) -> Iterator[tuple[str, Callable[[], Any]]]:
    backend, program, spikes = subject.backend, case.program, case.spikes
    yield "spikes of two dimensions", lambda: backend.simulate(program, spikes[0])
    yield "spikes of too few inputs", lambda: backend.simulate(program, spikes[:, :, 1:])
    yield "spikes of 0.5", lambda: backend.simulate(program, spikes * 0.5)  # type: ignore[arg-type]
    yield "spikes for an input that is not there", lambda: backend.simulate(program, {"nowhere": spikes})
    yield (
        "states of a population that is not there",
        lambda: backend.simulate(program, spikes, states=["nowhere"]),
    )
    yield (
        "a program for another target",
        lambda: backend.simulate(replace(program, target="another chip"), spikes),
    )
    yield "check with an unknown option", lambda: backend.check(case.graph, no_such_option=1)
    yield "map with an unknown option", lambda: backend.map(case.graph, no_such_option=1)


def _draw_odd_graphs(subject: Subject, case: Case) -> Iterator[tuple[str, Graph]]:
    yield "a graph without populations", Graph(1e-3, {}, [])
    yield "a graph of inputs alone", Graph(1e-3, {"in": Input(3)}, [])
    yield "neurons without synapses", Graph(1e-3, {"in": Input(1), "h": subject.cell(2)}, [])
    yield "a projection without synapses", subject.chain(Projection("in", "h", [], [], [], []))
    yield "weights of 0", subject.chain(Projection("in", "h", [0], [0], [0.0], [subject.shortest]))
    integers = Arithmetic(name="integers of another chip", weight=fixed_point(53), potential=fixed_point(24))
    yield (
        "a graph in another chip's integers",
        subject.chain(Projection("in", "h", [0], [0], [3.0], [subject.shortest])).with_(arithmetic=integers),
    )
    yield (
        "huge numbers",
        case.graph.with_(projections=[p.with_weight(p.weight * 1e300) for p in case.graph.projections]),
    )
    yield (
        "tiny numbers",
        case.graph.with_(projections=[p.with_weight(p.weight * 1e-300) for p in case.graph.projections]),
    )


def require_error(what: str, call: Callable[[], Any], wanted: type[Exception]) -> Iterator[str]:
    """Say so if ``call`` raises nothing, or something else than ``wanted``."""
    try:
        call()
    except wanted:
        return
    except Exception as error:
        yield f"{what}: {type(error).__name__} instead of a {wanted.__name__}: {error!s:.120}"
    else:
        yield f"{what}: taken without a word"


def _require_finding(what: str, call: Callable[[], FitReport]) -> Iterator[str]:
    try:
        if call().ok:
            yield f"{what}: check passes it"
    except Exception as error:
        yield f"{what}: check raises {type(error).__name__} instead of giving a finding: {error!s:.120}"
