"""What is handed to the public functions is looked at before anything is done with it: a value of a wrong
type is an error that says so.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import delaycore as dc

RNG = np.random.default_rng(0)
GRAPH = dc.Graph.from_arrays([RNG.normal(0.1, 0.3, (4, 3)), RNG.normal(0.1, 0.3, (3, 2))], [0, 1])
SPIKES = RNG.random((2, 10, 4)) < 0.2
RECORDED = dc.reference.simulate(GRAPH, SPIKES).spikes
WRONG = [None, 5, 1.5, "text", b"bytes", ["list"], {"a": 1}, {1}, np.zeros(3), object()]

TAKES: dict[str, tuple[Callable[[Any], Any], tuple[type, ...]]] = {
    "check, graph": (lambda x: dc.check(x, "loihi"), ()),
    "check, target": (lambda x: dc.check(GRAPH, x), ()),
    "quantize, graph": (lambda x: dc.quantize(x, "loihi"), ()),
    "quantize, target": (lambda x: dc.quantize(GRAPH, x), ()),
    "map, graph": (lambda x: dc.map(x, "loihi"), ()),
    "map, target": (lambda x: dc.map(GRAPH, x), ()),
    "map, option": (lambda x: dc.map(GRAPH, "loihi", cores=x), (type(None), int)),
    "simulate, program": (lambda x: dc.simulate(x, SPIKES), ()),
    "simulate, spikes": (lambda x: dc.simulate(dc.map(GRAPH, "loihi"), x), ()),
    "simulate, states": (lambda x: dc.simulate(dc.map(GRAPH, "loihi"), SPIKES, states=x), ()),
    "price, workload": (lambda x: dc.price(x, "loihi"), ()),
    "price, target": (lambda x: dc.price(dc.Workload(GRAPH, RECORDED), x), ()),
    "Workload, graph": (lambda x: dc.Workload(x, RECORDED), ()),
    "Workload, spikes": (lambda x: dc.Workload(GRAPH, x), ()),
    "Workload, slices": (lambda x: dc.Workload(GRAPH, RECORDED, x), (type(None),)),
    "load": (dc.load, ()),
    "Graph.save": (lambda x: GRAPH.save(x), (str,)),
    "load_program": (dc.load_program, ()),
    "pricing.load": (lambda x: dc.pricing.load(x, "loihi"), ()),
    "load_backend": (dc.load_backend, ()),
}


@pytest.mark.parametrize("value", WRONG, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("what", TAKES)
def test_a_value_of_a_wrong_type_is_an_error_with_a_remedy(
    what: str, value: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    call, right = TAKES[what]
    if type(value) in right:
        call(value)
        return
    with pytest.raises(dc.DelaycoreError) as caught:
        call(value)
    assert all(p.place and p.message for p in caught.value.problems)


def test_a_value_of_a_wrong_type_is_named_by_its_type() -> None:
    for call in (
        TAKES["check, graph"][0],
        TAKES["check, target"][0],
        TAKES["load"][0],
        TAKES["Workload, spikes"][0],
    ):
        with pytest.raises(dc.DelaycoreError, match="not set"):
            call({1})


@pytest.mark.parametrize("value", [2, 0.5, -1, np.nan, "1"])
def test_a_workload_takes_zeros_and_ones_alone(value: Any) -> None:
    name = next(iter(RECORDED))
    wrong = RECORDED[name].astype(np.asarray(value).dtype)
    wrong[0, 0, 0] = value
    with pytest.raises(dc.DataError, match="other than 0 and 1"):
        dc.Workload(GRAPH, {**RECORDED, name: wrong})
    workload = dc.Workload(GRAPH, {n: s.astype(np.float32) for n, s in RECORDED.items()})
    assert all((s == RECORDED[n]).all() for n, s in workload.spikes.items())
