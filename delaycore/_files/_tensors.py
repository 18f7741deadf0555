"""Tensors with a described, versioned and sealed header."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaycore._files._paths import as_path, read_bytes
from delaycore._files._replacing import write_atomic
from delaycore._files._seals import UNSEALED, is_sealed, seal
from delaycore._json import parse_json
from delaycore._wording import escape, with_article
from delaycore.errors import FileError

__all__ = ["holds", "read_tensors", "write_tensors"]

_KEY = "delaycore"


def write_tensors(
    path: str | os.PathLike[str],
    kind: str,
    version: int,
    description: Mapping[str, Any],
    arrays: Mapping[str, NDArray[Any]],
) -> None:
    """One safetensors file: ``arrays``, and in its header ``description`` as JSON, with a kind, a format
    version and a seal.
    """
    from safetensors.numpy import save

    header = json.dumps({"kind": kind, "version": version, **description}, allow_nan=True)
    whole = {name: np.asarray(a, order="C") for name, a in arrays.items()}
    data = seal(_order_header(save(whole, metadata={_KEY: header, "sha256": UNSEALED})))
    write_atomic(path, lambda file: file.write(data))


def _order_header(data: bytes) -> bytes:
    """Put the entries of a header into one order: safetensors draws one for its metadata, so that no two
    files of the same values would be equal.
    """
    head = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:head])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # the tensors begin at a multiple of eight bytes
    return len(text).to_bytes(8, "little") + text + data[head:]


def read_tensors(
    path: str | os.PathLike[str], kind: str, version: int
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Description and arrays of a file that `write_tensors` wrote.  Raises `FileError` for anything else, and
    for a file of which a single bit was changed since.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    path = as_path(path)
    data = read_bytes(path, with_article(kind))
    if data[8:9] not in (b"", b"{"):  # eight bytes give the length of the header, which is JSON
        remedy = (
            f"give a file that delaycore wrote as {with_article(kind)}; networks of other libraries come in "
            "through delaycore.interop"
        )
        raise FileError.at(path, "is no safetensors file", remedy)
    try:
        arrays = dict(sorted(load(data).items()))  # safetensors gives them in another order each time
    except (SafetensorError, KeyError, TypeError, ValueError) as error:  # a type that numpy lacks among them
        raise FileError.at(
            path, f"is not a whole safetensors file ({error})", "it may have been cut off: write it again"
        ) from error
    head = 8 + int.from_bytes(data[:8], "little")
    try:
        description = parse_json(parse_json(data[8:head])["__metadata__"][_KEY])
        found = description["kind"], description["version"]
    except (KeyError, TypeError, ValueError):
        raise FileError.at(
            path,
            "has no description in its header",
            f"it was not written by delaycore as {with_article(kind)}",
        ) from None
    if found[0] != kind:
        raise FileError.at(
            path,
            f"holds {with_article(escape(str(found[0]))):.80}, not {with_article(kind)}",
            f"give a file that holds {with_article(kind)}",
        )
    if found[1] != version:
        remedy = "install the delaycore that wrote it, or write it again"
        raise FileError.at(
            path, f"has format version {found[1]!r:.80}, this delaycore reads {version}", remedy
        )
    if not is_sealed(data, head):
        raise FileError.at(
            path,
            "was changed after it was written: its digest does not match",
            "write it again from what it was made of",
        )
    return description, arrays


def holds(path: str | os.PathLike[str], kind: str) -> bool:
    """Tell whether a file claims to be one that `write_tensors` wrote with this ``kind``, from its header
    alone, which is not verified.
    """
    from safetensors import SafetensorError, safe_open

    path = as_path(path)
    try:
        if not path.is_file():
            return False
        with safe_open(path, framework="numpy") as f:
            return bool(parse_json((f.metadata() or {})[_KEY])["kind"] == kind)
    except (SafetensorError, OSError, KeyError, TypeError, ValueError):
        return False
