"""A new backend is a package that works as written, and that its author can change."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import numpy as np
import pytest

import delaycore as dc
from delaycore.template import new_backend, render

ROOT = Path(__file__).parents[2]


class Author:
    """Someone with a folder of a new backend, which looks installed to the Python that they call."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        new_backend(name, folder)
        info = folder / f"delaycore_{name}-0.1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: delaycore-{name}\nVersion: 0.1.0\n")
        (info / "entry_points.txt").write_text(f"[delaycore.backends]\n{name} = delaycore_{name}\n")

    def call(self, *words: str, code: int = 0, folder: Path | None = None) -> str:
        path = os.pathsep.join([str(self.folder), os.environ.get("PYTHONPATH", "")])
        environment = os.environ | {"PYTHONPATH": path}
        done = subprocess.run(
            [sys.executable, "-m", *words],
            cwd=folder or self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def change(self, file: str, before: str, after: str) -> None:
        path = self.folder / f"delaycore_{self.name}" / file
        text = path.read_text()
        assert before in text
        path.write_text(text.replace(before, after))

    def conforms(self) -> bool:
        verdict = json.loads(self.call("delaycore", "conformance", self.name, "--json"))
        return bool(verdict["ok"]) and not any(check["untried"] for check in verdict["checks"])


@pytest.fixture
def author(tmp_path: Path) -> Author:
    return Author(tmp_path / "package", "tickchip")


def test_as_generated_it_is_found_tested_and_conforms(author: Author) -> None:
    assert "tickchip  delaycore-tickchip 0.1.0  ok: Tickchip, API version 2" in author.call(
        "delaycore", "targets", "--verify"
    )
    assert "passed" in author.call(
        "pytest", "-q", "-p", "no:cacheprovider"
    )  # the conformance suite among them


@pytest.mark.thorough
def test_its_author_changes_the_arithmetic_and_its_own_tests_notice_while_it_still_conforms(
    author: Author,
) -> None:
    author.change("spec.py", 'rounding="floor"', 'rounding="nearest_even"')
    assert "test_potentials_decay_downwards" in author.call(
        "pytest", "-q", "-p", "no:cacheprovider", "tests/test_arithmetic.py", code=1
    )
    author.change("spec.py", '"weight.bits": Constant(8', '"weight.bits": Constant(6')
    author.change("spec.py", '"delay.range": Constant(15', '"delay.range": Constant(40')
    assert author.conforms()


def test_a_mistake_of_its_author_is_named(author: Author) -> None:
    author.change("image.py", '"delay": np.uint8', '"delay": np.int8')
    author.change("spec.py", '"delay.range": Constant(15', '"delay.range": Constant(200')
    said = author.call("delaycore", "conformance", "tickchip", "--check", "delays", code=1)
    assert "FAILED  delays" in said


def test_a_limit_that_is_forgotten_in_check_is_named(author: Author) -> None:
    author.change("backend.py", ', "core.synapses": synapses[k]}', "}")
    said = author.call("delaycore", "conformance", "tickchip", "--check", "limits", code=1)
    assert "limit 'core.synapses': the network above it gets no error" in said


def test_its_files_are_short_complete_and_clean(author: Author) -> None:
    files = render("tickchip")
    assert {
        "pyproject.toml",
        "README.md",
        ".github/workflows/test.yml",
        "tests/test_conformance.py",
        "delaycore_tickchip/py.typed",
    } <= files.keys()
    assert all(len(text.splitlines()) < 100 for text in files.values())
    assert not any("<<" in text or ">>" in text or "jinja" in text for text in files.values())
    assert "${{ matrix.python }}" in files[".github/workflows/test.yml"]
    assert f"api_version = {dc.API_VERSION}" in files["delaycore_tickchip/backend.py"]
    author.call(
        "ruff",
        "check",
        "--isolated",
        "--line-length",
        "110",
        "--select",
        "A,B,C4,E,F,I,N,NPY,PIE,PTH,RET,SIM,UP,W",
        ".",
    )
    author.call("ruff", "format", "--check", "--line-length", "110", ".")


@pytest.mark.thorough
def test_its_types_are_checked_strictly_and_hold(author: Author) -> None:
    package, tests = (str(author.folder / part) for part in ("delaycore_tickchip", "tests"))
    author.call(
        "mypy", "--strict", package, tests, folder=ROOT
    )  # where numpy and delaycore are checked already
    author.change("image.py", "-> Graph:", "-> Image:")
    assert "Incompatible return value type" in author.call("mypy", "--strict", package, folder=ROOT, code=1)


def test_a_dense_layer_with_more_synapses_than_a_core_holds_is_spread_over_cores(author: Author) -> None:
    said = author.call(
        "delaycore",
        "map",
        str(_save_dense_layer(author.folder)),
        "--target",
        "tickchip",
        "--out",
        str(author.folder / "program.safetensors"),
    )
    assert "program for tickchip: 8 cores" in said  # 64 neurons of 500 synapses, 8 of which a core holds


def _save_dense_layer(folder: Path) -> Path:
    weights = np.random.default_rng(0).normal(0.0, 0.1, (500, 64))
    dc.Graph.from_arrays([weights], [0]).save(folder / "dense.safetensors")
    return folder / "dense.safetensors"


def test_names_and_titles_reach_every_file() -> None:
    files = render("neuro_2", "NeuroChip Mk II")
    assert (
        'neuro_2 = "delaycore_neuro_2"' in files["pyproject.toml"]
        and 'name = "delaycore-neuro-2"' in files["pyproject.toml"]
    )
    assert "class Neuro2Backend(Backend[" in files["delaycore_neuro_2/backend.py"]
    assert 'title="NeuroChip Mk II"' in files["delaycore_neuro_2/spec.py"]


@pytest.mark.parametrize("name", ["", "My Chip", "2fast", "chip-1", "class", "../up", "Chip"])
def test_a_name_that_cannot_be_a_target_s_is_refused(name: str) -> None:
    with pytest.raises(dc.SettingsError, match="name: must be small letters"):
        render(name)


@pytest.mark.parametrize(
    "title", ['the "best" chip', "two\nlines", "back\\slash", "no text \udcff", "nul \0"]
)
def test_a_title_that_would_break_the_code_is_refused(title: str) -> None:
    with pytest.raises(dc.SettingsError, match="title"):
        render("chip", title)


def test_what_is_there_is_not_overwritten_and_nothing_is_left_half_written(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with pytest.raises(dc.FileError, match="is there already"):
        new_backend("chip", tmp_path / "mine")
    (tmp_path / "file").write_text("")
    with pytest.raises(dc.FileError, match="cannot be written"):
        new_backend("chip", tmp_path / "file" / "chip")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "mine"]


def test_the_command_writes_it_and_says_how_to_go_on(tmp_path: Path) -> None:
    def call(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "delaycore", "new-backend", *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    done = call("mychip")
    assert done.returncode == 0 and "delaycore conformance mychip" in done.stdout
    assert (tmp_path / "delaycore-mychip" / "delaycore_mychip" / "spec.py").is_file()
    again = call("mychip")
    assert again.returncode == 2 and "is there already" in again.stderr
    assert call("My Chip").returncode == 2
    assert "Example: delaycore new-backend" in call("--help").stdout


@pytest.mark.thorough
@pytest.mark.timeout(1800)
def test_in_an_empty_environment_it_installs_passes_changes_and_goes(tmp_path: Path) -> None:
    """With the core as a wheel, from which the template comes; nothing of this checkout is on the path."""
    venv.create(tmp_path / "env", with_pip=True)
    python, package = tmp_path / "env" / "bin" / "python", tmp_path / "chip"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def call(*words: str, code: int = 0) -> str:
        done = subprocess.run(
            [str(python), "-m", *words],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    call("pip", "install", "--quiet", "--constraint", str(ROOT / "constraints.txt"), str(ROOT))
    call("delaycore", "new-backend", "mychip", "--out", str(package))
    call(
        "pip",
        "install",
        "--quiet",
        "--constraint",
        str(ROOT / "constraints.txt"),
        "--editable",
        f"{package}[test]",
    )
    assert "mychip  delaycore-mychip 0.1.0  ok" in call("delaycore", "targets", "--verify")
    assert "failed" not in call("pytest", "-q", str(package))
    assert json.loads(call("delaycore", "conformance", "mychip", "--json"))["ok"]
    numbers = package / "delaycore_mychip" / "spec.py"
    numbers.write_text(numbers.read_text().replace('rounding="floor"', 'rounding="toward_zero"'))
    assert "failed" not in call(
        "pytest", "-q", str(package)
    )  # its worked examples are positive, where both round alike
    call("pip", "uninstall", "--quiet", "--yes", "delaycore-mychip")
    assert "mychip" not in call("delaycore", "targets")
    assert (
        "is not installed"
        in subprocess.run(
            [str(python), "-m", "delaycore", "conformance", "mychip"], capture_output=True, text=True
        ).stderr
    )
