"""Every command's help has an example that can be run as it is printed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer

import delaycore as dc
from delaycore.cli import app
from delaycore.cli._examples import EXAMPLES
from delaycore.datasets import SpokenDigits
from tests.cli.commands import call

QUICKSTART = Path(__file__).parents[2] / "docs" / "quickstart.md"
LONG = {"doctor", "targets", "train", "run", "compare"}
"""They train networks, or start processes."""

COMMANDS: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]  # it is a group


def print_help(command: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", "80")
    return call(command, "--help")


def find_example(text: str) -> str:
    (example,) = re.findall(r"^ *Example: (delaycore .*)$", text, re.MULTILINE)
    return str(example)


def make_sounds() -> None:
    """Run what the quick start says about sounds."""
    blocks = re.findall(r"```python\n(.*?)```", QUICKSTART.read_text(encoding="utf-8"), re.DOTALL)
    (block,) = [block for block in blocks if '"sounds"' in block]
    exec(block, {"np": np})


def run_all(monkeypatch: pytest.MonkeyPatch, folder: Path, left_out: set[str]) -> None:
    """Run the examples in a folder, apart from those of some commands."""
    examples = {name: find_example(print_help(name, monkeypatch)) for name in COMMANDS}
    assert examples.keys() == EXAMPLES.keys()
    monkeypatch.chdir(folder)
    make_sounds()
    for name in [name for name in EXAMPLES if name not in left_out]:
        program, command, *words = shlex.split(examples[name])
        assert (program, command) == ("delaycore", name)
        call(command, *words)


def test_the_examples_of_commands_run_as_they_are_printed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An untrained network stands for the one that `train` makes."""
    rng = np.random.default_rng(0)
    weights = [rng.normal(0.1, 0.3, (20, 24)), rng.normal(0.1, 0.3, (4, 24, 20))]
    framing = dc.Framing(steps=32, step=0.02, channels=80, group=4)
    graph = dc.Graph.from_arrays(weights, [0, np.arange(4) * 4], step=0.02, framing=framing)
    (tmp_path / "runs" / "first").mkdir(parents=True)
    graph.with_classes(SpokenDigits.classes).save(tmp_path / "runs" / "first" / "model.safetensors")
    run_all(monkeypatch, tmp_path, LONG)
    made = {"mine.toml", "program.safetensors", "words_test.h5", "delaycore-mychip"}
    assert made <= {path.name for path in tmp_path.iterdir()}


@pytest.mark.thorough
def test_all_examples_run_one_after_the_other(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    run_all(monkeypatch, tmp_path, set())
    assert (tmp_path / "runs" / "main" / "table.md").is_file()
    assert (tmp_path / "runs" / "bits" / "compare.md").is_file()


@pytest.mark.parametrize("command", COMMANDS)
def test_help_fits_a_narrow_terminal_but_for_the_example_which_is_one_line(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = [line for line in print_help(command, monkeypatch).splitlines() if len(line) > 80]
    assert [line for line in long if "Example: " not in line] == []


def test_the_quick_start_and_the_readme_show_the_same_commands() -> None:
    shown = QUICKSTART.read_text(encoding="utf-8")
    for name in ("config", "train", "check", "map", "encode", "simulate", "price", "run"):
        assert f"    {EXAMPLES[name]}" in shown
