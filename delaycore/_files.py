"""Writing a file whole or not at all, and tensors with a described, versioned header."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaycore._wording import find_nearest, with_article
from delaycore.errors import FileError

__all__ = ["as_path", "guess_path", "holds", "read_tensors", "write_atomic", "write_tensors", "write_text"]

_SEARCHED = 5_000
"""Names of a folder among which a misspelt one is looked for."""

KEY, DIGEST = "delaycore", "sha256"


def as_path(value: str | os.PathLike[str]) -> Path:
    """``value`` as a path.  Raises `FileError` for what is none."""
    try:
        return Path(value)
    except TypeError:
        raise FileError.at(
            "path", f"must be text or a pathlib.Path, not {type(value).__name__}", "give the path of a file"
        ) from None


def guess_path(path: Path) -> str:
    """The beginning of a remedy for a path that leads nowhere: a question for the nearest that there is, with
    a space at its end; empty if none is near.
    """
    missing = path
    while missing.parent != missing and not missing.parent.exists():
        missing = missing.parent
    try:
        names = [entry.name for entry in islice(missing.parent.iterdir(), _SEARCHED)]
    except OSError:
        names = []
    near = find_nearest(missing.name, names)
    return "" if near is None else f"did you mean {str(missing.parent / near)!r}? "


def write_atomic(path: str | os.PathLike[str], write: Callable[[Path], None]) -> None:
    """Let ``write`` fill a temporary file beside ``path``, then put it in place in one move.

    A failure (no such folder, read-only, full disk) raises `FileError` and leaves the old file as it was.
    """
    path = as_path(path).resolve()  # through links, so that a link stays one
    if path.exists() and not path.is_file():
        raise FileError.at(path, "cannot be written: it is not a regular file", "give the path of a file")
    temporary: Path | None = None
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        os.close(handle)
        temporary = Path(name)
        write(temporary)
        with open(temporary, "rb") as done:
            os.fsync(done.fileno())
        temporary.chmod(0o644)
        os.replace(temporary, path)
        temporary = None
    except OSError as error:
        remedy = "check that the folder exists, may be written to and has room"
        raise FileError.at(path, f"cannot be written ({error.strerror or error})", remedy) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write a text file whole or not at all."""
    write_atomic(path, lambda part: _write_synced(part, text.encode()))


def _write_synced(path: Path, data: bytes) -> None:
    with open(path, "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())


def write_tensors(
    path: str | os.PathLike[str],
    kind: str,
    version: int,
    description: Mapping[str, Any],
    arrays: Mapping[str, NDArray[Any]],
) -> None:
    """One safetensors file: ``arrays``, and ``description`` as JSON in its header with a kind and a format
    version.
    """
    from safetensors.numpy import save

    header = json.dumps({"kind": kind, "version": version, **description}, allow_nan=True)
    whole = {name: np.ascontiguousarray(a) for name, a in arrays.items()}
    data = save(whole, metadata={KEY: header, DIGEST: _digest(header, whole)})
    write_atomic(path, lambda part: _write_synced(part, data))


def read_tensors(
    path: str | os.PathLike[str], kind: str, version: int
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Description and arrays of a file that `write_tensors` wrote.  Raises `FileError` for anything else."""
    from safetensors import SafetensorError, safe_open

    path = as_path(path)
    _require_tensors(path, kind)
    try:
        with safe_open(path, framework="numpy") as f:
            metadata = f.metadata() or {}
            arrays = {name: f.get_tensor(name) for name in f.keys()}  # noqa: SIM118  # not a mapping
    except (
        SafetensorError,
        OSError,
        AttributeError,
        TypeError,
        ValueError,
    ) as error:  # a tensor of a type that numpy lacks among them
        raise FileError.at(
            path, f"is not a whole safetensors file ({error})", "it may have been cut off: write it again"
        ) from error
    try:
        description = json.loads(metadata[KEY])
        found = description["kind"], description["version"]
    except (KeyError, TypeError, ValueError, RecursionError):
        raise FileError.at(
            path,
            "has no description in its header",
            f"it was not written by delaycore as {with_article(kind)}",
        ) from None
    if found[0] != kind:
        raise FileError.at(
            path,
            f"holds {with_article(str(found[0]))}, not {with_article(kind)}",
            f"give a file that holds {with_article(kind)}",
        )
    if found[1] != version:
        remedy = "install the delaycore that wrote it, or write it again"
        raise FileError.at(path, f"has format version {found[1]}, this delaycore reads {version}", remedy)
    if DIGEST in metadata and metadata[DIGEST] != _digest(metadata[KEY], arrays):
        raise FileError.at(
            path,
            "was changed after it was written: its digest does not match",
            "write it again from what it was made of",
        )
    return description, arrays


def holds(path: str | os.PathLike[str], kind: str) -> bool:
    """Tell whether a file is one that `write_tensors` wrote with this ``kind``, from its header alone."""
    from safetensors import SafetensorError, safe_open

    path = as_path(path)
    try:
        if not path.is_file():
            return False
        with safe_open(path, framework="numpy") as f:
            return bool(json.loads((f.metadata() or {})[KEY])["kind"] == kind)
    except (SafetensorError, OSError, KeyError, TypeError, ValueError, RecursionError):
        return False


def _require_tensors(path: Path, kind: str) -> None:
    """Raise `FileError` for a path that leads to no file, and for a file that is of another format from its
    beginning.
    """
    if path.is_dir():
        raise FileError.at(path, "is a folder", f"give the file that holds {with_article(kind)}")
    if path.exists() and not path.is_file():
        raise FileError.at(path, "is no regular file", f"give the file that holds {with_article(kind)}")
    if not path.is_file():
        raise FileError.at(path, "no such file", f"{guess_path(path)}check the path")
    try:
        with open(path, "rb") as file:
            begin = file.read(9)
    except OSError as error:
        raise FileError.at(
            path, f"cannot be read ({error.strerror})", "check that you may read it"
        ) from error
    if begin[8:] not in (b"", b"{"):  # eight bytes give the length of the header, which is JSON
        remedy = (
            f"give a file that delaycore wrote as {with_article(kind)}; networks of other libraries come in "
            "through delaycore.interop"
        )
        raise FileError.at(path, "is no safetensors file", remedy)


def _digest(header: str, arrays: Mapping[str, NDArray[Any]]) -> str:
    """SHA-256 of the header and of every array with its name, type and shape."""
    digest = hashlib.sha256(header.encode())
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
