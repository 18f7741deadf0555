"""Compiled kernels wait in files for the next process, and no state of these files does any harm."""

from __future__ import annotations

import ast
import importlib.util
import logging
import os
import pickle
import sys
from collections.abc import Iterator
from importlib.util import cache_from_source
from pathlib import Path
from types import ModuleType
from typing import Any

import numba
import platformdirs
import pytest

import delaycore
from delaycore import _compilation as compilation

SOURCE = """
from delaycore._compilation import compile_kernel
from factors import FACTOR

@compile_kernel
def scale(x):
    return FACTOR * x
"""


class Program:
    """A folder with a kernel, whose constant lies in another file; each `start` is like a process."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self._patch = folder, monkeypatch
        folder.mkdir()
        (folder / "kernels.py").write_text(SOURCE)
        self.write_factor(2)
        self.kernel: Any = None

    def write_factor(self, factor: int) -> None:
        (self.folder / "factors.py").write_text(f"FACTOR = {factor}\n")

    def _load(self, name: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(name, self.folder / f"{name}.py")
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        self._patch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
        return module

    def start(self) -> int:
        """Run the kernel on 5, as the first call of a process."""
        compilation._say.cache_clear()
        compilation._digest_sources.cache_clear()
        self._load("factors")
        self.kernel = self._load("kernels").scale
        return int(self.kernel(5))

    @property
    def found(self) -> bool:
        """Whether the last start found the compiled kernel instead of compiling it."""
        return bool(sum(self.kernel.stats.cache_hits.values()))


@pytest.fixture
def program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Iterator[Program]:
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "kept"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    caplog.set_level(logging.WARNING, logger="delaycore")
    yield Program(tmp_path / "program", monkeypatch)
    compilation._say.cache_clear()
    compilation._digest_sources.cache_clear()


def find_file(folder: Path) -> Path:
    (path,) = folder.rglob("*.kernel")
    return path


def test_a_kernel_is_compiled_once_for_all_processes(program, tmp_path, caplog):
    assert (program.start(), program.found) == (10, False)
    assert (program.start(), program.found) == (10, True)
    assert find_file(tmp_path).parent.stat().st_mode & 0o077 == 0  # a folder of the user's alone
    assert not caplog.messages


def test_what_the_bytecode_s_folder_holds_is_found_by_those_who_cannot_write_there(
    program, tmp_path, monkeypatch
):
    monkeypatch.setattr(numba.config, "CACHE_DIR", "")
    program.start()
    kept = find_file(tmp_path)
    assert kept.parent == Path(cache_from_source(str(program.folder / "kernels.py"))).parent
    assert kept.stat().st_mode & 0o444 == 0o444
    monkeypatch.setattr(compilation, "_write", lambda path, content: pytest.fail("nothing is to be written"))
    assert (program.start(), program.found) == (10, True)


DAMAGES = {
    "empty": lambda whole: b"",
    "random": lambda whole: os.urandom(len(whole)),
    "cut off": lambda whole: whole[: len(whole) // 2],
    "a bit": lambda whole: whole[:-40] + bytes([whole[-40] ^ 1]) + whole[-39:],
    "longer": lambda whole: whole + b"more",
    "another pickle": lambda whole: pickle.dumps({"another": "thing"}),
    "without a seal": lambda whole: whole[32:],
}


def test_a_damaged_file_is_said_once_compiled_again_and_replaced(program, tmp_path, caplog):
    program.start()
    path = find_file(tmp_path)
    whole = path.read_bytes()
    for name, damage in DAMAGES.items():
        path.write_bytes(damage(whole))
        assert (program.start(), program.found) == (10, False), name
        assert caplog.messages == [f"compiled kernels in {path.parent} are damaged, and are compiled again"]
        caplog.clear()
        assert (program.start(), program.found) == (10, True), name
        assert not caplog.messages


def test_a_whole_file_that_numba_cannot_load_is_compiled_again(program, tmp_path, caplog):
    program.start()
    path = find_file(tmp_path)
    content = pickle.dumps(("of", "another", "Numba"))
    path.write_bytes(compilation._seal(path, content) + content)
    assert (program.start(), program.found) == (10, False)
    assert "cannot be loaded" in caplog.text


def test_a_file_under_the_name_of_another_kernel_is_not_taken(program, tmp_path):
    program.start()
    path = find_file(tmp_path)
    whole = path.read_bytes()
    assert program.kernel(5.0) == 10.0
    (other,) = set(tmp_path.rglob("*.kernel")) - {path}
    other.write_bytes(whole)
    program.start()
    assert program.kernel(0.5) == 1.0


def test_a_change_in_another_file_of_the_folder_is_seen_and_leaves_nothing_old_behind(program, tmp_path):
    assert program.start() == 10
    program.write_factor(3)
    assert (program.start(), program.found) == (15, False)
    assert len(list(tmp_path.rglob("*.kernel"))) == 1


def block(folder: Path) -> None:
    """Let nobody make this folder, root included."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("a file")


def test_without_any_place_kernels_are_compiled_in_each_process_and_that_is_said_once(
    program, tmp_path, caplog
):
    for folder in (tmp_path / "kept", tmp_path / "home", program.folder / "__pycache__"):
        block(folder)
    assert (program.start(), program.found) == (10, False)
    program.kernel(5.0)
    (message,) = caplog.messages
    assert "no folder to keep compiled kernels in" in message and "NUMBA_CACHE_DIR" in message
    assert (program.start(), program.found) == (10, False)


@pytest.mark.parametrize("known", [False, True], ids=["an error", "a path that begins with ~"])
def test_a_user_without_a_home_gets_no_folder_in_the_current_one(program, tmp_path, monkeypatch, known):
    def find(*arguments: Any, **options: Any) -> Path:
        if known:
            return Path("~/.cache/delaycore")
        raise RuntimeError("could not determine the home directory")

    monkeypatch.setattr(platformdirs, "user_cache_path", find)
    monkeypatch.chdir(tmp_path)
    for folder in (tmp_path / "kept", program.folder / "__pycache__"):
        block(folder)
    assert program.start() == 10
    assert not (tmp_path / "~").exists()


@pytest.mark.skipif(os.name == "nt", reason="who owns a file is not told there")
def test_a_file_that_others_may_write_is_left_alone(program, tmp_path, caplog):
    program.start()
    path = find_file(tmp_path)
    path.chmod(0o666)
    assert (program.start(), program.found) == (10, False)
    assert "other users may have written them" in caplog.text
    assert (program.start(), program.found) == (10, True)  # the file was replaced


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away")
def test_a_file_of_another_user_is_left_alone(program, tmp_path, caplog):
    program.start()
    os.chown(find_file(tmp_path), 12345, 12345)
    assert (program.start(), program.found) == (10, False)
    assert "other users may have written them" in caplog.text


def test_nothing_is_written_through_a_link(program, tmp_path):
    program.start()
    path, precious = find_file(tmp_path), tmp_path / "precious"
    precious.write_text("mine")
    path.unlink()
    path.symlink_to(precious)
    assert (program.start(), program.found) == (10, False)
    assert precious.read_text() == "mine" and not path.is_symlink()


def list_kernel_modules() -> list[Path]:
    return [p for p in Path(delaycore.__path__[0]).rglob("*.py") if "@compile_kernel" in p.read_text()]


@pytest.mark.parametrize("path", list_kernel_modules(), ids=lambda path: path.stem)
def test_kernels_use_what_lies_in_their_own_folder_alone(path):
    """Or a change elsewhere would leave compiled kernels as they were."""
    tree = ast.parse(path.read_text())
    own = "delaycore." + ".".join(path.parent.relative_to(delaycore.__path__[0]).parts)
    foreign = {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("delaycore.")
        for alias in node.names
        if str(node.module).rpartition(".")[0] != own
    }
    kernels = [f for f in tree.body if isinstance(f, ast.FunctionDef) and f.decorator_list]
    assert kernels and "compile_kernel" in foreign
    used = {
        node.id for f in kernels for part in f.body for node in ast.walk(part) if isinstance(node, ast.Name)
    }
    assert not used & foreign
