"""Backends that bring a kind of neuron: what is unsupported, and files in a process of its own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from importlib import import_module, invalidate_caches
from pathlib import Path
from typing import Any, ClassVar

import pytest

import delaycore as dc
from delaycore import conformance
from delaycore.conformance import ConformanceProfile
from delaycore.hardware import FitReport
from delaycore.template import new_backend
from tests.conformance.broken import describes


class Wet(dc.LIF):
    """An integrate-and-fire neuron under a name of its own, with all that the core's has."""

    kind = "wet_test_kind"


@dataclass(frozen=True, eq=False)
class Bare(dc.Population):
    """A neuron without bias, leak and refractory period."""

    threshold: Any = field(default=1.0, metadata={"per_neuron": True})
    kind: ClassVar[str] = "bare_test_kind"


def bring(sound: Any, monkeypatch: pytest.MonkeyPatch, kind: type[dc.Population], **changes: Any) -> Any:
    """The sound backend with a kind of its own in place of LIF."""
    spec = replace(sound().spec, populations=frozenset({"input", kind.kind}), **changes)
    monkeypatch.setattr("delaycore_sound.backend.SPEC", spec)
    brought = describes(sound, populations=spec.populations, **changes)
    parameters: Any = {"retain": 1.0, "threshold": 1.0} if kind is Wet else {}
    draw = {kind.kind: lambda rng, size: kind(size, **parameters)}
    brought.conformance = lambda self: ConformanceProfile(populations=draw)
    return brought


LACKS: Any = frozenset({"bias", "refractory", "leak"})


@pytest.mark.parametrize("kind", [Wet, Bare])
def test_a_lack_is_demanded_of_a_kind_of_one_s_own_where_it_has_the_parameter(
    sound: type[dc.Backend], monkeypatch: pytest.MonkeyPatch, kind: type[dc.Population]
) -> None:
    backend = bring(sound, monkeypatch, kind, unsupported=LACKS)
    (outcome,) = conformance.run(backend(), only=["unsupported"]).outcomes
    assert outcome.ok, outcome


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("population.bias", "'bias' is unsupported, but check passes kind 'wet_test_kind'"),
        ("population.refractory", "'refractory' is unsupported, but check passes kind 'wet_test_kind'"),
        ("population.leak", "'leak' is unsupported, but check passes kind 'wet_test_kind'"),
        ("population.reset", "check passes reset 'subtract' of kind 'wet_test_kind'"),
    ],
)
def test_a_lack_that_is_overlooked_in_a_kind_of_one_s_own_is_caught(
    sound: type[dc.Backend], monkeypatch: pytest.MonkeyPatch, code: str, says: str
) -> None:
    backend = bring(sound, monkeypatch, Wet, unsupported=LACKS, resets=frozenset({"zero"}))

    class Overlooks(backend):  # type: ignore[misc, valid-type]
        api_version = dc.API_VERSION

        def check(self, graph: dc.Graph, **options: Any) -> FitReport:
            report = super().check(graph, **options)
            return replace(report, findings=tuple(f for f in report.findings if f.code != code))

    (outcome,) = conformance.run(Overlooks(), only=["unsupported"]).outcomes
    assert says in " ".join(outcome.problems), outcome


def test_the_read_out_s_bias_is_a_lack_too(sound: type[dc.Backend], monkeypatch: pytest.MonkeyPatch) -> None:
    unsupported: Any = frozenset({"bias"})
    monkeypatch.setattr("delaycore_sound.backend.SPEC", replace(sound().spec, unsupported=unsupported))

    class Overlooks(describes(sound, unsupported=unsupported)):  # type: ignore[misc]
        api_version = dc.API_VERSION

        def check(self, graph: dc.Graph, **options: Any) -> FitReport:
            report = super().check(graph, **options)
            return replace(report, findings=tuple(f for f in report.findings if "'out'" not in f.place))

    (outcome,) = conformance.run(Overlooks(), only=["unsupported"]).outcomes
    assert "check passes kind 'integrator' that needs it" in " ".join(outcome.problems), outcome


def test_a_profile_that_draws_what_the_spec_does_not_declare_is_named(
    sound: type[dc.Backend], monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = bring(sound, monkeypatch, Wet)
    draw = {"wet_test_kind": lambda rng, size: dc.LIF(size, retain=0.5, threshold=1.0)}
    backend.conformance = lambda self: ConformanceProfile(populations=draw)
    (outcome,) = conformance.run(backend(), only=["declared"]).outcomes
    assert "populations['wet_test_kind'] draws lif, which the spec does not" in " ".join(outcome.problems)


def test_a_profile_that_draws_what_the_spec_forbids_is_named(
    sound: type[dc.Backend], monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = bring(sound, monkeypatch, Wet, unsupported=LACKS)
    draw = {"wet_test_kind": lambda rng, size: Wet(size, retain=1.0, threshold=1.0, bias=0.5)}
    backend.conformance = lambda self: ConformanceProfile(populations=draw)
    (outcome,) = conformance.run(backend(), only=["declared"]).outcomes
    assert "drawn by ConformanceProfile.populations['wet_test_kind']" in " ".join(outcome.problems)
    assert "population.bias" in " ".join(outcome.problems)


NEURON = """
import delaycore


class Drip(delaycore.LIF):
    kind = "{name}_drip"
"""


DRAW = """
def draw(rng, size):
    from delaycore_{name}.neuron import Drip

    return Drip(size, retain=0.5, threshold=1.0)
"""


def write_package(name: str, folder: Path) -> Any:
    """The template's backend with a kind of its own, which nothing imports before it is drawn."""
    new_backend(name, folder)
    package = folder / f"delaycore_{name}"
    (package / "neuron.py").write_text(NEURON.format(name=name))
    profile = DRAW.format(name=name) + "\n\nPROFILE = ConformanceProfile(\n    populations={"
    profile += f"'{name}_drip': draw}},"
    for file, before, after in (
        ("spec.py", '"lif", ', f'"lif", "{name}_drip", '),
        ("limit_cases.py", "PROFILE = ConformanceProfile(", profile),
    ):
        text = (package / file).read_text()
        assert before in text
        (package / file).write_text(text.replace(before, after))
    invalidate_caches()
    return package


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    """A folder on the import path, not there yet; what is imported from it is forgotten afterwards."""
    before = set(sys.modules)
    sys.path.insert(0, str(tmp_path / "made"))
    yield tmp_path / "made"
    sys.path.remove(str(tmp_path / "made"))
    for name in set(sys.modules) - before:
        if name.startswith("delaycore_"):
            del sys.modules[name]


@pytest.mark.parametrize(("name", "imported"), [("hiding", False), ("showing", True)])
def test_a_kind_has_to_come_with_the_module_of_the_entry_point(path: Path, name: str, imported: bool) -> None:
    package = write_package(name, path)
    if imported:
        begin = (package / "__init__.py").read_text()
        (package / "__init__.py").write_text(begin + f"\nfrom delaycore_{name}.neuron import Drip  # noqa\n")
    backend = getattr(import_module(f"delaycore_{name}"), f"{name.capitalize()}Backend")()
    (outcome,) = conformance.run(backend, only=["files"]).outcomes
    if imported:
        assert outcome.ok and not outcome.untried, outcome
    else:
        said = " ".join(outcome.problems)
        assert f"model of {name}_drip: cannot be opened, or run, in a process of its own" in said
        assert "let the module that the entry point names import every kind" in said


def test_a_backend_that_no_other_process_can_find_is_untried(sound: type[dc.Backend]) -> None:
    (outcome,) = conformance.run(describes(sound)(), only=["files"]).outcomes
    assert outcome.ok and "is not installed, so no other process finds it" in outcome.untried[0]


FORGETFUL = """
_SEEN = set()
_map, _simulate = ForgetfulBackend.map, ForgetfulBackend.simulate


def _note(self, graph, **options):
    _SEEN.add("anything")
    return _map(self, graph, **options)


def _run(self, program, spikes, states=False):
    return _simulate(self, program, spikes if _SEEN else spikes & False, states)


ForgetfulBackend.map, ForgetfulBackend.simulate = _note, _run
"""


def test_a_program_that_runs_only_where_it_was_mapped_is_caught(path: Path) -> None:
    package = write_package("forgetful", path)
    (package / "backend.py").write_text((package / "backend.py").read_text() + FORGETFUL)
    begin = (package / "__init__.py").read_text()
    (package / "__init__.py").write_text(begin + "\nfrom delaycore_forgetful.neuron import Drip  # noqa\n")
    backend = import_module("delaycore_forgetful").ForgetfulBackend()
    (outcome,) = conformance.run(backend, only=["files"]).outcomes
    assert outcome.problems == ("program: in a process of its own it fires otherwise than here",)
