"""Remedies say how to install what is missing from where delaycore itself came from, and send nobody to an
index for a name that may be anyone's there.
"""

from __future__ import annotations

import json
import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from delaycore import template
from delaycore._installing import (
    describe_missing,
    suggest_backends,
    suggest_core,
    suggest_folder,
    suggest_packages,
    suggest_upgrade,
)
from delaycore._requirements import list_known
from delaycore._sources import find_source
from delaycore.errors import Problem
from tests.cli.commands import call

Install = Callable[..., None]

ROOT = Path(__file__).parents[1]
REQUIRES = (
    "numpy>=2.0",
    "h5py>=3.11",
    'delaycore-first<0.2,>=0.1; extra == "first"',
    "torch>=2.4; extra == 'training'",
    "scikit-learn>=1.5; extra == 'training'",
    "Not_there>=1; extra == 'training'",
)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Makes a distribution that looks installed, ahead of all others."""
    monkeypatch.syspath_prepend(str(tmp_path / "site"))

    def install(name: str = "delaycore", origin: Any = None, installer: str = "pip") -> None:
        info = tmp_path / "site" / f"{name.replace('-', '_')}-0.1.0.dist-info"
        info.mkdir(parents=True)
        lines = [f"Requires-Dist: {line}" for line in (REQUIRES if name == "delaycore" else ())]
        (info / "METADATA").write_text(
            "\n".join(["Metadata-Version: 2.1", f"Name: {name}", "Version: 0.1.0", *lines, ""])
        )
        (info / "INSTALLER").write_text(f"{installer}\n")
        if origin is not None:
            text = origin if isinstance(origin, str) else json.dumps(origin)
            (info / "direct_url.json").write_text(text)

    return install


def make_clone(folder: Path) -> Path:
    """A clone with the core, a backend and a plugin."""
    for place, name in (
        (".", "delaycore"),
        ("backends/first", "delaycore-first"),
        ("plugins/odd", "delaycore_odd"),
    ):
        (folder / place).mkdir(parents=True, exist_ok=True)
        (folder / place / "pyproject.toml").write_text(f'[project]\nname = "{name}"\n')
    (folder / "docs" / "broken").mkdir(parents=True)
    (folder / "docs" / "broken" / "pyproject.toml").write_text("[project\n")
    return folder


def from_folder(folder: Path, editable: bool = True) -> dict[str, Any]:
    return {"url": folder.as_uri(), "dir_info": {"editable": True} if editable else {}}


def from_file(file: Path) -> dict[str, Any]:
    return {"url": file.as_uri(), "archive_info": {"hash": "sha256=00"}}


def test_an_editable_clone_gives_its_own_folders(installed: Install, tmp_path: Path) -> None:
    clone = make_clone(tmp_path / "my clone")
    installed(origin=from_folder(clone))
    install = ["python", "-m", "pip", "install"]
    assert shlex.split(suggest_core("training")) == [*install, "-e", f"{clone}[training]"]
    assert shlex.split(suggest_core()) == [*install, "-e", str(clone)]
    assert shlex.split(suggest_backends("delaycore-first", "delaycore-odd")) == [
        *install,
        *("-e", f"{clone}/backends/first"),
        *("-e", f"{clone}/plugins/odd"),
    ]
    assert suggest_backends("delaycore-far") == "install delaycore-far from where its authors offer it"
    assert suggest_upgrade("delaycore") == f"bring {clone} up to date, then: {suggest_core()}"


def test_a_clone_that_was_not_installed_as_editable_is_not_made_so(
    installed: Install, tmp_path: Path
) -> None:
    clone = make_clone(tmp_path / "clone")
    installed(origin=from_folder(clone, editable=False))
    assert suggest_backends("delaycore-first") == f"python -m pip install {clone}/backends/first"


def test_a_clone_that_is_gone_sends_nobody_there(installed: Install, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    installed(origin=from_folder(gone))
    assert (
        suggest_backends("delaycore-first")
        == f"install delaycore-first from where delaycore came from ({gone})"
    )
    assert shlex.split(suggest_core("training"))[4:] == ["torch>=2.4", "scikit-learn>=1.5", "Not_there>=1"]


def test_a_wheel_gives_the_wheels_beside_it(installed: Install, tmp_path: Path) -> None:
    names = ("delaycore-0.1.0-py3-none-any.whl", "delaycore_first-0.1.0-py3-none-any.whl")
    core, first = (tmp_path / name for name in names)
    core.touch()
    first.touch()
    installed(origin=from_file(core))
    assert suggest_backends("delaycore-first") == f"python -m pip install {first}"
    assert suggest_core("training") == f"python -m pip install '{core}[training]'"
    assert suggest_upgrade("delaycore") == f"install a newer version of delaycore than {core}"
    first.unlink()
    assert (
        suggest_backends("delaycore-first")
        == f"install delaycore-first from where delaycore came from ({core})"
    )


def test_a_repository_gives_its_folders_at_the_same_commit(installed: Install) -> None:
    installed(origin={"url": "https://example.org/d.git", "vcs_info": {"vcs": "git", "commit_id": "abc"}})
    where = "git+https://example.org/d.git"
    assert shlex.split(suggest_backends("delaycore-first"))[4:] == [
        f"delaycore-first @ {where}@abc#subdirectory=backends/first"
    ]
    assert shlex.split(suggest_core("training"))[4:] == [f"delaycore[training] @ {where}@abc"]
    assert shlex.split(suggest_upgrade("delaycore"))[4:] == ["--upgrade", f"delaycore @ {where}"]
    assert "pip install 'delaycore @ git+" in template.render("chip")[".github/workflows/test.yml"]


@pytest.mark.parametrize("installer", ["pip", "conda", ""])
def test_what_has_no_record_came_from_an_index(installed: Install, installer: str) -> None:
    installed(installer=installer)
    assert suggest_backends("delaycore-first") == "python -m pip install delaycore-first"
    assert suggest_core("training") == "python -m pip install 'delaycore[training]'"
    assert suggest_upgrade("delaycore") == "python -m pip install --upgrade delaycore"
    assert suggest_backends("delaycore-far") == "install delaycore-far from where its authors offer it"
    assert "wheels" not in template.render("chip")[".github/workflows/test.yml"]


def test_uv_is_named_where_uv_installed_the_core(installed: Install) -> None:
    installed(installer="uv")
    assert suggest_packages("nir") == "uv pip install nir"


@pytest.mark.parametrize("record", ["{", "[]", "{}", '{"url": 3}', '{"url": "file:///a", "vcs_info": {}}'])
def test_a_damaged_record_gives_words(installed: Install, record: str) -> None:
    installed(origin=record)
    assert suggest_backends("delaycore-first") == "install delaycore-first from where delaycore came from"
    assert suggest_upgrade("delaycore") == "install a newer version of delaycore"


def test_an_archive_from_afar_gives_its_address(installed: Install) -> None:
    installed(origin={"url": "https://example.org/delaycore.whl", "archive_info": {}})
    assert suggest_backends("delaycore-first").endswith("came from (https://example.org/delaycore.whl)")
    assert suggest_upgrade("delaycore").endswith("than that from https://example.org/delaycore.whl")


def test_a_clone_that_is_on_the_path_alone_is_installed_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(ROOT)])
    assert find_source("delaycore").locate("delaycore") == ("-e", str(ROOT))
    assert shlex.split(suggest_backends("delaycore-loihi"))[4:] == [
        "-e",
        str(ROOT),
        "-e",
        f"{ROOT}/backends/loihi",
    ]
    assert shlex.split(suggest_folder(Path("chip"), "test"))[4:] == ["-e", str(ROOT), "-e", "chip[test]"]


def test_a_plugin_is_upgraded_from_where_it_came_from_itself(installed: Install, tmp_path: Path) -> None:
    installed()
    installed("delaycore-mychip", from_folder(make_clone(tmp_path / "other")))
    assert suggest_upgrade("delaycore-mychip") == f"bring {tmp_path / 'other'} up to date"
    installed("delaycore-published")
    assert suggest_upgrade("delaycore-published") == "python -m pip install --upgrade delaycore-published"


def test_backends_that_the_core_names_as_extras_are_known(installed: Install) -> None:
    installed()
    assert list_known() == {"first": "delaycore-first"}


def test_a_missing_package_is_told_with_the_extra_that_needs_it(installed: Install) -> None:
    installed()
    problem = describe_missing(ModuleNotFoundError(name="not_there.part"))
    remedy = "python -m pip install 'delaycore[training]'"
    assert problem == Problem("package not_there", "is not installed", remedy)
    assert describe_missing(ModuleNotFoundError(name="nothing_that_delaycore_needs")) is None
    assert describe_missing(ModuleNotFoundError(name="numpy.nothing")) is None  # of another version


def test_the_command_that_makes_a_backend_says_how_to_install_it(installed: Install, tmp_path: Path) -> None:
    installed(origin=from_folder(make_clone(tmp_path / "clone")))
    said = call("new-backend", "chip", "--out", tmp_path / "a chip")
    assert f"  python -m pip install -e '{tmp_path / 'a chip'}[test]'" in said.splitlines()


def test_doctor_says_what_installs_each_missing_part(
    installed: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    from delaycore.cli import _installed as command

    installed()
    assert command._describe_missing("torch").endswith("need it: python -m pip install 'delaycore[training]'")
    assert (
        command._describe_missing("h5py")
        == "missing; delaycore itself needs it: python -m pip install delaycore"
    )


def test_no_other_place_spells_an_installation_out() -> None:
    sources = [f for part in ("delaycore", "backends", "plugins") for f in (ROOT / part).rglob("*.py")]
    spelt = [f for f in sources if "pip install" in f.read_text() and "tests" not in f.parts]
    assert [f.name for f in spelt] == ["_sources.py"]


def test_no_page_sends_its_reader_to_an_index_for_what_is_on_none() -> None:
    """Until the first release; then this test goes, and the pages say so."""
    assert "(unreleased)" in (ROOT / "CHANGELOG.md").read_text()
    pages = [*ROOT.glob("*.md"), *ROOT.glob("*/*.md"), *ROOT.glob("*/*/*.md"), *ROOT.glob("scripts/*.py")]
    assert len(pages) > 20
    assert [p for p in pages if re.search(r"pip install (-\S+ )*'?delaycore", p.read_text())] == []
