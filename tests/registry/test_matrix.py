"""Every broken backend and every damaged distribution against every command that did not ask for it: none
fails, and each answers as it does without them.

The ordinary run takes all of them at once and the commands that start no process; ``--thorough`` takes each
by itself, and all commands.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import wave
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import delaycore as dc
from delaycore.datasets import SpokenDigits, write_events
from tests.cli.commands import Ended, run_here, run_process
from tests.registry.broken import BROKEN
from tests.registry.conftest import GOOD, Installer
from tests.registry.damaged import DAMAGES, damage
from tests.registry.test_foreign_parts import brings, write

SETTINGS = (
    "[framing]\nsteps = 30\nstep = 0.02\ngroup = 4\n[network]\nhidden = [6]\n"
    "delays = { levels = 2, stride = 5 }\nleak = 'layer'\n"
    "[training]\nepochs = 1\n[pruning]\nkeep = 1\nepochs = 1\n[qat]\nepochs = 1\n"
)
WORKLOAD = (
    "steps = 20\n[[layers]]\nname = 'in'\nsize = 8\nspikes = 40\n"
    "[[layers]]\nname = 'h'\nsize = 4\nspikes = 9\n[[layers]]\nname = 'out'\nsize = 2\n"
)
KIND, NEW = "drip_of_the_matrix", "NEW"


@dataclass(frozen=True)
class Command:
    """A command that asks for no backend, or for ``sound`` and no other.

    words:  of the command line; ``NEW`` is an empty folder.
    code:   with which it ends.
    broken: with which it ends where a backend cannot be loaded, which some commands are there to say.
    starts: whether it starts processes: has backends loaded for which nobody asked by name.
    long:   whether it trains, or reads what a training left.
    """

    words: tuple[object, ...]
    code: int = 0
    broken: int = 0
    starts: bool = False
    long: bool = False


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    rng = np.random.default_rng(0)
    framing = dc.Framing(steps=16, step=0.04, channels=80)
    weights = [rng.normal(0.05, 0.2, (80, 6)), rng.normal(0.05, 0.2, (2, 6, 20))]
    graph = dc.Graph.from_arrays(weights, [0, np.array([0, 5])], framing=framing, step=0.04)
    graph.save(folder / "model")
    write_events(folder / "words_test.h5", SpokenDigits.events("test").select(range(0, 1_000, 23)))
    (folder / "workload.toml").write_text(WORKLOAD)
    write(folder / "unnamed", KIND)
    return folder


@pytest.fixture(scope="module")
def recordings(files: Path) -> None:
    """What commands need that train, and that make recordings of sounds, beside the other files."""
    for split in ("train", "valid"):
        events = SpokenDigits.events(split)
        write_events(files / f"words_{split}.h5", events.select(range(0, len(events), 23)))
    (files / "settings.toml").write_text(SETTINGS)
    rng = np.random.default_rng(0)
    for speaker in "abc":
        path = files / "sounds" / "word" / f"{speaker}_0.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        with wave.open(str(path), "wb") as out:
            out.setparams((1, 2, 8_000, 0, "NONE", ""))
            out.writeframes(rng.integers(-9_000, 9_000, 2_000).astype("<i2").tobytes())


def list_commands(files: Path) -> dict[str, Command]:
    """List all commands, by a name for readers."""
    model, events, sound = files / "model", files / "words_test.h5", ("-t", "sound")
    data = ("--config", files / "settings.toml", "--data", files)
    once = ("--seeds", 1, "--method", "ptq", "--workers", 1)
    return {
        "targets": Command(("targets",)),
        "options": Command(("options", "sound")),
        "help": Command(("check", "--help", *sound)),
        "check": Command(("check", model, *sound)),
        "quantize": Command(("quantize", model, *sound)),
        "map": Command(("map", model, *sound)),
        "simulate": Command(("simulate", model, events, "--samples", 3, *sound)),
        "price": Command(("price", files / "workload.toml", *sound)),
        "delay-memory of sound": Command(("delay-memory", model, *sound), code=2),
        "conformance": Command(("conformance", "sound", "--check", "spec")),
        "config": Command(("config", "demo")),
        "new-backend": Command(("new-backend", "mine", "--out", f"{NEW}/mine")),
        "encode": Command(("encode", files / "sounds", "--speaker", "^(.)_", "--out", f"{NEW}/w"), long=True),
        "check of no model": Command(("check", files / "workload.toml", *sound), code=2),
        "targets --verify": Command(("targets", "--verify"), broken=1, starts=True),
        "doctor": Command(("doctor",), broken=1, starts=True),
        "a kind that no file names": Command(("check", files / "unnamed", *sound), code=1, starts=True),
        "delay-memory": Command(("delay-memory", model), starts=True),
        "train": Command(("train", *data[1:], "--out", files / "train", *sound), long=True),
        "run of sound": Command(("run", *data, "--out", files / "run-sound", *sound), long=True),
        "run": Command(("run", *data, "--out", files / "run"), starts=True, long=True),
        "compare of sound": Command(
            ("compare", *data, *once, "--out", files / "compare-sound", *sound), long=True
        ),
        "compare": Command(("compare", *data, *once, "--out", files / "compare"), starts=True, long=True),
    }


OTHERS = re.compile(r"bad|damaged", re.IGNORECASE)
"""What the names of all broken backends and damaged distributions have in common."""


def strip(value: Any) -> Any:
    """Return an answer without what is said of broken backends and damaged distributions."""
    if isinstance(value, dict):
        kept = {key: entry for key, entry in value.items() if not OTHERS.search(key) and key != "seconds"}
        return {key: strip(entry) for key, entry in kept.items()}
    if isinstance(value, list):
        return [strip(entry) for entry in value if not _is_about_others(entry)]
    return value


def _is_about_others(entry: Any) -> bool:
    if isinstance(entry, dict):
        entry = json.dumps([entry.get(key) for key in ("name", "target", "place")])
    return isinstance(entry, str) and OTHERS.search(entry) is not None


Run = Callable[..., Ended]


def answer(run: Run, command: Command, code: int, new: Path) -> Any:
    """What a command answers, without what is said of others."""
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir()
    words = [str(word).replace(NEW, str(new)) for word in command.words]
    shows_help = "--help" in words
    ended = run(*words, *([] if shows_help else ["--json"]))
    assert ended.code == code and "Traceback" not in ended.errors, (words, ended)
    return ended.out if shows_help else strip(json.loads(ended.out))


def run_apart(*words: object) -> Ended:
    return run_process(*words, timeout=3_000.0)


def install_whole(install: Installer) -> None:
    """Install a backend that works, and one that brings a kind of neuron and nothing else."""
    install.sound()
    install("bad_drips", GOOD.replace("good", "bad_drips") + brings(KIND).removeprefix(GOOD))


def install_broken(install: Installer, names: Iterable[str]) -> None:
    for name in names:
        distribution = f"bad-{re.sub(r'[^a-z0-9]+', '-', name)}"
        source = BROKEN[name].replace(f"name={name!r}, title={name!r}", f"name='bad_{name}', title='bad'")
        install(f"bad_{name}", source.replace(f"target={name!r}", f"target='bad_{name}'"), distribution)
    if "twin" in names:
        install("bad_twin", "", "bad-second-twin")


_expected: dict[tuple[Run, str], Any] = {}
"""Answers where nothing is broken, by how a command is run and its name: the same for all tests."""


def expect(run: Run, commands: Mapping[str, Command], new: Path) -> dict[str, Any]:
    """What each command answers now; found out once."""
    for name, command in commands.items():
        if (run, name) not in _expected:
            _expected[run, name] = answer(run, command, command.code, new)
    return {name: _expected[run, name] for name in commands}


def compare(run: Run, commands: Mapping[str, Command], expected: Mapping[str, Any], new: Path) -> None:
    """Hold what each command answers against what it answered where nothing was broken."""
    for name, command in commands.items():
        assert answer(run, command, command.broken or command.code, new) == expected[name], name


def select(files: Path, **fields: bool) -> dict[str, Command]:
    """The commands whose fields are these."""
    return {
        name: command
        for name, command in list_commands(files).items()
        if all(getattr(command, field) == value for field, value in fields.items())
    }


def require_untouched() -> None:
    """Check that nothing of a broken backend was ever loaded in this process."""
    assert not [name for name in sys.modules if name.startswith("fake_bad")]


def test_no_broken_backend_changes_what_a_command_answers_that_did_not_ask_for_it(install, files):
    commands = select(files, starts=False, long=False)
    install_whole(install)
    expected = expect(run_here, commands, files / "new")
    install_broken(install, BROKEN)
    compare(run_here, commands, expected, files / "new")
    assert len(BROKEN) >= 40 and len(commands) >= 12
    require_untouched()


@pytest.mark.thorough
@pytest.mark.parametrize("name", BROKEN)
def test_each_broken_backend_by_itself_changes_no_answer(install, files, name, record_property):
    commands = select(files, starts=False, long=False)
    install_whole(install)
    expected = expect(run_here, commands, files / "new")
    install_broken(install, [name])
    compare(run_here, commands, expected, files / "new")
    require_untouched()
    record_property("combinations of one broken backend and a command", len(commands))


@pytest.mark.thorough
@pytest.mark.timeout(7_200)
@pytest.mark.parametrize("name", [name for name, c in list_commands(Path()).items() if c.starts or c.long])
@pytest.mark.usefixtures("recordings")
def test_all_broken_backends_at_once_change_no_answer(install, files, name, record_property, monkeypatch):
    """Of the commands, too, that have all installed backends loaded, each in a process of its own."""
    monkeypatch.setenv("DELAYCORE_LOAD_TIMEOUT", "30")
    monkeypatch.setenv("DELAYCORE_CALL_TIMEOUT", "30")
    command = {name: list_commands(files)[name]}
    run: Run = run_here if name != "a kind that no file names" else run_apart
    install_whole(install)
    expected = expect(run, command, files / "new")
    install_broken(install, BROKEN)
    compare(run, command, expected, files / "new")
    require_untouched()
    record_property("combinations of one of all broken backends and a command", len(BROKEN))


@pytest.mark.thorough
@pytest.mark.timeout(7_200)
@pytest.mark.usefixtures("recordings")
def test_where_every_backend_is_broken_the_commands_do_what_needs_none(install, files, tmp_path, monkeypatch):
    monkeypatch.setenv("DELAYCORE_CALL_TIMEOUT", "30")
    install_broken(install, ["raises", "crashes", "check_vanishes", "simulate_crashes"])
    commands = list_commands(files)
    for name in ("targets", "delay-memory", "config", "run", "compare"):
        words = [
            str(tmp_path / "out") if w in (files / "run", files / "compare") else w
            for w in commands[name].words
        ]
        shutil.rmtree(tmp_path / "out", ignore_errors=True)
        ended = run_here(*words)
        if name == "compare":  # there is nothing to compare
            assert ended.code == 2 and "no installed backend loads" in ended.errors
        else:
            assert ended.code == 0, name


def install_damaged(install: Installer, ways: Iterable[str]) -> None:
    for way in ways:
        damage(install.folder, way)


@pytest.mark.thorough
@pytest.mark.timeout(7_200)
@pytest.mark.parametrize("name", list_commands(Path()))
@pytest.mark.usefixtures("recordings")
def test_all_damaged_distributions_at_once_change_no_answer(install, files, name, record_property):
    """In processes of their own, with all that they import."""
    command = {name: list_commands(files)[name]}
    install_whole(install)
    expected = expect(run_apart, command, files / "new")
    install_damaged(install, DAMAGES)
    compare(run_apart, command, expected, files / "new")
    record_property("combinations of a damaged distribution and a command", len(DAMAGES))


@pytest.mark.thorough
@pytest.mark.parametrize("way", DAMAGES)
def test_each_damaged_distribution_by_itself_changes_no_answer(
    install, files, tmp_path, way, record_property
):
    commands = {name: list_commands(files)[name] for name in ("targets", "simulate", "delay-memory")}
    install_whole(install)
    expected = expect(run_apart, commands, files / "new")
    install_damaged(install, [way])
    compare(run_apart, commands, expected, files / "new")
    record_property("combinations of one damaged distribution and a command", len(commands))
