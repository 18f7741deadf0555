"""The suite passes a sound backend, and each of its checks catches, by name, backends that break what it
promises.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

import delaycore as dc
from delaycore import conformance
from delaycore.conformance import ConformanceProfile, Outcome, Verdict
from delaycore.conformance._checks import CHECKS
from delaycore.conformance._subject import Subject
from delaycore.conformance._suite import make_subject, run_checks
from delaycore.hardware import Feature
from tests.conformance.broken import BROKEN, cheats, describes


def test_a_sound_backend_passes_every_check(sound: type[dc.Backend]) -> None:
    verdict = conformance.run(sound())
    assert verdict.ok, str(verdict)
    assert [o.check for o in verdict.outcomes] == list(conformance.list_checks())
    assert not any(o.untried for o in verdict.outcomes)


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_backend_is_caught_by_name(sound: type[dc.Backend], name: str) -> None:
    check, says, make = BROKEN[name]
    (outcome,) = conformance.run(make(sound)(), only=[check]).outcomes
    assert not outcome.ok
    assert says in " ".join(outcome.problems), outcome.problems


CHEATS = sorted(name for name, (*_, make) in BROKEN.items() if make.__module__ == cheats.__name__)


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.thorough if i % 3 else ()) for i, name in enumerate(CHEATS)],
)
def test_a_cheat_fails_one_check_and_what_hangs_on_it_waits(sound: type[dc.Backend], name: str) -> None:
    check, says, make = BROKEN[name]
    backend = make(sound)()
    subject = Subject(backend, backend.conformance(), networks=4)
    verdict = Verdict("sound", tuple(run_checks(subject)))
    assert verdict.failed == (check,), str(verdict)
    assert says in str(verdict)
    dependent = {n for n, c in CHECKS.items() if check in c.needs}
    assert dependent <= set(verdict.waiting)


def test_a_check_waits_for_checks_that_run_before_it() -> None:
    order = list(CHECKS)
    for name, check in CHECKS.items():
        assert all(order.index(need) < order.index(name) for need in check.needs)


def test_a_check_that_waits_says_for_what_and_is_no_pass(sound: type[dc.Backend]) -> None:
    broken = BROKEN["cannot_map_anything"][2](sound)()
    verdict = conformance.run(broken, only=["declared", "types", "loops", "same_spikes"])
    assert not verdict.ok and verdict.failed == ("declared",)
    assert verdict.waiting == ("types", "loops", "same_spikes")
    assert "waits   loops: until declared, types passed" in str(verdict)
    assert "0 of 4 checks passed" in verdict.summary and "failed: declared; 3 wait" in verdict.summary


def test_an_exception_is_described_once(sound: type[dc.Backend]) -> None:
    class Broken(sound):  # type: ignore[misc, valid-type]
        api_version = dc.API_VERSION

        def check(self, graph: dc.Graph, **options: object) -> dc.FitReport:
            raise ZeroDivisionError("by the moon")

    verdict = conformance.run(Broken(), only=["limits", "sizes", "unsupported", "largest_delay"])
    said = " ".join(problem for o in verdict.outcomes for problem in o.problems)
    assert len(verdict.failed) >= 2
    assert said.count("by the moon") == 1 and "as in 'largest_delay'" in said


def test_of_many_problems_of_a_check_the_first_few_are_printed() -> None:
    outcome = Outcome("spec", "what holds", tuple(f"problem {i}" for i in range(9)))
    assert str(outcome).count("problem") == 5 and "and 4 more of this check" in str(outcome)


def test_every_check_has_a_broken_backend() -> None:
    """`imports` and `files` have their own, since modules have to be written for them."""
    assert {check for check, _, _ in BROKEN.values()} == set(conformance.list_checks()) - {"imports", "files"}
    assert Counter(check for check, _, _ in BROKEN.values()).most_common(1)[0][1] < len(BROKEN) / 2


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("import scipy", "loads scipy"),
        ("print('hello')", "prints something: hello"),
        ("raise OSError('no board')", "OSError: no board"),
    ],
)
def test_a_module_that_loads_too_much_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sound: type[dc.Backend], line: str, says: str
) -> None:
    (tmp_path / "loud_backend.py").write_text(line)
    monkeypatch.syspath_prepend(str(tmp_path))
    broken = type("Loud", (sound,), {"__module__": "loud_backend", "api_version": dc.API_VERSION})
    (outcome,) = conformance.run(broken(), only=["imports"]).outcomes
    assert says in " ".join(outcome.problems)


def test_a_limit_without_an_edge_is_untried_and_fails_when_thorough(sound: type[dc.Backend]) -> None:
    bare = describes(sound)
    bare.conformance = lambda self: ConformanceProfile()
    (quick,) = conformance.run(bare(), only=["limits"]).outcomes
    (thorough,) = conformance.run(bare(), only=["limits"], thorough=True).outcomes
    assert quick.ok and len(quick.untried) == len(sound().spec.limits)
    assert not thorough.ok and thorough.problems == quick.untried
    assert "? untried: limit 'chip.cores'" in str(quick)


def test_an_edge_for_a_limit_that_is_not_there_is_a_problem(sound: type[dc.Backend]) -> None:
    strange = describes(sound)
    profile = sound().conformance()
    strange.conformance = lambda self: replace(
        profile, unchecked={**profile.unchecked, "chip.colour": "not seen"}
    )
    (outcome,) = conformance.run(strange(), only=["limits"]).outcomes
    assert outcome.problems == ("the profile speaks of a limit 'chip.colour' that the spec does not declare",)


def test_an_exception_of_the_backend_is_a_problem_and_the_other_checks_run(sound: type[dc.Backend]) -> None:
    def explode(self: object, *given: object, **more: object) -> None:
        raise ZeroDivisionError("by the moon")

    broken = type("Broken", (sound,), {"simulate": explode, "api_version": dc.API_VERSION})
    verdict = conformance.run(broken(), only=["costs", "limits"])
    assert verdict.failed == ("costs",)
    assert (
        "ZeroDivisionError" in verdict.outcomes[1].problems[0]
        and "by the moon" in verdict.outcomes[1].problems[0]
    )


def test_an_unknown_check_is_refused(sound: type[dc.Backend]) -> None:
    with pytest.raises(dc.SettingsError, match=r"check 'spikse'.*the checks are spec, "):
        conformance.run(sound(), only=["spikse"])


def test_a_profile_that_is_none_is_the_backend_s_error(sound: type[dc.Backend]) -> None:
    broken = describes(sound)
    broken.conformance = lambda self: {"limit_cases": {}}
    with pytest.raises(dc.BackendError, match=r"Broken\.conformance: gives dict"):
        conformance.run(broken())
    broken.conformance = lambda self: 1 / 0
    with pytest.raises(dc.BackendError, match="ZeroDivisionError"):
        conformance.run(broken())


def test_a_network_that_the_spec_allows_and_check_refuses_is_a_problem(sound: type[dc.Backend]) -> None:
    (outcome,) = conformance.run(
        describes(sound, populations=frozenset({"input", "lif", "current_lif", "integrator"}))(),
        only=["same_spikes"],
    ).outcomes
    assert "a network drawn within what the spec declares is refused" in outcome.problems[0]
    assert "population.kind" in outcome.problems[0]


def test_the_documentation_names_every_check() -> None:
    text = (Path(__file__).parents[2] / "docs" / "write-a-backend.md").read_text()
    assert all(f"`{name}`" in text for name in conformance.list_checks())


def test_what_a_chip_lacks_is_left_out_and_its_refusal_demanded(
    sound: type[dc.Backend], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A chip that lacks every feature there is: declaring it is enough."""
    lacks: tuple[Feature, ...] = get_args(Feature)
    poor = replace(sound().spec, unsupported=frozenset(lacks))
    monkeypatch.setattr("delaycore_sound.backend.SPEC", poor)
    backend = type("Poor", (sound,), {"spec": poor, "api_version": dc.API_VERSION})()
    for seed in range(12):
        graph = make_subject(backend).network(seed).graph
        assert backend.check(graph).ok, str(backend.check(graph))
    assert conformance.run(
        backend,
        only=[n for n in conformance.list_checks() if n not in ("limits", "costs", "losses", "pricing")],
    ).ok


@pytest.mark.parametrize("hop", [0, 1])
def test_a_chip_with_axonal_delays_declares_it_and_is_held_to_it(
    sound: type[dc.Backend], monkeypatch: pytest.MonkeyPatch, hop: int
) -> None:
    axonal = replace(
        sound().spec, unsupported=frozenset({"synaptic_delays"}), hop_delay=hop, max_delay=15 - hop
    )
    monkeypatch.setattr("delaycore_sound.backend.SPEC", axonal)
    backend = type("Axonal", (sound,), {"spec": axonal, "api_version": dc.API_VERSION})()
    for seed in range(12):
        report = backend.check(make_subject(backend).network(seed).graph)
        assert "population.synaptic_delays" not in report.codes(), str(report)
    checks = ["unsupported", "largest_delay"] + (["several_synapses", "delays", "image"] if not hop else [])
    verdict = conformance.run(backend, only=checks)
    assert verdict.ok and not any(o.untried for o in verdict.outcomes), str(verdict)


@pytest.mark.parametrize("target", ["loihi", "seneca"])
def test_the_chips_of_the_project_pass_every_check(target: str) -> None:
    verdict = conformance.run(target)
    assert verdict.ok, str(verdict)


def test_the_command_ends_with_0_1_or_2(tmp_path: Path) -> None:
    def call(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "delaycore", "conformance", *words],
            capture_output=True,
            text=True,
            check=False,
        )

    done = call("loihi", "--check", "spec", "--check", "delays", "--json")
    assert done.returncode == 0
    assert [(c["check"], c["ok"]) for c in json.loads(done.stdout)["checks"]] == [
        ("spec", True),
        ("delays", True),
    ]
    assert "Example: delaycore conformance" in call("--help").stdout
    for wrong, says in (
        (["loihy"], "did you mean 'loihi'"),
        (["loihi", "--check", "spikse"], "check 'spikse'"),
    ):
        done = call(*wrong)
        assert done.returncode == 2 and says in done.stderr and "Traceback" not in done.stderr


def test_under_pytest_with_the_plugin_named_on_the_command_line(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "delaycore.conformance.pytest_plugin",
        "--target",
        "loihi",
        "--rootdir",
        str(tmp_path),
    ]
    done = subprocess.run(
        [*command, "-k", "delays or limits"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout or "3 passed" in done.stdout
    done = subprocess.run(
        [*command[:-4], "--target", "loihy"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 4 and "did you mean 'loihi'" in done.stderr + done.stdout
