"""Documents in JSON and settings in TOML, changed in their bytes, their structure, or by somebody who makes
the checksum anew.
"""

from __future__ import annotations

import json
import tomllib

from delaycore._files._seals import UNSEALED, seal
from tests.fuzz.mutated_bytes import Rng, mutate_bytes
from tests.fuzz.mutated_documents import mutate_tree, write_json_text, write_toml_text

__all__ = ["mutate_document", "mutate_toml", "reseal_document"]


def mutate_document(rng: Rng, data: bytes) -> bytes:
    """Change the bytes, or an entry, and leave the checksum as it was."""
    if rng.random() < 0.5:
        return mutate_bytes(rng, data)
    return _encode(write_json_text(mutate_tree(rng, json.loads(data))))


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def reseal_document(rng: Rng, data: bytes) -> bytes:
    """Change the content, and make the checksum that belongs to it."""
    tree = json.loads(data)
    content = json.dumps(tree["content"])
    if rng.random() < 0.8:
        content = write_json_text(mutate_tree(rng, tree["content"]))
    else:
        content = mutate_bytes(rng, content.encode()).decode("utf-8", "replace")
    head = json.dumps({**tree, "sha256": UNSEALED, "content": 0})
    return seal(_encode(head.removesuffix("0}") + content + "}"))


def mutate_toml(rng: Rng, data: bytes) -> bytes:
    """Change the bytes, or an entry."""
    if rng.random() < 0.3:
        return mutate_bytes(rng, data)
    return _encode(write_toml_text(mutate_tree(rng, tomllib.loads(data.decode()))))
