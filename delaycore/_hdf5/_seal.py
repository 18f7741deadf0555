"""The seal of an HDF5 file: SHA-256 and length of all its bytes, as text in the user block before them.

HDF5 leaves the first 512 bytes of a file to its user, and every reader passes over them (HDF5 File Format
3.0, II.A).  The text stands there several times, and the root has an attribute, so that a file that lost some
of them is taken for a damaged one and not for a stranger's.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from uuid import uuid4

import numpy as np

from delaycore._files import Write
from delaycore.errors import FileError

if TYPE_CHECKING:
    import h5py

__all__ = ["prepare_hdf5", "require_mark", "verify"]

_BLOCK, _COPIES = 512, 4

_MARK = "delaycore"
"""Begins a copy of the text; and the attribute of the root that says of what kind the file is."""

_TEXT = re.compile(rb"delaycore (\w+) sha256 [0-9a-f]{64} length \d+")
_PIECES = (b"delaycore", b" sha256 ", b" length ")
_SIGNATURE = b"\x89HDF\r\n\x1a\n"

_REMEDY = (
    "make the file anew; if you changed it on purpose, copy its datasets and attributes into a new file, "
    f"without the attribute {_MARK!r} of its root"
)


def prepare_hdf5(kind: str, fill: Callable[[h5py.File], None]) -> Write:
    """Return what writes a sealed HDF5 file, for `write_atomic` and `write_together`.

    kind: a word that says what the file holds.
    fill: puts the content into an open, empty file.
    """
    import h5py

    def write(out: BinaryIO) -> None:
        # Made in memory first: on a full disk HDF5 may end the whole process.
        made: dict[str, Any] = {"driver": "core", "backing_store": False, "userblock_size": _BLOCK}
        with h5py.File(uuid4().hex, "w", **made) as file:  # HDF5 opens no name twice, in memory either
            file.attrs[_MARK] = np.bytes_(kind)  # of a fixed length, which lies in no heap
            fill(file)
            file.flush()
            image: bytes = file.id.get_file_image()  # without the user block
        out.write(_make_block(kind, hashlib.sha256(image).hexdigest(), len(image)))
        out.write(image)

    return write


def verify(path: Path) -> str | None:
    """Return the kind of a file that delaycore wrote, which is then whole; None for a stranger's.

    Raises `FileError` for one that was changed since.
    """
    with open(path, "rb") as file:
        block = file.read(_BLOCK)
        if block.startswith(_SIGNATURE) or not any(piece in block for piece in _PIECES):
            return None
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        length = file.tell() - len(block)
    text = _TEXT.search(block)
    kind = "" if text is None else text[1].decode()
    if block != _make_block(kind, digest, length):
        raise FileError.at(path, "was changed after it was written: its digest does not match", _REMEDY)
    return kind


def require_mark(path: Path, file: h5py.File, kind: str | None) -> None:
    """Raise `FileError` for an open file whose mark is not that of the ``kind`` that `verify` found: one that
    delaycore wrote and whose seal is gone or speaks of something else.
    """
    if _read_mark(file) != kind:
        raise FileError.at(path, "was changed after it was written: its digest is gone", _REMEDY)


def _read_mark(file: h5py.File) -> str | None:
    """Return the kind that the root names; nothing for a mark that is no text of a fixed length."""
    if _MARK not in file.attrs:
        return None
    found = file.attrs.get_id(_MARK)
    fixed = found.shape == () and found.dtype.kind == "S"  # HDF5 may hang on what lies in a damaged heap
    mark = file.attrs[_MARK] if fixed else b""
    return mark.decode(errors="replace") if isinstance(mark, bytes) else ""


def _make_block(kind: str, digest: str, length: int) -> bytes:
    """Write the user block: lines of equal length."""
    line = f"{_MARK} {kind} sha256 {digest} length {length}"
    return (line.ljust(_BLOCK // _COPIES - 1) + "\n").encode() * _COPIES
