"""Writing: whole or not at all, together or not at all, with the rights of the old file, and nothing left."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from delaycore import FileError
from delaycore._files import make_folder, remove_abandoned, write_atomic, write_text, write_together

STEPS = ["open", "chmod", "write", "fsync", "link", "replace"]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def fail_at(step: str, number: int | None, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    """Let the call ``number``, from 0, of a step of writing fail as the system does; None for every call."""
    calls = iter(range(100))

    def wrap(real: Any) -> Any:
        def maybe(*args: Any, **options: Any) -> Any:
            if (step != "open" or "x" in args[1]) and number in (None, next(calls)):
                raise OSError(code, os.strerror(code))
            return real(*args, **options)

        return maybe

    match step:
        case "open":
            monkeypatch.setattr("delaycore._files._replacing.open", wrap(open), raising=False)
        case "chmod":
            monkeypatch.setattr(Path, "chmod", wrap(Path.chmod))
        case "link" | "fsync" | "replace":
            monkeypatch.setattr(os, step, wrap(getattr(os, step)))
        case "copy2":
            monkeypatch.setattr(shutil, step, wrap(shutil.copy2))


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES])
@pytest.mark.parametrize("step", [s for s in STEPS if s not in ("write", "link")])
def test_a_failure_at_any_step_leaves_the_old_file_and_nothing_else(
    step: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_text(tmp_path / "f", "old")
    with monkeypatch.context() as patch:
        fail_at(step, 0, patch, code)
        with pytest.raises(FileError, match=rf"f: cannot be written \({os.strerror(code)}\).*Remedy: check"):
            write_text(tmp_path / "f", "new")
    assert (tmp_path / "f").read_text() == "old" and names(tmp_path) == ["f"]


def test_a_full_disk_leaves_the_old_files_and_nothing_else(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="limits the size of files, as a full disk does")
    write_text(tmp_path / "a", "old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))
    try:
        for size in (20_001, 500_000):  # less, and more, than a buffer
            large = b"x" * size
            with pytest.raises(FileError, match=r"b: cannot be written \(File too large\)"):
                write_together(
                    {tmp_path / "a": lambda f: f.write(b"new"), tmp_path / "b": lambda f: f.write(large)}  # noqa: B023
                )
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (tmp_path / "a").read_text() == "old" and names(tmp_path) == ["a"]


@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize("step", STEPS)
def test_several_files_are_replaced_together_or_not_at_all(
    step: str, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "ab":  # and no c
        write_text(tmp_path / name, f"old {name}")

    def write(name: str) -> Any:
        def fill(file: BinaryIO) -> None:
            file.write(f"new {name}".encode())
            if step == "write" and "abc".index(name) == number:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        return fill

    failing = not (step in ("chmod", "link") and number == 2)  # there is no old c
    with monkeypatch.context() as patch:
        fail_at(step, number, patch, errno.ENOSPC)
        if step == "link":  # a copy is made where there are no links
            fail_at("copy2", None, patch, errno.ENOSPC)
        writes = {tmp_path / name: write(name) for name in "abc"}
        if failing:
            with pytest.raises(FileError, match=rf"{'abc'[number]}: cannot be written"):
                write_together(writes)
        else:
            write_together(writes)
    found = {name: (tmp_path / name).read_text() for name in names(tmp_path)}
    old = {"a": "old a", "b": "old b"}
    assert found == (old if failing else {name: f"new {name}" for name in "abc"})


def test_old_files_are_kept_on_a_disk_without_links_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "ab":
        write_text(tmp_path / name, f"old {name}")
    with monkeypatch.context() as patch:
        fail_at("link", None, patch, errno.EPERM)
        fail_at("replace", 1, patch, errno.EPERM)
        with pytest.raises(FileError, match="b: cannot be written"):
            write_together({tmp_path / name: lambda file: file.write(b"new") for name in "ab"})
    assert {name: (tmp_path / name).read_text() for name in names(tmp_path)} == {"a": "old a", "b": "old b"}


def test_an_error_of_the_writer_itself_is_raised_as_it_is_and_leaves_nothing(tmp_path: Path) -> None:
    def fill(file: BinaryIO) -> None:
        file.write(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_atomic(tmp_path / "f", fill)
    assert names(tmp_path) == []


@pytest.mark.parametrize("mask", [0o022, 0o027, 0o077])
def test_a_new_file_follows_the_mask_of_the_process(mask: int, tmp_path: Path) -> None:
    before = os.umask(mask)
    try:
        write_text(tmp_path / "f", "text")
    finally:
        os.umask(before)
    assert (tmp_path / "f").stat().st_mode & 0o7777 == 0o666 & ~mask


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o755])
def test_a_file_that_is_replaced_keeps_its_mode_and_its_owner(mode: int, tmp_path: Path) -> None:
    path = tmp_path / "f"
    write_text(path, "old")
    path.chmod(mode)
    if os.geteuid() == 0:
        os.chown(path, 1234, 2345)
    before = path.stat()
    write_text(path, "new")
    after = path.stat()
    assert path.read_text() == "new" and after.st_ino != before.st_ino
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)


def test_what_is_written_is_not_open_to_others_before_the_old_mode_is_given(tmp_path: Path) -> None:
    write_text(tmp_path / "f", "old")
    (tmp_path / "f").chmod(0o600)
    seen = []
    write_atomic(tmp_path / "f", lambda file: seen.append(os.fstat(file.fileno()).st_mode & 0o777))
    assert seen == [0o600]


def test_links_stay_links(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to(Path("there") / "f")
    (tmp_path / "again").symlink_to("link")
    for text in ("first", "second"):
        write_text(tmp_path / "again", text)
        assert (tmp_path / "there" / "f").read_text() == text
    assert (tmp_path / "link").is_symlink() and (tmp_path / "again").is_symlink()
    assert names(tmp_path / "there") == ["f"]


def test_a_link_to_itself_a_folder_a_device_and_a_path_of_no_system_are_refused(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "folder").mkdir()
    for path, says in (
        (tmp_path / "loop", "a link that leads to itself"),
        (tmp_path / "folder", "not a regular file"),
        (Path("/dev/full"), "not a regular file"),
        (tmp_path / "nowhere" / "f", "No such file"),
        (tmp_path / "zero\0byte", "holds a zero byte"),
        (tmp_path / ("n" * 300), "File name too long"),
    ):
        with pytest.raises(FileError, match=says):
            write_text(path, "text")
    assert (tmp_path / "loop").is_symlink() and names(tmp_path) == ["folder", "loop"]


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only to root")
def test_a_read_only_file_is_not_replaced(tmp_path: Path) -> None:
    write_text(tmp_path / "f", "old")
    (tmp_path / "f").chmod(0o444)
    with pytest.raises(FileError, match="it is read-only"):
        write_text(tmp_path / "f", "new")


def test_two_that_write_one_file_at_once_leave_one_of_both_whole(tmp_path: Path) -> None:
    texts = ["a" * 100_000, "b" * 100_000]

    def work(text: str) -> None:
        for _ in range(10):
            write_text(tmp_path / "f", text)

    threads = [threading.Thread(target=work, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (tmp_path / "f").read_text() in texts and names(tmp_path) == ["f"]


WRITER = """
import sys, time
from delaycore._files import write_atomic

def fill(file):
    file.write(b"half")
    file.flush()
    print("writing", flush=True)
    time.sleep(60)

write_atomic(sys.argv[1], fill)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="a system without SIGKILL")
def test_what_a_killed_process_left_is_removed_and_what_a_living_one_writes_stays(tmp_path: Path) -> None:
    path = tmp_path / "f [1]*"  # whose name is a pattern
    command = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None and child.stdout.readline() == "writing\n"
        write_text(path, "old")
        parts = [part for part in tmp_path.iterdir() if part != path]
        assert [part.read_text() for part in parts] == ["half"]
        child.kill()
    assert child.returncode == -signal.SIGKILL and parts[0].exists()
    write_text(path, "new")
    assert names(tmp_path) == [path.name] and path.read_text() == "new"


def test_files_of_others_that_look_like_parts_stay(tmp_path: Path) -> None:
    for name in (".f.download.part", ".f.part", "f.0123abcd.part", ".f.0123abcd.part.txt"):
        (tmp_path / name).touch()
    (tmp_path / ".f.0123abcd.part").mkdir()
    before = names(tmp_path)
    write_text(tmp_path / "f", "text")
    remove_abandoned(tmp_path)
    assert names(tmp_path) == sorted([*before, "f"])
    (tmp_path / ".g.0123abcd.part").touch()
    remove_abandoned(tmp_path)
    assert names(tmp_path) == sorted([*before, "f"])


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    for path in (tmp_path / "f", tmp_path / "f" / "g"):
        with pytest.raises(FileError, match=rf"{path}: cannot be made a folder"):
            make_folder(path)
    assert make_folder(tmp_path / "a" / "b") == make_folder(tmp_path / "a" / "b")
