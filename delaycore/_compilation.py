"""Kernels that Numba compiles, and the files in which they wait for the next process.

With Numba's own files a program ends where none can be written or one is damaged; they are loaded, as pickle,
whoever wrote them, and outlive a change of what a kernel calls in another file.  Those of this module are
whole, made of the same sources, and of somebody who could have written the sources, too; any other is as good
as none.
"""

# Numba annotates some of its functions, and some not.
# mypy: disable-error-code="no-untyped-call, attr-defined"

from __future__ import annotations

import hashlib
import inspect
import logging
import os
import pickle
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache, cached_property
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

import numba
import numpy as np
import platformdirs
from numba.core.caching import NullCache
from numba.core.compiler import CompileResult
from numba.core.serialize import dumps

__all__ = ["compile_kernel"]

_SEAL = hashlib.sha256().digest_size


def compile_kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``function`` as a kernel that Numba compiles when it is first called, without Python's lock.

    What is compiled is kept for later processes in the first of these folders that can be written, and found
    in each of them: the one that NUMBA_CACHE_DIR names, the one of the module's bytecode, and the user's own
    for caches.  Where none can be written, and where a file is damaged, the kernel is compiled all the same,
    and the logger ``delaycore`` says so once, which is a line on standard error unless logging is set up.

    A kernel may call, and take constants from, what lies in its own folder alone: a change of any source in
    there makes all kernels of the folder new.
    """
    kernel: Callable[..., Any] = numba.njit(nogil=True)(function)
    kernel._cache = _KernelFiles(function)  # where Numba asks for compiled code
    return kernel


class _KernelFiles(NullCache):
    """The files of one kernel: a digest of name and content, then what Numba says of the compiled code."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._source = Path(inspect.getfile(function))
        self._function = f"{self._source.stem}.{function.__qualname__}"

    @cached_property
    def _folders(self) -> list[Path]:
        return _list_folders(self._source)

    @cached_property
    def _prefix(self) -> str:
        """What the names of the files of these sources begin with."""
        return f"{self._function}-{_digest_sources(self._source.parent)}-"

    def _name(self, signature: object, machine: tuple[object, ...]) -> str:
        made_by = (sys.implementation.cache_tag, numba.__version__, np.__version__)
        key = repr((str(signature), machine, made_by))
        return f"{self._prefix}{hashlib.sha256(key.encode()).hexdigest()[:24]}.kernel"

    def load_overload(self, sig: object, target_context: Any) -> Any:
        """Return what was compiled for these types of arguments; None if there is no file to trust."""
        target_context.refresh()
        name = self._name(sig, target_context.codegen().magic_tuple())
        for folder in self._folders:
            content = _read(folder / name, self._source)
            if content is None:
                continue
            try:
                return CompileResult._rebuild(target_context, *pickle.loads(content))
            except Exception:  # whatever the installed Numba makes of it
                _say(f"compiled kernels in {folder} cannot be loaded, and are compiled again")
        return None

    def save_overload(self, sig: object, data: Any) -> None:
        """Keep what was compiled for these types of arguments, in place of what was made of other sources."""
        name = self._name(sig, data.codegen.magic_tuple())
        content = dumps(data._reduce())
        for folder in self._folders:
            try:
                _make(folder)
                _write(folder / name, content)
            except OSError:
                continue
            for old in folder.glob(f"{self._function}-*.kernel"):
                if not old.name.startswith(self._prefix):
                    with suppress(OSError):
                        old.unlink()
            return
        _say(
            "no folder to keep compiled kernels in, so each process compiles them again (half a minute): set "
            "NUMBA_CACHE_DIR to a folder that you may write to"
        )


def _list_folders(source: Path) -> list[Path]:
    """List the folders for compiled kernels of the module in ``source``, none if there is no such file."""
    if not source.is_file():
        return []
    own = f"delaycore-{hashlib.sha256(f'{source.parent} {_get_user()}'.encode()).hexdigest()[:16]}"
    folders = [Path(numba.config.CACHE_DIR) / own] if numba.config.CACHE_DIR else []
    folders.append(Path(cache_from_source(str(source))).parent)
    with suppress(RuntimeError):  # a user without a home
        users = platformdirs.user_cache_path("delaycore", appauthor=False)
        if users.is_absolute():  # an older platformdirs gives ~ in whatever folder is the current one
            folders.append(users / own)
    return folders


@cache
def _digest_sources(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _get_user() -> int:
    return os.geteuid() if hasattr(os, "geteuid") else 0


def _seal(path: Path, content: bytes) -> bytes:
    return hashlib.sha256(path.name.encode() + content).digest()


def _read(path: Path, source: Path) -> bytes | None:
    """Return the content of a file that is whole and that nobody wrote who could not have written ``source``;
    None for any other, and if there is none.
    """
    try:
        if not path.is_file():
            return None
        with open(path, "rb") as file:
            about, whole = os.fstat(file.fileno()), file.read()
        trusted = {0, _get_user(), source.stat().st_uid}
    except OSError:
        return None
    if os.name != "nt" and (about.st_uid not in trusted or about.st_mode & 0o022):
        _say(f"compiled kernels in {path.parent} are left alone, since other users may have written them")
        return None
    if whole[:_SEAL] != _seal(path, whole[_SEAL:]):
        _say(f"compiled kernels in {path.parent} are damaged, and are compiled again")
        return None
    return whole[_SEAL:]


def _make(folder: Path) -> None:
    if folder.name == "__pycache__":
        folder.mkdir(exist_ok=True, parents=True)
    else:
        folder.mkdir(0o700, exist_ok=True, parents=True)


def _write(path: Path, content: bytes) -> None:
    """Put a file in place in one move, never through a link."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".kernel")
    try:
        with open(handle, "wb") as file:
            file.write(_seal(path, content) + content)
        Path(name).chmod(0o644)  # others may read the folder of the bytecode, too
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@cache
def _say(line: str) -> None:
    logging.getLogger("delaycore").warning(line)
