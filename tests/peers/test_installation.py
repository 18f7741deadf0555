"""In an empty environment, away from the clone, the commands of the README and of remedies do what they say.

torch is left out: pip may have to fetch gigabytes for it.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(1800)  # pip installs the core's dependencies

ROOT = Path(__file__).parents[2]
SAVE_GRAPH = """
import numpy, delaycore
weights = numpy.random.default_rng(0).normal(0.1, 0.3, (20, 5))
delaycore.Graph.from_arrays([weights], [3]).save("model.safetensors")
"""


@dataclass(frozen=True)
class Shell:
    """A shell in a folder, to which ``python`` and ``delaycore`` are those of one environment."""

    environment: Path
    folder: Path

    def run(self, command: str, code: int = 0) -> str:
        """Run a command as a person types it; what it says on both outputs."""
        own = {
            "PATH": f"{self.environment / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "PIP_CONSTRAINT": str(ROOT / "constraints.txt"),
        }
        done = subprocess.run(
            command,
            shell=True,
            cwd=self.folder,
            env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | own,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == code, f"{command}: {done.stdout}"
        return done.stdout

    def list_targets(self) -> set[str]:
        return set(json.loads(self.run("delaycore targets --json")))

    def read_remedy(self, command: str) -> str:
        """What a command that ends with an error says is the remedy."""
        return self.run(command, code=2).partition("Remedy: ")[2].strip()


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    folder = tmp_path_factory.mktemp("installation") / "a folder"
    folder.mkdir()
    (folder / "dist").symlink_to(os.environ["DELAYCORE_WHEELS"])
    venv.create(folder / "environment", with_pip=True)
    return Shell(folder / "environment", folder)


def read_commands() -> list[str]:
    """The commands of the README's section on installation."""
    section = (ROOT / "README.md").read_text().partition("## Installing")[2].partition("\n## ")[0]
    return [line.partition("  #")[0].strip() for line in section.splitlines() if line.startswith("    ")]


def test_wheels_give_all_chips_and_remedies_bring_back_what_is_missing(shell: Shell) -> None:
    (command,) = [c for c in read_commands() if "dist/*.whl" in c]
    shell.run(command)
    assert shell.list_targets() == {"loihi", "seneca", "spinnaker", "truenorth"}
    assert "BROKEN" not in shell.run("delaycore doctor")
    shell.run(f"python -c {shlex.quote(SAVE_GRAPH)}")
    check = "delaycore check model.safetensors --target loihi"
    assert "fits" in shell.run(check)

    shell.run("python -m pip uninstall --quiet --yes delaycore-loihi")
    remedy = shell.read_remedy(check)
    assert re.search(r"pip install '.*delaycore_loihi-.*\.whl'$", remedy)
    shell.run(remedy)
    assert "fits" in shell.run(check)

    shell.run("python -m pip uninstall --quiet --yes typer")
    shell.run(shell.read_remedy("delaycore targets"))
    assert "loihi" in shell.list_targets()


def test_the_wheel_with_an_extra_is_the_one_that_is_there(shell: Shell) -> None:
    (command,) = [c for c in read_commands() if ".whl[training]" in c]
    named = Path(shlex.split(command)[-1].removesuffix("[training]"))
    assert (shell.folder / named).is_file()
    remedy = shell.read_remedy("delaycore train demo --out runs")
    assert Path(shlex.split(remedy)[-1]).resolve().name == f"{named.name}[training]"


def test_a_clone_gives_what_is_installed_from_it_and_remedies_lead_there(shell: Shell) -> None:
    clone = shell.folder / "clone"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, clone / name)
    inside = Shell(shell.environment, clone)
    shell.run(
        "python -m pip uninstall --quiet --yes delaycore"
        + "".join(f" delaycore-{t}" for t in shell.list_targets())
    )
    for command in read_commands():
        if "-e " in command and "[" not in command:
            inside.run(command)
    assert shell.list_targets() == {"loihi", "seneca", "spinnaker", "truenorth"}

    shell.run("python -m pip uninstall --quiet --yes delaycore-seneca")
    remedy = json.loads(shell.run("delaycore doctor --json"))["not_installed"]["seneca"]
    assert remedy == f"python -m pip install -e '{clone}/backends/seneca'"
    shell.run(remedy)
    assert "seneca" in shell.list_targets()

    said = shell.run("delaycore new-backend mychip").splitlines()
    for command in [line.strip() for line in said if line.startswith("  ")]:
        shell.run(command)
