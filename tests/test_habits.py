"""What a release, a citation and a newcomer rely on, and what would break without a sound."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import delaycore
from delaycore.template import new_backend
from scripts import list_licences

ROOT = Path(__file__).parents[1]
BACKENDS = sorted(ROOT.glob("backends/*")) + sorted(ROOT.glob("plugins/*"))


def read_project(folder: Path) -> dict[str, Any]:
    project: dict[str, Any] = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    return project


@pytest.mark.parametrize("folder", [ROOT, *BACKENDS], ids=lambda folder: folder.name)
def test_a_wheel_says_that_it_is_typed_and_holds_the_licence(folder: Path, tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(folder)],
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    package = read_project(folder)["name"].replace("-", "_")
    names = zipfile.ZipFile(wheel).namelist()
    assert f"{package}/py.typed" in names
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert {name.split("/")[0].split("-")[0] for name in names} == {package}


def test_a_backend_asks_for_this_series_of_the_core_and_no_later_one(tmp_path: Path) -> None:
    major, minor, _ = (int(part) for part in delaycore.__version__.split("."))
    new_backend("generated", tmp_path / "generated")
    for folder in (*BACKENDS, tmp_path / "generated"):
        bounds = [d for d in read_project(folder)["dependencies"] if d.startswith("delaycore")]
        assert bounds == [f"delaycore>={major}.{minor},<{major}.{minor + 1}"], folder


def test_all_projects_name_the_same_home() -> None:
    homes = {read_project(folder)["urls"]["Homepage"] for folder in (ROOT, *BACKENDS)}
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert homes == {citation["repository-code"]}
    assert citation["repository-code"] in (ROOT / "CONTRIBUTING.md").read_text()


def test_the_citation_is_of_this_version_and_names_the_paper() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["cff-version"] == "1.2.0"
    assert citation["version"] == delaycore.__version__
    assert citation["license"] == read_project(ROOT)["license"]
    (paper,) = citation["references"]
    assert paper["url"].endswith("2404.10597")
    assert all(author["family-names"] and author["given-names"] for author in paper["authors"])


def test_every_tool_and_library_has_a_version_that_make_installs() -> None:
    document = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = document["project"]["optional-dependencies"].values()
    asked = [*document["project"]["dependencies"], *(d for extra in extras for d in extra)]
    asked = [d for d in asked if not d.startswith("delaycore-")]
    asked += [
        d
        for name in ("dev", "test", "light")
        for d in document["dependency-groups"][name]
        if isinstance(d, str)
    ]
    names = {d.partition(">")[0].lower().replace("_", "-") for d in asked}
    pinned = {
        line.partition("==")[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if "==" in line
    }
    assert names - pinned == set()


def test_only_the_extra_of_tonic_installs_tonic_and_make_has_it() -> None:
    project = read_project(ROOT)
    asking = [
        name
        for name, needs in {"": project["dependencies"], **project["optional-dependencies"]}.items()
        if any(need.startswith("tonic") for need in needs)
    ]
    assert asking == ["tonic"]
    makefile = (ROOT / "Makefile").read_text()
    assert makefile.count("'.[training,cameras,tonic]'") == makefile.count("--editable '.[") == 3


def test_the_licences_of_what_is_asked_for_are_listed_as_its_metadata_have_them() -> None:
    page = (ROOT / "docs" / "licences.md").read_text().splitlines()
    for need in [need for _, asked in list_licences.read_parts().values() for need in asked]:
        row = list_licences.make_row(canonicalize_name(Requirement(need).name))
        assert page.count(row) == 1, row


def test_continuous_integration_runs_every_python_that_the_packages_name() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text())
    pythons = workflow["jobs"]["test"]["strategy"]["matrix"]["python"]
    for folder in (ROOT, *BACKENDS):
        project = read_project(folder)
        named = [c.rpartition(" :: ")[2] for c in project["classifiers"] if ":: Python :: 3." in c]
        assert named == pythons and project["requires-python"] == f">={pythons[0]}", folder
    makefile = (ROOT / "Makefile").read_text()
    assert "test-pythons: " + " ".join(f"test-python{version}" for version in pythons[1:]) in makefile
    commands = [step.get("run", "") for job in workflow["jobs"].values() for step in job["steps"]]
    targets = {"make test", "make test-lowest", "make test-frameworks"}
    assert targets == {command.partition(" PYTHON=")[0] for command in commands if command}


def test_backends_that_the_core_knows_lie_in_the_folders_of_their_names() -> None:
    """As commands say that install them from a repository."""
    known = [
        extra
        for extra in read_project(ROOT)["optional-dependencies"]
        if extra not in ("training", "tonic", "cameras")
    ]
    assert known
    assert all(read_project(ROOT / "backends" / name)["name"] == f"delaycore-{name}" for name in known)
