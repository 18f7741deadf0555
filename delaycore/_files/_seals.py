"""Seals: the SHA-256 of a whole file, written into the file itself.

A file that is sealed has one entry ``"sha256": "..."`` in its JSON.  The digest is that of all bytes of the
file with zeros in place of the digest, so nothing of the file can change unnoticed: names, order, gaps and
spaces included.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

__all__ = ["UNSEALED", "digest_file", "is_sealed", "seal"]

UNSEALED = "0" * 64
"""Stands in the entry ``sha256`` until `seal` writes the digest there."""

_ENTRY = re.compile(rb'"sha256": ?"([0-9a-f]{64})"')


def seal(data: bytes) -> bytes:
    """Write the digest of ``data`` into its first entry ``sha256``, which holds `UNSEALED`."""
    entry = _ENTRY.search(data)
    assert entry is not None and entry[1] == UNSEALED.encode(), "a file is sealed once"
    digest = hashlib.sha256(data).hexdigest().encode()
    return b"".join((data[: entry.start(1)], digest, memoryview(data)[entry.end(1) :]))


def is_sealed(data: bytes, head: int) -> bool:
    """Tell whether ``data`` is as `seal` left it; its entry stands in the first ``head`` bytes."""
    entry = _ENTRY.search(data, 0, head)
    if entry is None:
        return False
    digest = hashlib.sha256(data[: entry.start(1)])
    digest.update(UNSEALED.encode())
    digest.update(memoryview(data)[entry.end(1) :])
    return digest.hexdigest().encode() == entry[1]


def digest_file(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
