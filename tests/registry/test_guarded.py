"""A backend that was asked for by name and breaks its interface: the error names it, the call and the place,
and is no error of delaycore or of its caller.
"""

from __future__ import annotations

import json
import os
import signal
from typing import Any

import numpy as np
import pytest

import delaycore as dc
from delaycore.cli._signals import Terminated, unwind_on_signals
from delaycore.deploy import Chip
from delaycore.registry import BackendFault, ask_backend
from tests.cli.commands import call
from tests.registry.broken import BROKEN, chip

GRAPH = dc.Graph.from_arrays([np.full((2, 3), 0.5), np.full((3, 2), 0.5)])
SPIKES = np.ones((2, 5, 2), dtype=bool)


def work(name: str) -> object:
    """Do all that there is to do with a chip."""
    backend = ask_backend(name)
    dc.check(GRAPH, name)
    backend.parse({})
    backend.describe_options()
    Chip(name).quantization_scheme(GRAPH)
    dc.quantize(GRAPH, name)
    result = dc.simulate(dc.map(GRAPH, name), SPIKES)
    dc.price(dc.Workload(GRAPH, result.spikes), name)
    return backend.delay_widths()


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("check_raises", r"its check raised ValueError: no board \(.*, line \d+\)"),
        ("check_quits", r"its check raised SystemExit: 0 \("),
        ("check_leaves", r"its check raised SystemExit: 0 \("),
        ("check_none", r"its check gave NoneType, not FitReport \(.*, line \d+\)"),
        ("check_yes", r"its check gave bool, not FitReport"),
        ("check_other", r"its check raised HardwareError: FitReport.findings"),
        ("plan_lazy", r"its check raised ZeroDivisionError"),
        ("parse_none", r"its check raised AttributeError"),
        ("options_dict", r"its options gave dict, not a class of Options"),
        ("mapping_text", r"its mapping gave str, not a class of ChipMapping"),
        ("quantize_raises", r"its quantize raised KeyError: 'weight'"),
        ("quantize_half", r"its quantize gave Graph, not tuple"),
        ("scheme_dict", r"its quantization_scheme gave dict, not QuantizationScheme"),
        ("map_text", r"its map gave str, not Program"),
        ("simulate_raises", r"its simulate raised IndexError: core 3"),
        ("simulate_none", r"its simulate gave NoneType, not Result"),
        ("widths_raise", r"its delay_widths raised ZeroDivisionError"),
        ("widths_dict", r"its delay_widths gave dict, not Widths"),
    ],
)
def test_what_is_no_refusal_and_no_promised_type_is_a_fault_of_the_backend(install, name, says):
    install.sound()
    install(name, BROKEN[name])
    with pytest.raises(BackendFault, match=says) as raised:
        work(name)
    (problem,) = raised.value.problems
    assert problem.place.startswith(f"{name} (delaycore-{name} 0.3, module ")
    assert problem.remedy == f"report it to the authors of delaycore-{name}"


def test_a_backend_that_keeps_to_its_interface_does_its_work_behind_the_guard(install):
    install.sound()
    install("well", chip("well"))
    assert work("well")
    backend = ask_backend("well")
    assert backend.spec.name == "well" and backend.conformance().limit_cases
    plan = backend.plan(GRAPH, backend.parse({}))
    backend.require_supported(plan)
    assert plan.report.ok
    with pytest.raises(dc.NotOffered, match="draws no trace"):
        backend.trace(dc.map(GRAPH, "well"), SPIKES)


def test_refusals_pass_the_guard_as_they_are(install):
    install.sound()
    with pytest.raises(dc.SettingsError, match="neurons_per_core"):
        dc.check(GRAPH, "sound", neurons_per_core=0)
    late = GRAPH.with_(projections=[replace_delay(p) for p in GRAPH.projections])
    with pytest.raises(dc.DoesNotFit, match=r"delay\.range"):
        dc.map(late, "sound")


def replace_delay(p: dc.Projection) -> dc.Projection:
    return dc.Projection(p.source, p.target, p.pre, p.post, p.weight, p.delay + 500)


def interrupt() -> None:
    raise KeyboardInterrupt


def run_short_of_memory() -> None:
    raise MemoryError


def end() -> None:
    with unwind_on_signals():
        os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.parametrize(
    ("happens", "error"),
    [(interrupt, KeyboardInterrupt), (run_short_of_memory, MemoryError), (end, Terminated)],
)
def test_what_is_nobodys_fault_passes_the_guard(install, monkeypatch, happens, error):
    install.sound()
    backend: Any = type(dc.load_backend("sound"))
    monkeypatch.setattr(backend, "check", lambda *given, **options: happens())
    with pytest.raises(error):
        dc.check(GRAPH, "sound")


def test_a_command_that_asked_for_it_ends_with_the_code_of_a_fault(install, tmp_path):
    install.sound()
    install("map_text", BROKEN["map_text"])
    GRAPH.save(tmp_path / "model")
    told = json.loads(call("map", tmp_path / "model", "-t", "map_text", "--json", code=3))
    assert told["error"] == "BackendFault"
    assert "its map gave str, not Program" in told["problems"][0]["message"]
