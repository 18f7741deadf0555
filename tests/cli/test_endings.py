"""How commands end: with a code of their own for every kind of error, one JSON document under ``--json``, and
never with a traceback unless it is asked for.
"""

from __future__ import annotations

import errno
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest

import delaycore as dc
from delaycore import deploy
from delaycore._files import write_atomic
from delaycore.hardware import Loss, Losses
from tests.cli.commands import call, run_here, run_into


def call_json(*words: object, code: int) -> Any:
    """The document that a command which fails writes under ``--json``."""
    ended = run_here(*words, "--json")
    assert ended.code == code and "Traceback" not in ended.errors, ended
    return json.loads(ended.out)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    dc.Graph.from_arrays([np.ones((2, 3))]).save(tmp_path / "model.safetensors")
    return tmp_path / "model.safetensors"


@pytest.fixture
def fail(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Have ``check`` raise an error."""

    def prepare(error: BaseException) -> None:
        def check(*given: Any, **options: Any) -> NoReturn:
            raise error

        monkeypatch.setattr(deploy, "check", check)

    return prepare


def test_an_unforeseen_error_is_told_with_its_place_and_where_to_report_it(
    model: Path, fail: Callable[[BaseException], None]
) -> None:
    fail(TypeError("no such thing"))
    said = call("check", model, "-t", "loihi", code=3)
    assert said.startswith("error: delaycore check: failed: TypeError: no such thing (delaycore/cli/")
    assert "https://github.com/delaycore/delaycore/issues" in said
    assert f"delaycore --traceback check {model} -t loihi" in said
    document = call_json("check", model, "-t", "loihi", code=3)
    assert document.keys() == {"error", "problems", "findings"} and document["error"] == "UnforeseenError"
    assert document["problems"][0]["place"] == "delaycore check"


def test_the_traceback_is_shown_where_it_is_asked_for(
    model: Path, fail: Callable[[BaseException], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    fail(TypeError("no such thing"))
    code, out, err = run_here("--traceback", "check", model, "-t", "loihi", "--json")
    assert code == 3 and "Traceback (most recent call last)" in err and json.loads(out)
    monkeypatch.setenv("DELAYCORE_TRACEBACK", "1")
    assert "Traceback" in run_here("check", model, "-t", "loihi").errors
    assert "Traceback" in run_here("check", model.parent / "none", "-t", "loihi").errors
    monkeypatch.setenv("DELAYCORE_TRACEBACK", "perhaps")
    assert run_here("check", model, "-t", "loihi").code == 2


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (
            MemoryError("Unable to allocate 7.28 TiB for an array"),
            "needs more memory than there is (Unable to allocate 7.28 TiB",
        ),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: 8 bytes"), "needs more memory"),
        (OSError(errno.ENOSPC, "No space left", "results.json"), "results.json: cannot be read or written"),
        (OSError(errno.EACCES, "Permission denied", b"caf\xe9"), r"caf\udce9: cannot be read or written"),
        (OSError(errno.EMFILE, "Too many open files"), "delaycore check: is refused"),
        (ModuleNotFoundError("No module named 'torch'", name="torch"), "package torch"),
    ],
)
def test_what_the_system_lacks_is_no_fault_of_delaycore(
    error: BaseException,
    says: str,
    model: Path,
    fail: Callable[[BaseException], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("delaycore._installing.find_spec", lambda name: None)
    fail(error)
    assert says in call("check", model, "-t", "loihi", code=2)
    assert call_json("check", model, "-t", "loihi", code=2)["problems"]


@pytest.mark.parametrize("error", [SystemExit(0), EOFError("end"), RecursionError("too deep")])
def test_nothing_that_code_raises_passes_for_an_answer(
    error: BaseException, model: Path, fail: Callable[[BaseException], None]
) -> None:
    fail(error)
    assert type(error).__name__ in call("check", model, "-t", "loihi", code=3)


def test_an_interrupted_command_says_so(model: Path, fail: Callable[[BaseException], None]) -> None:
    fail(KeyboardInterrupt())
    assert "interrupted" in call("check", model, "-t", "loihi", code=130)


def test_a_command_that_is_told_to_end_leaves_no_temporary_file(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(*given: Any, **options: Any) -> NoReturn:
        def write(file: Any) -> None:
            file.write(b"half")
            assert len(list(model.parent.iterdir())) == 2
            os.kill(os.getpid(), signal.SIGTERM)

        write_atomic(model.parent / "new", write)
        raise AssertionError

    monkeypatch.setattr(deploy, "check", check)
    assert "SIGTERM" in call("check", model, "-t", "loihi", code=143)
    assert list(model.parent.iterdir()) == [model]
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_a_wrong_call_is_one_json_document_too() -> None:
    for words in (["check"], ["check", "--nonsense"], ["nonsense"], ["simulate", "a", "b", "--samples", "x"]):
        document = call_json(*words, code=2)
        assert document["problems"][0]["message"] and "--help" in document["problems"][0]["remedy"]


def test_json_has_no_numbers_that_are_not_finite(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loss = Loss(what="weight", change="rounded", place="p", count=1, of=1, relative=float("inf"))
    monkeypatch.setattr(deploy, "quantize", lambda graph, target, **o: (graph, Losses((loss,))))

    def refuse(constant: str) -> NoReturn:
        raise AssertionError(constant)

    said = call("quantize", model, "-t", "loihi", "--json")
    assert json.loads(said, parse_constant=refuse)["losses"][0]["relative"] is None


def test_without_a_current_folder_only_what_needs_it_is_refused(tmp_path: Path) -> None:
    home = Path.cwd()
    (tmp_path / "gone").mkdir()
    os.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    try:
        assert "loihi" in call("targets")
        assert "x.toml: cannot be written" in call("config", "demo", "--out", "x.toml", code=2)
        for command in (["train", "demo"], ["run"]):
            assert "the current folder: is not there" in call(*command, code=2)
    finally:
        os.chdir(home)


class Broken(io.StringIO):
    """A stream that takes nothing."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    def write(self, text: str) -> int:
        raise OSError(self.number, os.strerror(self.number))


def test_an_answer_that_cannot_be_written_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for out, code in ((Broken(errno.ENOSPC), 2), (Broken(errno.EPIPE), 141), (None, 2)):
        for words in (
            ["config", "demo"],
            ["--help"],
            ["--version"],
            ["targets", "--json"],
            ["check", "--json"],
        ):
            errors = io.StringIO()
            assert run_into(out, errors, *words) == code, words
            said = errors.getvalue()
            assert said.startswith("error: standard output: takes no answer") if code == 2 else not said


def test_what_is_said_beside_the_answer_may_be_lost() -> None:
    for errors in (Broken(errno.ENOSPC), Broken(errno.EPIPE), None):
        out = io.StringIO()
        assert run_into(out, errors, "config", "demo") == 0 and "[network]" in out.getvalue()
        assert run_into(out, errors, "check", "nowhere", "-t", "loihi") == 2


def test_characters_that_an_encoding_lacks_are_spelt_out(tmp_path: Path) -> None:
    for encoding in ("ascii", "utf-8"):
        written = io.BytesIO()
        out, errors = io.TextIOWrapper(written, encoding), io.StringIO()
        path = tmp_path / f"\udce9-☃-{encoding}"
        assert run_into(out, errors, "config", "demo", "--out", path) == 0, errors.getvalue()
        assert "\\udce9" in written.getvalue().decode(encoding) and path.exists()


def test_a_process_with_closed_streams_keeps_its_files_clean(tmp_path: Path) -> None:
    command = f"'{sys.executable}' -m delaycore config demo"
    out, said = tmp_path / "mine.toml", tmp_path / "said"
    done = subprocess.run(f"{command} --out '{out}' <&- 2>&-", shell=True, check=False)
    assert done.returncode == 0 and out.read_text() == call("config", "demo")
    if Path("/dev/full").exists():
        full = subprocess.run(f"{command} > /dev/full 2> '{said}'", shell=True, check=False)
        assert full.returncode == 2 and "No space left" in said.read_text()
