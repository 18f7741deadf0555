"""Where the system has no place for temporary files, they lie in the folder of the results."""

import atexit
import os
import tempfile

import pytest

from delaycore.cli._temporary import provide_temporary


@pytest.fixture
def at_exit(monkeypatch):
    registered = []
    monkeypatch.setattr(atexit, "register", lambda function, *arguments, **_: registered.append(arguments))
    monkeypatch.setenv("TMPDIR", os.environ.get("TMPDIR", ""))
    return registered


def test_temporary_files_lie_with_the_results_where_there_is_no_other_place(tmp_path, monkeypatch, at_exit):
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: [str(tmp_path / "nowhere")])
    provide_temporary(tmp_path / "run")
    with tempfile.NamedTemporaryFile() as file:
        assert file.name.startswith(str(tmp_path / "run"))
    assert os.environ["TMPDIR"] == tempfile.gettempdir()
    assert at_exit == [(tempfile.gettempdir(),)]


def test_where_there_is_a_place_nothing_changes(tmp_path, at_exit):
    before = tempfile.gettempdir()
    provide_temporary(tmp_path / "run")
    assert tempfile.gettempdir() == before and not at_exit
    assert not (tmp_path / "run").exists()
