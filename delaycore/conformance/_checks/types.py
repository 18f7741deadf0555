"""What comes back is of the types and shapes that the interface promises."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import numpy as np

from delaycore.activity import Activity
from delaycore.conformance._subject import Subject
from delaycore.graph import Graph
from delaycore.hardware import Cost, Losses, Program, Quantity, QuantizationScheme, Result

__all__ = ["types"]


def types(subject: Subject) -> Iterator[str]:
    """Losses, programs and results are what the interface names; spikes are bool, potentials
    float64, counts int64, in the shapes of the network.
    """
    drawn, backend = subject.network(0), subject.backend
    exact, losses = backend.quantize(drawn.graph)
    program = backend.map(drawn.graph)
    result = backend.simulate(program, drawn.spikes, states=True)
    wrong = [
        *_expect("quantize gives, first,", exact, Graph),
        *_expect("quantize gives, second,", losses, Losses),
        *_expect("quantization_scheme gives", backend.quantization_scheme(drawn.graph), QuantizationScheme),
        *_expect("map gives", program, Program),
        *_expect("simulate gives", result, Result),
    ]
    if not wrong:
        wrong += _expect("the activity of a result is", result.activity, Activity)
        wrong += _expect("the cost of a result is", result.cost, Cost)
    yield from wrong
    if wrong:
        return
    for name in ("energy", "latency"):
        yield from _expect(f"the {name} of a cost is", getattr(result.cost, name), Quantity)
    yield from _compare(result.activity, subject.case(0).truth)
    few = backend.simulate(program, drawn.spikes).states
    read = drawn.graph.readout
    if read is not None and read.population not in few:
        yield f"potentials of the read-out {read.population!r} are missing unless states are asked for"


def _expect(what: str, value: object, wanted: type) -> list[str]:
    if isinstance(value, wanted):
        return []
    return [f"{what} {type(value).__name__}, not {wanted.__module__.partition('._')[0]}.{wanted.__name__}"]


def _compare(got: Activity, truth: Activity) -> Iterator[str]:
    """One line for each table whose arrays are not of the reference's types and shapes."""
    for table in (f.name for f in fields(Activity) if f.name != "readout"):
        ours, theirs = getattr(got, table), getattr(truth, table)
        for name, expected in theirs.items():
            found: Any = ours.get(name)
            if found is None:
                yield f"{table} of {name!r} are missing"
                break
            if not isinstance(found, np.ndarray) or (found.dtype, found.shape) != (
                expected.dtype,
                expected.shape,
            ):
                yield f"{table} of {name!r} are {_describe(found)}, not {_describe(expected)}"
                break


def _describe(value: Any) -> str:
    if not isinstance(value, np.ndarray):
        return type(value).__name__
    return f"{value.dtype} {list(value.shape)}"
