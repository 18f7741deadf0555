"""Putting files in place: whole or not at all, and several of them together."""

from __future__ import annotations

import glob
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from stat import S_IMODE
from typing import BinaryIO

from delaycore._files._locks import try_lock
from delaycore._files._paths import as_path
from delaycore._wording import escape
from delaycore.errors import FileError

__all__ = ["Write", "remove_abandoned", "write_atomic", "write_text", "write_together"]

Write = Callable[[BinaryIO], object]
"""Writes the content of a file into one that is open, new and empty."""

_TOKEN = 8
"""Hexadecimal digits that tell the parts of one file from each other."""


def write_atomic(path: str | os.PathLike[str], write: Write) -> None:
    """Let ``write`` fill a new file beside ``path``, then put it in place in one move.

    It keeps the mode and, where this process may set them, the owners of the file that it replaces; without
    one, it has those that the system gives to new files.  A link stays a link.  A failure (no such folder,
    read-only, full disk) raises `FileError`, and leaves the old file as it was and nothing beside it.
    """
    write_together({as_path(path): write})


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write a text file in UTF-8 as `write_atomic` does."""
    data = escape(text).encode()
    write_atomic(path, lambda file: file.write(data))


def write_together(writes: Mapping[Path, Write]) -> None:
    """Write several files as `write_atomic` writes one.

    None is put in place before all are whole on the disk; if one cannot be put in place, all are as before.
    """
    with ExitStack() as stack:
        parts = [stack.enter_context(_write_part(path, write)) for path, write in writes.items()]
        old = [stack.enter_context(_keep_old(part)) for part in parts] if len(parts) > 1 else [None]
        with ExitStack() as undo:
            for part, kept in zip(parts, old, strict=True):
                with _naming_errors(part.path):
                    part.put_in_place()
                undo.callback(part.put_back, kept)
            undo.pop_all()


def remove_abandoned(folder: Path, name: str = "*") -> None:
    """Remove what processes that were killed while they wrote have left in ``folder``.

    A process holds a lock on what it writes, which the system takes back when the process ends: what is
    locked stays.

    name: of the file that they wrote, as a pattern of `glob`.
    """
    for beside in folder.glob(f".{name}.{'[0-9a-f]' * _TOKEN}.part"):
        with suppress(OSError):
            if beside.is_file() and not beside.is_symlink():
                with open(beside, "r+b") as file:
                    if try_lock(file):
                        beside.unlink()


@dataclass(frozen=True)
class _Part:
    """A new file that waits beside its target.

    path:   that the user gave.
    target: where the file goes: ``path`` behind all links.
    beside: where it waits.
    file:   open and, for as long as it is, locked.
    """

    path: Path
    target: Path
    beside: Path
    file: BinaryIO

    def put_in_place(self) -> None:
        if os.name == "nt":  # which moves no open file
            self.file.close()
        os.replace(self.beside, self.target)

    def put_back(self, kept: Path | None) -> None:
        """Make the target what it was: the file that was ``kept``, or nothing."""
        if kept is None:
            self.target.unlink(missing_ok=True)
        else:
            os.replace(kept, self.target)


@contextmanager
def _write_part(path: Path, write: Write) -> Iterator[_Part]:
    """Write the new file of ``path``, which is removed in the end unless it was put in place."""
    with _naming_errors(path):
        target = _find_target(path)
        remove_abandoned(target.parent, glob.escape(target.name))
        beside, file = _open_beside(target)
    try:
        with _naming_errors(path):
            if target.exists():
                _copy_rights(target, beside)
            write(file)
            file.flush()
            os.fsync(file.fileno())
        yield _Part(path, target, beside, file)
    finally:
        with suppress(OSError):  # on a full disk it fails once more
            file.close()
        beside.unlink(missing_ok=True)


def _find_target(path: Path) -> Path:
    """Return the file that ``path`` leads to, through links.  Raises `FileError` if nothing may go there."""
    try:
        target = path.resolve()
    except RuntimeError:
        target = path
    for wrong, message in (
        (target.is_symlink(), "it is a link that leads to itself"),
        (target.exists() and not target.is_file(), "it is not a regular file"),
        (target.exists() and not os.access(target, os.W_OK), "it is read-only"),
    ):
        if wrong:
            raise FileError.at(path, f"cannot be written: {message}", "give the path of another file")
    return target


def _open_beside(target: Path) -> tuple[Path, BinaryIO]:
    """Open a new file in the folder of ``target``, and lock it."""
    while True:
        beside = _choose_name(target)
        try:
            file = open(beside, "x+b")  # noqa: SIM115  # whoever asked for it closes it
        except FileExistsError:
            continue
        # Between the two, a process that cleans up may have taken it for an abandoned one.
        if try_lock(file) is not False and os.fstat(file.fileno()).st_nlink:
            return beside, file
        file.close()


@contextmanager
def _keep_old(part: _Part) -> Iterator[Path | None]:
    """Keep the file that ``part`` will replace under another name, too; None if there is none."""
    if not part.target.exists():
        yield None
        return
    kept = _choose_name(part.target)
    try:
        with _naming_errors(part.path):
            try:
                os.link(part.target, kept)
            except OSError:  # a disk without hard links
                shutil.copy2(part.target, kept)
            file = open(kept, "rb")  # noqa: SIM115
        with file:
            try_lock(file)
            yield kept
    finally:
        kept.unlink(missing_ok=True)


def _choose_name(target: Path) -> Path:
    return target.with_name(f".{target.name}.{secrets.token_hex(_TOKEN // 2)}.part")


def _copy_rights(old: Path, new: Path) -> None:
    """Give ``new`` the owners, as far as this process may, and the mode of ``old``."""
    rights = old.stat()
    if hasattr(os, "chown"):
        with suppress(PermissionError):
            os.chown(new, rights.st_uid, rights.st_gid)
    new.chmod(S_IMODE(rights.st_mode))


@contextmanager
def _naming_errors(path: Path) -> Iterator[None]:
    """Turn errors of the system into `FileError` for ``path``."""
    try:
        yield
    except OSError as error:
        remedy = "check that the folder exists, may be written to and has room"
        raise FileError.at(path, f"cannot be written ({error.strerror or error})", remedy) from error
