"""Documents: results as JSON that people read, and that are verified when delaycore reads them again."""

from __future__ import annotations

import json
import os
from typing import Any

from delaycore._files._paths import as_path, read_bytes
from delaycore._files._replacing import write_text
from delaycore._files._seals import UNSEALED, is_sealed, seal
from delaycore._json import parse_json
from delaycore._wording import escape, with_article
from delaycore.errors import FileError

__all__ = ["read_document", "write_document"]


def write_document(path: str | os.PathLike[str], kind: str, version: int, content: Any) -> None:
    """Write plain values as indented JSON under the key ``content``, beside a kind, a format version and a
    seal.
    """
    document = {"delaycore": kind, "version": version, "sha256": UNSEALED, "content": content}
    write_text(path, seal((json.dumps(document, indent=2) + "\n").encode()).decode())


def read_document(path: str | os.PathLike[str], kind: str, version: int, remedy: str) -> Any:
    """Read the content of a file that `write_document` wrote.

    remedy: what to do about a file that is another or was changed.

    Raises `FileError` for any other file, and for a file of which a single bit was changed since.
    """
    path = as_path(path)
    data = read_bytes(path, with_article(kind))
    try:
        document = parse_json(data)
    except ValueError as error:
        raise FileError.at(path, f"is damaged: it is not JSON ({error})", remedy) from error
    if not isinstance(document, dict) or "delaycore" not in document or "content" not in document:
        raise FileError.at(path, f"was not written by delaycore as {with_article(kind)}", remedy)
    found = escape(str(document["delaycore"]))
    if found != kind:
        raise FileError.at(path, f"holds {with_article(found):.80}, not {with_article(kind)}", remedy)
    if document.get("version") != version:
        message = f"has format version {document.get('version')!r:.80}, this delaycore reads {version}"
        raise FileError.at(path, message, remedy)
    if not is_sealed(data, len(data)):
        raise FileError.at(path, "was changed after it was written: its digest does not match", remedy)
    return document["content"]
